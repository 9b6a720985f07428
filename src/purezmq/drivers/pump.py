"""The pump of one socket: it turns the rules' wishes into system calls.

One lock per socket guards everything here except the two lanes. It has three kinds of callers and no twin: the
application thread that waits in this socket, the I/O thread when nobody waits, and an event loop.

**Claiming.** A thread that waits enters itself in ``waiters``; then the I/O thread keeps its hands off and the waiter
reads and writes itself (``exchange.py``). An event loop claims for as long as it watches the socket's poller, and may
lose the claim when it does not come (``guest.py``). A claim is made with a token: a thread's is its identifier, a
loop's, greenlet's or task's any object of its own. A socket without descriptors needs no claim: a thread that waits in
it sleeps on one of the ``bells`` (``bell.py``) until the socket gets a poller.

**Armed and hot.** ``armed``: the I/O thread is told, once, when this socket's poller has something. ``hot``: it is
not told, but looks by at every tick, because the socket was used a moment ago and the application will most likely be
faster. A socket is armed, hot, or claimed by waiters; a waiter that leaves a socket which is neither arms it.

**Lanes.** In the most common situations a send or a receive is one ``deque`` operation, which is atomic, so it is
done without the lock. ``lane_in`` is the inbox to pop from while exactly one pipe has data and the type changes
nothing about a message; otherwise it is ``NO_LANE``, which is always empty. ``lane_out`` is the outbox of the only
pipe that a message could go to, else None; a publisher's is a box that leads to everybody (publishing.py). A ROUTER
has a ``named_lane`` instead, the inbox with the name that goes before its messages, and ``routes``, from names to
pipes, which are used under the lock. Lanes are set at the end of every step under the lock and cleared by whoever
makes them untrue: first clear the lane, then act; a sender looks at ``lane_out`` again after its append and takes the
slow path if it has changed meanwhile.

**Flush now or soon.** The first message after a pause is written at once. When a thread does nothing but send,
``burst`` doubles: that many are gathered before the next write. What is left when the application goes
away is flushed as soon as it waits, or by the I/O thread: compiled, when the application gives the interpreter up
(``watching.py``); interpreted, by a tick that finds the same number of messages as the one before it. There the tail of
a burst makes the bursts shorter, or end in time (see ``_tail_found``); some bursts without one let them grow again.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence

from ..base.message import Message, size_of, was_sent
from ..base.pipe import Pipe
from ..constants import Errno
from ..core.socket_core import SocketCore
from ..error import ZMQError, error_for
from ..numbers import PollEvent
from ..patterns.pattern import Pattern
from ..unpatched import Lock
from . import ending, guest, inproc_ends, publishing, selector
from .clock import monotonic
from .fd_watch import FdWatch
from .handler import Handler, is_foreign
from .io_thread import LARGEST_BURST
from .selector import EpollPoller
from .signaler import Signaler
from .troubles import Troubles
from .watching import CAN_WATCH, Mark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..transports.inproc import InprocLink
    from .bell import Bell
    from .guest import Guest
    from .hub import Hub
    from .line import Line, PausedReader
    from .listener import Listener
    from .streams import StreamHandler

NO_LANE: deque[Any] = deque(maxlen=0)  # pops fail, so the slow path decides

# A thread that does less than this between two writes does nothing but send, perhaps by several sockets in turn: its
# messages are a burst, and are gathered. A thread that does more gains little from gathering and would lose latency.
_BURST_GAP_S = 10e-6
# A sender that has left something is watched (watching.py) for so long, or until it leaves something again. Each look
# takes a processor from somebody, perhaps from a thread that spins.
_WATCHES_S = 4e-3
# After this the next message is written at once. What takes shorter may be a wait for an answer, which brings more.
_PAUSE_S = 500e-6
# How much more is gathered for each write of a burst. Where tails are looked for soon, there may be long ones.
_GROWTH = 4 if CAN_WATCH else 2
_CALM = 16  # bursts after which more may be gathered
_BURST_BYTES = 256 * 1024
_LONGEST_BURST_S = 1e-3  # gather no more than arrives in this time
# How long a receiver may go on without asking the poller. Waits that are further apart ask every time.
_ASKS_EVERY_S = 500e-6
_WAITS_WITHOUT_LOOK = 2  # after one that found nothing
# Subscriptions that follow each other within this time share a write.
_CHANGES_S = 1e-3
# A ROUTER that has further requests to receive gathers its answers, for this long at most.
_BACKLOG_S = 200e-6

_POLLIN, _POLLOUT = int(PollEvent.POLLIN), int(PollEvent.POLLOUT)


def _decides(rules: type[Pattern], name: str) -> bool:
    """Whether a socket type has an answer of its own to a question."""
    return getattr(rules, name) is not getattr(Pattern, name)


class Pump:
    """Drives one socket. Every method requires the lock unless it says otherwise."""

    __slots__ = (
        "__weakref__",
        "armed",
        "aside",
        "asks_at",
        "bells",
        "burst",
        "burst_limit",
        "calm",
        "close_after",
        "close_linger",
        "closed",
        "connectors",
        "core",
        "drawn",
        "draws",
        "expected_run",
        "face",
        "failures",
        "fd_watch",
        "finished",
        "gathered",
        "guests",
        "handlers",
        "has_heard",
        "has_lanes",
        "has_left",
        "has_received",
        "has_routes",
        "hears_first",
        "hot",
        "hub",
        "inproc_bytes_out",
        "inproc_links",
        "inproc_messages_in",
        "inproc_messages_out",
        "io_thread",
        "is_crowded",
        "is_lingering",
        "is_shaken",
        "is_talking",
        "lane_in",
        "lane_messages",
        "lane_out",
        "lane_pipe",
        "lane_reader",
        "last_change",
        "last_flush",
        "last_left",
        "last_look",
        "last_run",
        "left_in_lane",
        "linger_timer",
        "listeners",
        "lock",
        "looks",
        "mailbox",
        "named_lane",
        "on_attach",
        "on_news",
        "paused",
        "poller_or_none",
        "progress",
        "retiring",
        "routes",
        "run",
        "seen_by",
        "seen_flush",
        "seen_tail",
        "seen_wake",
        "services",
        "short_waits",
        "signaler",
        "spin_credit",
        "streams",
        "terminating",
        "troubles",
        "used",
        "wait_instead",
        "waiters",
        "wakes",
        "watched_until",
        "watchers",
    )

    def __init__(self, core: SocketCore, hub: Hub) -> None:
        self.core = core
        self.hub = hub
        self.lock = Lock()
        self.io_thread = hub.io_thread(core.options.affinity)
        self.poller_or_none: EpollPoller | None = None
        self.signaler: Signaler | None = None
        self.handlers: dict[int, Handler] = {}
        self.listeners: dict[str, Listener] = {}
        self.connectors: list[Line] = []
        self.retiring: list[Line | StreamHandler] = []  # disconnected or unbound, still delivering
        self.streams: set[StreamHandler] = set()
        self.inproc_links: dict[Pipe, InprocLink] = {}
        self.paused: list[PausedReader] = []  # they wait for room in their inbox
        self.mailbox: deque[tuple[int, Pipe]] = deque()  # notes from inproc peers
        self.has_heard = False  # an inproc peer has told us of messages since we last told one
        self.has_received = False  # somebody has taken a message since the I/O thread was last told of some
        self.left_in_lane = 0  # messages, when the I/O thread had read some
        self.is_talking = False  # so had the peer that told us last: see bell.py
        self.face: Callable[[], object] | None = None  # gives the user's object; None once that is gone
        self.failures: Counter[str] = Counter()  # connections that ended badly, by reason
        self.troubles = Troubles()  # why endpoints have no connection
        self.on_news: Callable[[Pump], None] | None = None
        self.on_attach: Callable[[], None] | None = None  # an inproc peer has connected
        self.watchers = 0  # threads that wait for a change of some connection; see exchange.until
        self.fd_watch: FdWatch | None = None  # keeps the user's FD in step with EVENTS
        rules = type(core.pattern)
        self.has_routes = _decides(rules, "routes")
        self.has_lanes = self.has_routes or _decides(rules, "lane_in") or _decides(rules, "lane_out")
        self.draws = _decides(rules, "draw_ahead")
        self.hears_first = rules.hears_first
        self.drawn = False  # the lane leads to messages of several peers: see fair_queue.py
        pattern: Any = core.pattern
        if hasattr(pattern, "gathered"):
            pattern.gathered.box.link = publishing.Publishing(self, pattern)
        self.lane_in: deque[Any] = NO_LANE
        self.lane_out: deque[Any] | None = None
        self.named_lane: tuple[deque[Any], bytes] | None = None
        self.routes: dict[bytes, Pipe] | None = None
        self.lane_pipe: Pipe | None = None
        self.lane_reader: Pipe | None = None  # inproc: the other end of the lane's pipe
        self.lane_messages = 0  # inproc: sent by the lane and not yet counted for the pipe
        self.burst = 1
        self.burst_limit = LARGEST_BURST  # what the application's bursts are good for: see tick
        self.run = 0  # messages since a pause; and between the last two
        self.last_run = self.expected_run = 0
        self.calm = 0  # bursts since a tail was found
        self.seen_tail = 0  # messages that were gathered when the last tick looked, ...
        self.seen_flush = 0.0  # ... and when they had been written last
        self.gathered = 0
        self.has_left = Mark()  # something to be written with what follows
        self.last_left = 0.0  # when that was written last; and
        self.watched_until = 0.0  # how long the I/O thread looks at that mark between its ticks
        self.last_flush = 0.0
        self.last_change = 0.0  # when the peers were told of a subscription
        self.last_look = 0.0  # when a publisher looked for subscriptions
        self.waiters: set[object] = set()  # who waits in this socket now, by token
        self.bells: tuple[Bell, ...] = ()  # of threads that wait without a poller: see bell.py
        self.guests: set[Guest] = set()  # event loops that watch the poller; a waiter unless dismissed
        self.services: dict[
            Any, Any
        ] = {}  # by event loop: what the tasks that wait in this socket share there
        self.aside: deque[Any] = (
            deque()
        )  # (message, pipe) that asynchronous receivers gave back: these are next
        self.wakes = 0  # how often they were signalled
        self.wait_instead: Callable[..., Any] | None = None  # how greenlets wait: see exchange.wait_for
        self.seen_wake = 0  # the number of the signal that ...
        self.seen_by: set[object] = set()  # ... these have seen; kept only while there are several waiters
        self.is_crowded = False  # a signal stays on for the others: let them run before looking again
        self.is_shaken = False  # a step was interrupted: see step_failed
        self.progress = False  # this step made something readable or writable, or ended something
        self.short_waits = 0  # in a row; and how many waits may spin: see exchange.py
        self.spin_credit = 0
        self.asks_at = 0.0  # when the next wait asks the poller, whatever a look would find: see look_first
        self.looks = 0  # below 0: how many waits do without one
        self.used = False  # since the last tick
        self.hot = False
        self.armed = False
        self.closed = False
        self.finished = False  # closed, and nothing left to deliver
        self.is_lingering = False  # closed, and the I/O thread delivers what is left
        self.terminating = False
        self.close_after: float | None = None
        self.close_linger = -1  # LINGER in milliseconds, as close() had it
        self.linger_timer: Handler | None = None
        self.inproc_messages_in = 0  # of connections that have ended
        self.inproc_messages_out = 0
        self.inproc_bytes_out = 0

    # -- the poller ------------------------------------------------------------------------------------

    @property
    def poller(self) -> EpollPoller:
        """This socket's poller, made when the first descriptor or waiter needs it."""
        poller = self.poller_or_none
        if poller is None:
            poller = EpollPoller()
            try:
                self.signaler = Signaler()
            except BaseException:
                poller.close()
                raise
            poller.change(self.signaler.fd, 0, selector.READABLE)
            self.poller_or_none = poller
            if self.core.options.affinity:
                self.io_thread = self.hub.io_thread(
                    self.core.options.affinity
                )  # it was set after the socket was made
            try:
                self.io_thread.add(self)
            except BaseException:
                self.close_poller()
                raise
            self.armed = True
            for bell in self.bells:
                bell.ring()  # from now on they wait at the poller
        return poller

    def close_poller(self) -> None:
        """Give the descriptors back; nobody waits any more."""
        poller, self.poller_or_none = self.poller_or_none, None
        signaler, self.signaler = self.signaler, None
        if self.fd_watch is not None:
            self.fd_watch.close()
            self.fd_watch = None
        if poller is not None:
            poller.close()
        if signaler is not None:
            signaler.close()

    def forget(self, handler: Handler) -> None:
        """The handler's descriptor is about to be closed or handed on."""
        if handler.interest:
            handler.watch(0)
        if self.handlers.get(handler.fd) is handler:
            del self.handlers[handler.fd]

    def wake(self) -> None:
        """Wake everybody who waits in this socket. Needs no lock."""
        for bell in self.bells:
            bell.ring()
        signaler = self.signaler
        if signaler is not None:
            self.wakes += 1  # first: whoever sees the signal sees its number, too
            signaler.signal()

    def _signalled(self, signaler: Signaler, waiter: object) -> None:
        # Several threads may sleep in this poller. The kernel wakes them one after the other, and each looks for itself
        # whether the signal is still there: whoever drained it at once would rob the others of their wake-up. So it
        # stays until every waiter has seen it, and a caller that does not wait leaves it alone.
        if len(self.waiters) > (waiter is not None):
            if waiter is None:
                return
            if self.seen_wake != self.wakes:
                self.seen_wake = self.wakes
                self.seen_by.clear()
            self.seen_by.add(waiter)
            if not self.seen_by >= self.waiters:
                self.is_crowded = True
                return
        self.is_crowded = False
        signaler.drain()

    def look(self) -> list[tuple[int, int]]:
        """What is ready right now."""
        return [] if self.poller_or_none is None else self.poller_or_none.poll(0)

    # -- steps -----------------------------------------------------------------------------------------

    def process(self, events: Sequence[tuple[int, int]], waiter: object = None) -> None:
        """Handle ready descriptors, then everything that follows. ``waiter``: the caller's token, if it has a claim."""
        try:
            if events and not self.finished:
                if self.drawn:
                    self._put_back()
                now = monotonic()
                handlers = self.handlers
                for fd, mask in events:
                    handler = handlers.get(fd)
                    if handler is None:
                        signaler = self.signaler
                        if signaler is not None and fd == signaler.fd:
                            self._signalled(signaler, waiter)
                        continue
                    self._hand_over(handler, mask, now)
            self.finish_step(waiter)
        except BaseException as error:
            self.step_failed(error)
            raise

    def _hand_over(self, handler: Handler, mask: int, now: float) -> None:
        try:
            handler.on_events(mask, now)
        except BaseException as error:
            if is_foreign(error):
                handler.interrupted(error)
                raise
            # Half-handled input would corrupt the stream: give up this connection, nothing else.
            handler.broken(error)

    def ask_peer(self) -> bool:
        """Read from the only stream, if there is just one, without asking the poller. True: a step is to be finished.

        Takes the lock.
        """
        with self.lock:
            try:
                return self._read_only_stream()
            except BaseException as error:
                self.step_failed(error)
                raise

    def look_first(self) -> bool:
        """Before a wait for a message: look whether it is there already, for one system call instead of two.

        True: something has come. Every now and then it is the poller's turn, which knows of everybody else, and gives
        the interpreter to other threads.
        """
        now = monotonic()
        if now >= self.asks_at:
            self.asks_at = now + _ASKS_EVERY_S
            return False
        if self.looks < 0:
            self.looks += 1
            return False
        try:
            if not self._read_only_stream():
                self.looks = -_WAITS_WITHOUT_LOOK
                return False
            self.finish_step()
        except BaseException as error:
            self.step_failed(error)
            raise
        return True

    def _read_only_stream(self) -> bool:
        if len(self.streams) != 1 or self.finished:
            return False
        if self.drawn:
            self._put_back()
        (stream,) = self.streams
        if stream.interest & selector.READABLE:
            self._hand_over(stream, selector.READABLE, monotonic())
        return self.progress

    def finish_step(self, waiter: object = None) -> None:
        """The end of every step: mailbox, flushing, lanes, and waking those whom it concerns."""
        core = self.core
        if self.mailbox:
            inproc_ends.read_mailbox(self)
        if core.dirty:
            self.flush_dirty()
        if self.retiring:
            ending.retire_step(self)
        if self.closed:
            ending.linger_step(self)
            if core.news:
                self.pass_on_news()
            return
        if self.has_lanes:
            self.set_lanes()
        if self.progress:
            self.progress = False
            if self.bells or len(self.waiters) > (waiter is not None):
                self.wake()
        if self.fd_watch is not None:
            self.fd_watch.update()
        if core.news:
            self.pass_on_news()

    def finish_change(self) -> None:
        """The end of a step that may have told the peers of a change: it leaves at once, or soon if there are many."""
        now = monotonic()
        if self.core.dirty and now - self.last_change < _CHANGES_S and not self.inproc_links:
            # A subscriber with many topics. Whoever waits flushes, and so does the tick.
            self.keep_hot()
            if self.has_lanes:
                self.set_lanes()
        else:
            self.last_change = now
            self.finish_step()

    def step_failed(self, error: BaseException) -> None:
        """An exception is on its way out of the middle of a step: see to it that what was left undone is done.

        A signal handler may raise after any call, at the beginning of any function and in any loop (KeyboardInterrupt,
        or the user's TimeoutError). The I/O thread, where no signal handler runs, mends things at its next tick.
        Requires the lock.
        """
        if isinstance(error, ZMQError):
            return  # the rules said no, and changed nothing
        self.lane_in = NO_LANE
        self.lane_out = None
        if not self.finished:
            self.is_shaken = True
            self.io_thread.add_hot(self)  # perhaps for the second time, which is harmless
            self.used = self.hot = True

    def lane_failed(self, error: BaseException) -> None:
        """A send by the lane was interrupted: its message may be queued with nobody to look after it."""
        with self.lock:
            self.step_failed(error)

    def _mend(self) -> None:
        """A step was interrupted somewhere. Do again whatever it may have left half done; twice does no harm."""
        self.is_shaken = False
        core = self.core
        self._put_back()
        core.pattern.settle()
        core.dirty.clear()
        if self.lane_pipe is not None:
            self.lane_pipe.dirty = False
        for pipe in core.pipes:
            pipe.dirty = bool(pipe.outbox)
            if pipe.dirty:
                core.dirty.append(pipe)
            pipe.told = pipe.room_told = False
        for pipe in core.pipes[:]:
            if not pipe.is_open:
                continue
            if pipe.has_room_again:
                self.room_again(
                    pipe
                )  # the writer may have been marked as blocked, or been freed without being told
            if pipe.inbox:
                core.pattern.readable(pipe)
        inproc_ends.tell_again(self)
        for connector in self.connectors[:]:
            connector.go_on()
        for stream in list(self.streams):
            stream.go_on()
        self._resume_paused()
        self.progress = True

    def pass_on_news(self) -> None:
        """Hand the lifecycle notices to whoever listens, and wake those who wait for a change."""
        if self.watchers:
            self.wake()
        if self.on_news is None:
            self.core.news.clear()
        else:
            self.on_news(self)

    def check_alive(self) -> None:
        """Raise if the socket cannot be used any more."""
        if self.closed:
            raise error_for(Errno.ENOTSOCK, self.why_unusable())
        if self.terminating:
            raise error_for(Errno.ETERM)

    def why_unusable(self) -> str | None:
        """What is special about this closed socket, if anything is. Needs no lock."""
        if self.hub.is_inherited:
            return (
                f"this {self.core.type_name} socket belongs to process {self.hub.pid}, of which this one was forked: "
                "make a new Context (or call Context.instance()) in the child"
            )
        return None

    # -- lanes -----------------------------------------------------------------------------------------

    def set_lanes(self) -> None:
        """Allow the short ways that are valid right now."""
        if self.closed or self.terminating or self.fd_watch is not None:
            self.clear_lanes()
            return
        pattern = self.core.pattern
        pipe = pattern.lane_out()
        if pipe is not self.lane_pipe and self.lane_pipe is not None and self._leave_lane():
            pipe = pattern.lane_out()
        lane_in = pattern.lane_in()
        self.lane_in = NO_LANE if lane_in is None else lane_in
        if pipe is not None:
            link: Any = pipe.link
            if link is None:
                self.lane_reader = None
            elif link.is_inproc:
                self.burst = pipe.outbox_limit  # nothing is gathered: the reader sees each message at once
                self.lane_reader = link.peer_pipe
            else:
                self.lane_reader = None
                if self.burst > 1 and (not self.hot or self.burst > LARGEST_BURST):
                    self._stop_gathering(pipe)
                    return
            if self.burst > pipe.outbox_limit:
                self.burst = pipe.outbox_limit
            self.lane_pipe = pipe
            self.lane_out = pipe.outbox
        if self.has_routes:
            self.named_lane = pattern.named_lane()
            self.routes = None if self.inproc_links else pattern.routes()
        if self.inproc_links:
            self._check_inproc_lanes()

    def _stop_gathering(self, pipe: Pipe) -> None:
        # Only a hot socket may gather for a stream, because only there somebody looks by and flushes. The burst is from
        # another time: the pipe was not connected yet, or another one had the lane. A sender may still have seen it, so
        # store first, and look into the outbox afterwards.
        self.burst = 1
        link: Any = pipe.link
        if pipe.outbox and link is not None:
            link.flush(monotonic())
        self.set_lanes()

    def _leave_lane(self) -> bool:
        """The lane is going to lead elsewhere, or nowhere. True: something was done, so look at the pattern again.

        What was gathered leaves now; nobody would look after it later.
        """
        self._count_lane()
        pipe, self.lane_pipe = self.lane_pipe, None
        # First the lane, then the outbox: a sender that appends after our look finds the lane changed.
        self.lane_out = self.lane_reader = None
        if pipe is None or not pipe.outbox:
            return False
        link: Any = pipe.link
        if link is not None:
            link.flush(monotonic())
        elif not pipe.is_open:
            self.core.drop_outbox(pipe, "peer_gone")  # appended after the pipe had ended
        return True

    def _count_lane(self) -> None:
        # What went by the lane belongs to the pipe that it led to.
        if self.lane_messages:
            messages = self.lane_messages
            self.lane_messages -= messages  # not "= 0": another thread may be sending
            if self.lane_pipe is not None:
                self.lane_pipe.messages_pushed += messages
            else:
                self.inproc_messages_out += messages

    def pushed_to(self, pipe: Pipe) -> int:
        """How many messages ever went into the outbox of this inproc pipe. Needs no lock."""
        return pipe.messages_pushed + (self.lane_messages if pipe is self.lane_pipe else 0)

    def clear_lanes(self) -> None:
        """Make every call take the slow path. Needs no lock."""
        self.lane_in = NO_LANE
        self.lane_out = self.named_lane = self.routes = None

    def _draw_ahead(self) -> None:
        # Somebody receives, and the messages come from several peers: let the next ones be popped from a lane, too.
        if self.fd_watch is None and not self.inproc_links and self.core.pattern.draw_ahead():
            self.drawn = True
            self.set_lanes()

    def _put_back(self) -> None:
        # Before anything is added to an inbox: its length is compared with RCVHWM, and newcomers have their turns.
        self.core.pattern.put_back()
        self.drawn = False

    def _check_inproc_lanes(self) -> None:
        # Stored first, looked at afterwards: a peer that blocks or posts in between either sees our lane and clears
        # it, or we see its mark here.
        if self.mailbox or any(link.peer_pipe.wants_word for link in self.inproc_links.values()):
            self.lane_in = NO_LANE
            self.named_lane = None
        # A publisher's lane gathers, and an inproc peer sees each message at once.
        if self.mailbox or self.hears_first:
            self.lane_out = None

    def append_to_lane(self, box: deque[Any], message: Message) -> bool:
        """Send by the lane; ``Socket.send`` has the same written out. True: it gathers, and nobody flushes at once."""
        try:
            box.append(message)
            return self.appended(box, len(message) if type(message) is bytes else size_of(message))
        except BaseException as error:
            self.lane_failed(error)  # a signal handler raised
            raise

    def appended(self, box: deque[Any], size: int) -> bool:
        """A message was appended to the lane: write if it is time. True: it gathers, and nobody flushes at once."""
        reader = self.lane_reader
        if reader is None:
            is_due = len(box) >= self.burst
        else:
            self.lane_messages += 1
            self.inproc_bytes_out += size
            is_due = not (reader.in_active or reader.told) or len(box) >= self.burst
        if is_due or self.lane_out is not box:
            self.lane_step(box)
            return False
        if reader is not None:
            return False
        if not self.has_left.is_set and not self.leave():
            self.lane_step(box)
            return False
        return True

    def leave(self) -> bool:
        """Leave something to be written with what follows, the first since the last write. Needs no lock.

        False: there was a pause, so it had better be written now.
        """
        mark = self.has_left
        pipe = self.lane_pipe
        if pipe is None or pipe.link is not None:
            now = monotonic()
            if now - self.io_thread.last_flush_end >= max(_PAUSE_S, _BURST_GAP_S * self.burst):
                return False
            if CAN_WATCH and not mark.is_expected and now >= mark.expects_at:
                self.io_thread.expect_tail(self, now)
        mark.is_set = True
        return True

    def lane_step(self, box: deque[Any]) -> None:
        """A message was appended to the lane, and it is time to look after it. Called without the lock."""
        with self.lock:
            self.step_of_lane(box)

    def step_of_lane(self, box: deque[Any], batch: list[Any] | None = None) -> None:
        """The same with the lock. ``batch``: messages that follow, for a stream; the box is empty."""
        try:
            self._lane_step(box, batch)
        except BaseException as error:
            self.step_failed(error)
            raise

    def _lane_step(self, box: deque[Any], batch: list[Any] | None) -> None:
        self.used = True
        self.has_left.is_set = False
        pipe = self.lane_pipe
        if pipe is None or pipe.outbox is not box or not pipe.is_open:
            self._lane_was_lost(box)
            self.finish_step()
            return
        waiting: Any = box if batch is None else batch
        count = len(waiting)
        link: Any = pipe.link
        if link is None:
            self.burst = pipe.outbox_limit  # not connected: let messages gather up to the high-water mark
        elif link.is_inproc:
            self._count_lane()
            link.flush(0.0)
        elif count:
            now = monotonic()
            last = waiting[-1]
            self._adapt_burst(count, len(last) if type(last) is bytes else size_of(last), now)
            self.last_flush = now
            if batch is None:
                link.flush(now)
            elif not link.send_batch(batch, now):
                box.extend(batch)
                link.flush(now)
            self.io_thread.last_flush_end = monotonic()
            if self.closed:
                self.finish_step()  # perhaps that was the last thing it lingered for
                return
            if self.burst > 1 or box:
                self.keep_hot()
        if self.burst > pipe.outbox_limit:
            self.burst = pipe.outbox_limit
        self.set_lanes()
        if self.core.news:
            self.pass_on_news()

    def _lane_was_lost(self, box: deque[Any]) -> None:
        # The pipe changed between our caller's look and its append.
        self.core.pattern.settle()
        for pipe in self.core.pipes:
            if pipe.outbox is box:
                if not pipe.dirty:
                    pipe.dirty = True
                    self.core.dirty.append(pipe)
                self.flush_dirty()
                return
        # The end of the pipe dropped and counted what it found; our message came later. (Over inproc the box is the
        # peer's inbox, where the peer may have taken it, and may still read those before it.)
        try:
            was_sent(box.pop())
        except IndexError:
            return
        self.core.drops["peer_gone"] += 1

    # -- flushing --------------------------------------------------------------------------------------

    def flush_dirty(self, now: float = 0.0) -> None:
        """Write what the pattern queued since the last flush."""
        dirty = self.core.dirty
        now = now or monotonic()
        self.gathered = 0
        if len(dirty) == 1:
            pipe = dirty.pop()
            pipe.dirty = False
            link: Any = pipe.link
            if link is not None:
                link.flush(now)
            return
        pipes = dirty[:]
        dirty.clear()
        shared = self.core.shared
        if shared is not None:
            shared.is_wanted = True
        for pipe in pipes:
            pipe.dirty = False
            link = pipe.link
            if link is not None:
                link.flush(now)
        if shared is not None:
            shared.end()

    def flush_all(self) -> None:
        """Write everything that waits, gathered messages included."""
        self.has_left.is_set = False
        pipe = self.lane_pipe
        if pipe is not None and pipe.outbox and not pipe.dirty:
            pipe.dirty = True
            self.core.dirty.append(pipe)
        if self.core.dirty:
            self.flush_dirty()
            self.io_thread.last_flush_end = monotonic()

    def _gathers_on(self) -> bool:
        # There is a request to answer, so the answers that wait may wait for this one too; not for long.
        if not self.core.pattern.gathers_answers:
            return False
        now = monotonic()
        if now - self.last_flush < _BACKLOG_S:
            return True
        self.last_flush = now
        return False

    def _has_backlog(self, now: float) -> bool:
        return now - self.last_flush < _BACKLOG_S and self.core.pattern.can_recv()

    def routed(self, pipe: Pipe) -> None:
        """A ROUTER's message was appended to the outbox of a pipe of ``routes``: write now or soon.

        Soon if there are requests to receive. If this is interrupted, the caller calls ``step_failed``.
        """
        if not pipe.dirty:
            pipe.dirty = True
            self.core.dirty.append(pipe)
        self.used = True
        now = monotonic()
        if now - self.last_flush < _BACKLOG_S:
            named = self.named_lane
            if (named is not None and named[0]) or self.core.pattern.can_recv():
                if not self.hot:
                    self.keep_hot()
                return
        if self.burst > 1:
            self.flush_soon()
        else:
            if now - self.io_thread.last_flush_end < _BURST_GAP_S:
                self.burst = 2
                self.keep_hot()
            self.last_flush = now
            self.flush_dirty(now)
            self.io_thread.last_flush_end = monotonic()
        if self.core.news:
            self.pass_on_news()

    def flush_soon(self) -> None:
        """A message was queued on the slow path: write it now, or gather while a burst lasts."""
        self.gathered += 1
        if self.gathered < self.burst and (self.has_left.is_set or self.leave()):
            self.keep_hot()
            return
        self.has_left.is_set = False
        now = monotonic()
        self._adapt_burst(self.gathered, 0, now)
        self.last_flush = now
        self.flush_dirty(now)
        self.io_thread.last_flush_end = monotonic()

    def _adapt_burst(self, count: int, size: int, now: float) -> None:
        """Before a write of ``count`` messages: how many to gather for the next one."""
        self.calm += 1
        if self.calm >= _CALM:
            self.calm = self.expected_run = 0
            self.burst_limit = min(2 * self.burst_limit, LARGEST_BURST)
        if now - self.io_thread.last_flush_end >= _BURST_GAP_S * count:
            self.burst = min(self.expected_run // 4, LARGEST_BURST) or 1
            self.end_at_pause(count)
            return
        burst = min(
            self.burst * _GROWTH, self.burst_limit, int(_LONGEST_BURST_S * count / (now - self.last_flush))
        )
        if size * burst > _BURST_BYTES:
            burst = _BURST_BYTES // size
        self.burst = max(1, burst)
        self.end_at_pause(count)

    def end_at_pause(self, count: int) -> None:
        """Before a write of ``count`` messages, ``burst`` being set: let a burst end where a pause is expected."""
        self.run += count
        if self.expected_run:
            left = self.expected_run - self.run
            if left <= 0:
                self.run = 0
                left = self.expected_run
            self.burst = min(self.burst, left)

    def _tail_found(self, count: int) -> None:
        # The application paused in the middle of a burst, and somebody waits for the rest. It may do so again and
        # again, for an answer to its burst. If it sends as much from pause to pause, the next burst ends in time; if
        # not, gather less, and slowly try more.
        run = self.run + count
        self.expected_run = run if run == self.last_run else 0
        self.last_run = run
        self.run = self.calm = 0
        if self.expected_run:
            self.burst = min(run, LARGEST_BURST)
        else:
            self.burst_limit = self.burst = max(1, self.burst // 2)

    def room_again(self, pipe: Pipe) -> None:
        """The peer took enough: the writer may go on."""
        pipe.write_blocked = pipe.wants_word = False
        if pipe.is_open:
            self.core.pattern.writable(pipe)
            self.progress = True

    # -- sending and receiving without waiting ---------------------------------------------------------

    def _hear(self) -> None:
        # A subscription that has arrived counts for the next message, although the I/O thread, which needs the GIL, may
        # not have come to it. One system call in so much time.
        now = monotonic()
        if now - self.last_look >= publishing.HEARING_S:
            self.last_look = now
            events = self.look()
            if events:
                self.process(events)

    def try_send(self, message: Message) -> bool:
        """Queue a message. False: would block."""
        try:
            if self.closed or self.terminating:
                self.check_alive()
            if self.mailbox:
                inproc_ends.read_mailbox(self)
            core = self.core
            if self.hears_first and self.poller_or_none is not None:
                self._hear()
            if self.has_lanes:
                lane_pipe = self.lane_pipe
                if lane_pipe is not None and lane_pipe.outbox and not lane_pipe.dirty:
                    # Messages that went by the lane keep their place before this one.
                    lane_pipe.dirty = True
                    core.dirty.append(lane_pipe)
            sent = core.pattern.try_send(message)
            self.used = True
            if self.inproc_links:
                if not sent and inproc_ends.find_room(self):
                    sent = core.pattern.try_send(message)
                if sent:
                    self.inproc_bytes_out += len(message) if type(message) is bytes else size_of(message)
            if core.pattern.to_close:
                ending.close_given_up(self)
            if core.dirty:
                if not sent or self.inproc_links:
                    self.flush_dirty()  # an inproc reader sees each message at once
                elif self.burst > 1:
                    self.flush_soon()
                else:
                    now = monotonic()
                    if now - self.io_thread.last_flush_end < _BURST_GAP_S:
                        self.burst = 2
                        self.keep_hot()  # the lane gathers too
                    if core.pattern.gathers_answers and self._has_backlog(now):
                        self.keep_hot()
                    elif len(core.dirty) == 1:
                        # flush_dirty(), written out: request and reply come by here.
                        self.last_flush = now
                        pipe = core.dirty.pop()
                        pipe.dirty = False
                        link: Any = pipe.link
                        if link is not None:
                            link.flush(now)
                        self.io_thread.last_flush_end = monotonic()
                    else:
                        self.last_flush = now
                        self.flush_dirty(now)
                        self.io_thread.last_flush_end = monotonic()
            if self.has_lanes:
                self.set_lanes()
            if core.news:
                self.pass_on_news()
            if self.fd_watch is not None:
                if not sent:
                    self.fd_watch.writable_seen(False)
                self.fd_watch.update()
            return sent
        except BaseException as error:
            self.step_failed(error)
            raise

    def try_recv_from(self) -> tuple[Message, Pipe | None] | None:
        """The next message and the pipe that it came from, or None."""
        try:
            if self.closed or self.terminating:
                self.check_alive()
            if self.mailbox:
                inproc_ends.read_mailbox(self)
            pattern = self.core.pattern
            message = pattern.try_recv()
            if message is None and self.paused:
                # A peer that sends faster than the application receives. There is always more, so nobody waits, and
                # nobody would see to the others, newcomers for example.
                now = monotonic()
                if now >= self.asks_at:
                    self.asks_at = now + _ASKS_EVERY_S
                    self.process(self.look())
                self._resume_paused()
                message = pattern.try_recv()
            self.used = True
            if pattern.to_close:
                ending.close_given_up(self)
            if self.core.dirty and (message is None or not self._gathers_on()):
                self.flush_dirty()
            if message is None:
                self.lane_in = NO_LANE
                if self.inproc_links:
                    inproc_ends.tell_blocked_writers(self)
                return None
            self.has_received = True
            pipe = pattern.last_pipe
            if pipe is not None and (self.paused or self.inproc_links):
                self._after_taking(pipe)
            if self.has_lanes:
                if self.drawn:
                    self.drawn = False  # it was put back
                    if self.paused:
                        self._resume_paused()  # the lane has emptied several inboxes at once
                self.set_lanes()
                if self.draws and self.lane_in is NO_LANE and self.named_lane is None:
                    self._draw_ahead()
            if self.fd_watch is not None:
                self.fd_watch.update()
            return message, pipe
        except BaseException as error:
            self.step_failed(error)
            raise

    def _after_taking(self, pipe: Pipe) -> None:
        link: Any = pipe.link
        if link is None:
            return
        if link.is_inproc:
            if link.peer_pipe.write_blocked:
                inproc_ends.tell_blocked_writer(link)
        elif link in self.paused and len(pipe.inbox) * 2 <= pipe.inbox_limit:
            link.resume(monotonic())

    def _resume_paused(self) -> None:
        now = monotonic()
        for stream in self.paused[:]:
            pipe = stream.pipe
            if pipe is None or len(pipe.inbox) * 2 <= pipe.inbox_limit:
                stream.resume(now)

    def events_known(self) -> int:
        """POLLIN and POLLOUT from what is known."""
        try:
            return self._events_known()
        except BaseException as error:
            self.step_failed(error)
            raise

    def _events_known(self) -> int:
        if self.mailbox:
            inproc_ends.read_mailbox(self)
            if self.core.dirty:
                self.flush_dirty()  # greetings and subscriptions for a new peer
        pattern = self.core.pattern
        found = _POLLIN if pattern.can_recv() else 0
        if not found and self.paused:
            self._resume_paused()
            found = _POLLIN if pattern.can_recv() else 0
        is_writable = pattern.can_send()
        if not is_writable and self.inproc_links:
            inproc_ends.ask_for_word(self)
            is_writable = pattern.can_send()
        if self.fd_watch is not None:
            self.fd_watch.writable_seen(is_writable)
            self.fd_watch.update()
        return found | _POLLOUT if is_writable else found

    def notification_fd(self) -> int:
        """The descriptor for option FD, made when it is first asked for."""
        self.check_alive()
        if self.fd_watch is None:
            self.fd_watch = FdWatch(self)
            self.finish_step()
        return self.fd_watch.fd

    # -- claims ----------------------------------------------------------------------------------------

    def claim(self, token: object) -> None:
        """From here on the caller does the socket's I/O. ``token`` says who it is: see above."""
        self.waiters.add(token)
        if self.lane_pipe is not None or self.core.dirty:
            try:
                self.flush_all()
            except BaseException as error:
                self.step_failed(error)
                raise

    def unclaim(self, token: object) -> None:
        """The caller is done waiting. Doing it twice, or without a claim, is harmless.

        So the waits can do it in a ``finally``: a signal handler may raise between any two instructions, and a claim
        that nobody gives back would keep the I/O thread away for ever.
        """
        self.waiters.discard(token)
        self.used = True
        if self.finished:
            if not self.waiters and not self.guests:
                self.close_poller()
        elif not self.armed and not self.hot and self.poller_or_none is not None:
            # We have been away for longer than a tick, so nobody serves this socket in the background. First the
            # deed, then the mark: a signal handler may raise in between.
            self.io_thread.arm(self)
            self.armed = True

    # -- the I/O thread's part: these take the lock themselves -----------------------------------------

    def serve(self) -> None:
        """The poller fired while armed."""
        with self.lock:
            self.armed = False
            if self.finished:
                return
            if self.waiters:
                self.keep_hot()  # claimed: the waiter does the work
                return
            if self.has_received or len(self.lane_in) < self.left_in_lane:
                # The application comes by, and does better to read itself, much at once. If it stays away, we are
                # told again.
                self.has_received = False
                self.left_in_lane = 0
                self.keep_hot()
                return
            self.process(self.look())
            self.left_in_lane = len(self.lane_in)
            if not self.finished and not self.hot:
                self.armed = True
                self.io_thread.arm(self)

    def keep_hot(self) -> None:
        """Let the I/O thread look after this socket at its ticks. Requires the lock."""
        if not self.hot:
            self.io_thread.add_hot(
                self
            )  # first: a socket that only seems to be hot is looked after by nobody
            self.used = self.hot = True

    def tick(self) -> bool:
        """A look at a hot socket. True: it stays hot."""
        if not self.lock.acquire(blocking=False):
            return True  # somebody is at work in it right now
        try:
            if not self.finished:
                if self.is_shaken:
                    self._mend()
                if self.gathers() and self._has_tail():
                    if CAN_WATCH:
                        self._flush_left()
                    elif self._grows():
                        return True
                # Also while somebody waits here: another thread may have left something to flush.
                self.flush_all()
                self.finish_step()
                if self.guests and guest.are_awaited(self):
                    return True
            if self.used and not self.finished:
                self.used = False
                return True
            self.hot = False
            self.burst = 1
            pipe = self.lane_pipe
            if pipe is not None and pipe.outbox and not self.finished:
                # A sender without the lock may have appended after our flush, and compared with the old burst.
                self.flush_all()
                self.finish_step()
            if (
                self.waiters <= self.guests  # a thread arms when it leaves; a loop may never come
                and not self.armed
                and self.poller_or_none is not None
                and not self.finished
            ):
                self.armed = True
                self.io_thread.arm(self)
            return False
        finally:
            self.lock.release()

    def gathers(self) -> bool:
        """Whether messages are gathered for a stream."""
        return 1 < self.burst <= LARGEST_BURST

    def _grows(self) -> bool:
        """A tick found something gathered: is the sender still at it, or was that the end of a burst?"""
        pipe = self.lane_pipe
        count = self.gathered if pipe is None else len(pipe.outbox)
        if count != self.seen_tail or self.last_flush != self.seen_flush:
            # Somebody is at it, or was a moment ago. Who writes and never pauses can be looked at later.
            if self.last_flush == self.seen_flush or self.burst_limit < LARGEST_BURST:
                self.io_thread.look_soon()
            self.seen_tail, self.seen_flush = count, self.last_flush
            return True
        self.io_thread.look_soon()
        self._tail_found(count)
        return False

    def flush_gathered(self) -> bool:
        """The sender has paused, or sent without a pause for as long as a thread may keep the interpreter.

        True: it had left something.
        """
        if not self.lock.acquire(blocking=False):
            return False  # somebody is at work in it right now
        try:
            if self.finished or not (self.has_left.is_set and self._has_tail()):
                self.has_left.is_set = False
                return False
            self._flush_left()
            self.finish_step()
            return True
        finally:
            self.lock.release()

    def _has_tail(self) -> bool:
        pipe = self.lane_pipe
        return bool((pipe is not None and pipe.outbox) or self.core.dirty)

    def _flush_left(self) -> None:
        # Where something was left it may soon be so again.
        self.used = True
        now = monotonic()
        pipe = self.lane_pipe
        run = self.run + (self.gathered if pipe is None else len(pipe.outbox))
        if now - self.last_left >= _BURST_GAP_S * run:
            self.burst = 1  # such a sender had better write itself
        self.run = 0
        self.last_left = now
        self.watched_until = now + _WATCHES_S
        self.flush_all()
        self.last_flush = self.io_thread.last_flush_end

    def timer(self, handler: Handler, now: float) -> None:
        """A handler's time has come."""
        with self.lock:
            handler.timer_at = 0.0
            if self.finished:
                return
            if self.drawn:
                self._put_back()
            try:
                handler.on_timer(now)
            except Exception as error:
                handler.broken(error)
            self.finish_step()

    def post(self, note: int, pipe: Pipe) -> None:
        """An inproc peer tells this socket something about one of its pipes. Needs no lock."""
        self.mailbox.append((note, pipe))
        self.clear_lanes()
        if self.bells or self.waiters or self.fd_watch is not None:
            self.wake()
        if self.closed:
            # Nobody reads this mailbox any more, but a peer that has just connected must learn it. close() sets the
            # mark and then reads once more, so either it finds the note or we see the mark.
            self.io_thread.call_soon(self._read_late_mail)

    def _read_late_mail(self) -> None:
        with self.lock:
            if self.mailbox:
                inproc_ends.read_mailbox(self)

    def undelivered(self) -> int:
        """Messages that were sent and have not been delivered: those that wait, and those that were given up."""
        with self.lock:
            connections = [stream.session.connection for stream in self.streams]
            encoded = sum(
                connection.unsent_messages() for connection in connections if connection is not None
            )
            return self.core.queued_out() + encoded + self.core.lost

    def context_ends(self) -> None:
        """Every waiting and later call fails with ETERM."""
        with self.lock:
            self.terminating = True
            self.clear_lanes()
            self.wake()
            if self.fd_watch is not None:
                self.fd_watch.update()

    def abandon(self) -> None:
        """In a forked child: this socket is the parent's. Give back our copies of its descriptors."""
        self.lock = Lock()
        self.closed = self.finished = True
        self.waiters.clear()
        self.guests.clear()
        self.bells = ()
        self.clear_lanes()
        for handler in [*self.handlers.values(), *self.streams]:
            handler.abandon()
        for line in self.connectors:
            line.abandon()
        self.close_poller()
