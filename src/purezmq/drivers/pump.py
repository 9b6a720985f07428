"""The pump of one socket: it turns the rules' wishes into system calls.

One lock per socket guards everything here except the two lanes. It has three kinds of callers and no twin: the
application thread that waits in this socket, the I/O thread when nobody waits, and (later) an event loop.

**Claiming.** A thread that waits counts itself in ``waiters``; then the I/O thread keeps its hands off and the waiter
reads and writes itself. ``serve`` (I/O thread) and ``tick`` explain hot and armed.

**Lanes.** In the most common situations a send or a receive is one ``deque`` operation, which is atomic, so it is done
without the lock. ``lane_in`` is the inbox to pop from while exactly one pipe has data and the type changes nothing
about a message; otherwise it is ``NO_LANE``, which is always empty. ``lane_out`` is the outbox of the only pipe that a
message could go to, else None. Lanes are set at the end of every step under the lock and cleared by whoever makes them
untrue: first clear the lane, then act; a sender looks at ``lane_out`` again after its append and takes the slow path
if it has changed meanwhile.

**Flush now or soon.** The first message after a pause is written at once. When messages follow each other within
microseconds, ``burst`` doubles: that many are gathered before the next write. What is left when the application goes
away is flushed by the next tick, or as soon as it waits.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..base.message import Message, Part, size_of, was_sent
from ..base.pipe import Pipe
from ..constants import Errno, PollEvent
from ..core.socket_core import SocketCore
from ..error import Again, ZMQError, error_for
from ..transports.inproc import ATTACH, BOUND, CLOSED, READABLE, WRITABLE, InprocLink, limits_changed
from . import selector
from .connector import Connector
from .fd_watch import FdWatch
from .handler import Handler
from .listener import Listener
from .selector import EpollPoller
from .signaler import Signaler
from .streams import StreamHandler

if TYPE_CHECKING:
    from .hub import Hub

NO_LANE: deque[Any] = deque(maxlen=0)  # pops fail, so the slow path decides

# Messages that follow each other faster than this belong to a burst and are gathered. A system call costs about as
# much; a slower sender gains nothing from gathering and would lose latency.
_BURST_GAP_S = 10e-6
_LARGEST_BURST = 512  # messages: at a microsecond each, half a millisecond of latency at most
_BURST_BYTES = 64 * 1024

monotonic = time.monotonic


class Pump:
    """Drives one socket. ``socket_name`` is what logs and errors call it."""

    __slots__ = (
        "__weakref__",
        "armed",
        "burst",
        "close_after",
        "closed",
        "connectors",
        "core",
        "failures",
        "fd_watch",
        "finished",
        "gathered",
        "handlers",
        "hot",
        "hub",
        "inproc_bytes_out",
        "inproc_links",
        "inproc_messages_in",
        "inproc_messages_out",
        "io_thread",
        "lane_in",
        "lane_out",
        "lane_pipe",
        "last_flush",
        "linger_timer",
        "listeners",
        "lock",
        "mailbox",
        "on_news",
        "paused",
        "poller_or_none",
        "progress",
        "retiring",
        "signaler",
        "streams",
        "terminating",
        "undelivered",
        "used",
        "waiters",
    )

    def __init__(self, core: SocketCore, hub: Hub, lock: Any) -> None:
        self.core = core
        self.hub = hub
        self.lock = lock
        self.io_thread = hub.io_thread(core.options.affinity)
        self.poller_or_none: EpollPoller | None = None
        self.signaler: Signaler | None = None
        self.handlers: dict[int, Handler] = {}
        self.listeners: dict[str, Listener] = {}
        self.connectors: list[Connector] = []
        self.retiring: list[Connector | StreamHandler] = []  # disconnected, still delivering
        self.streams: set[StreamHandler] = set()
        self.inproc_links: dict[Pipe, InprocLink] = {}
        self.paused: list[StreamHandler] = []  # streams that wait for room in their inbox
        self.mailbox: deque[tuple[int, Pipe]] = deque()  # notes from inproc peers
        self.failures: Counter[str] = Counter()  # connections that ended badly, by reason
        self.on_news: Callable[[Pump], None] | None = None
        self.fd_watch: FdWatch | None = None  # keeps the user's FD in step with EVENTS
        self.lane_in: deque[Any] = NO_LANE
        self.lane_out: deque[Any] | None = None
        self.lane_pipe: Pipe | None = None
        self.burst = 1
        self.gathered = 0
        self.last_flush = 0.0
        self.waiters = 0
        self.progress = False  # this step made something readable or writable, or ended something
        self.used = False
        self.hot = False
        self.armed = False
        self.closed = False
        self.finished = False
        self.terminating = False
        self.close_after: float | None = None
        self.linger_timer: LingerTimer | None = None
        self.undelivered = 0
        self.inproc_messages_in = 0  # of connections that have ended
        self.inproc_messages_out = 0
        self.inproc_bytes_out = 0

    # -- the poller -------------------------------------------------------------------------------------------------------

    @property
    def poller(self) -> EpollPoller:
        """This socket's poller, made when the first descriptor or waiter needs it. Requires the lock."""
        poller = self.poller_or_none
        if poller is None:
            poller = EpollPoller()
            self.signaler = Signaler()
            poller.change(self.signaler.fd, 0, selector.READABLE)
            self.poller_or_none = poller
            self.armed = True
            self.io_thread.add(self)
        return poller

    def forget(self, handler: Handler) -> None:
        """The handler's descriptor is about to be closed or handed on."""
        if handler.interest:
            handler.watch(0)
        if self.handlers.get(handler.fd) is handler:
            del self.handlers[handler.fd]

    def wake(self) -> None:
        """Wake every thread that waits in this socket. Needs no lock."""
        signaler = self.signaler
        if signaler is not None:
            signaler.signal()

    # -- steps: requires the lock --------------------------------------------------------------------------------------------

    def process(self, events: list[tuple[int, int]]) -> None:
        """Handle ready descriptors, then everything that follows from it."""
        if events:
            now = monotonic()
            signaler = self.signaler
            for fd, mask in events:
                handler = self.handlers.get(fd)
                if handler is not None:
                    try:
                        handler.on_events(mask, now)
                    except BaseException as error:
                        # Half-handled input would corrupt the stream: give up this connection, nothing else.
                        handler.broken(error)
                        if not isinstance(error, Exception):
                            raise
                elif signaler is not None and fd == signaler.fd:
                    signaler.drain()
        self.finish_step()

    def finish_step(self) -> None:
        """The end of every step: mailbox, flushing, lanes, and waking those whom it concerns."""
        if self.mailbox:
            self._read_mailbox()
        if self.core.dirty:
            self.flush_dirty()
        if self.retiring:
            self._retire_step()
        if self.closed:
            self._linger_step()
            return
        self.set_lanes()
        if self.progress:
            self.progress = False
            if self.waiters:
                self.wake()
        if self.fd_watch is not None:
            self.fd_watch.update()
        if self.core.news:
            self._pass_on_news()

    def set_lanes(self) -> None:
        """Allow the short ways that are valid right now."""
        if self.closed or self.terminating or self.fd_watch is not None:
            self.lane_in, self.lane_out, self.lane_pipe = NO_LANE, None, None
            return
        pattern = self.core.pattern
        lane_in = pattern.lane_in()
        self.lane_in = NO_LANE if lane_in is None else lane_in
        pipe = pattern.lane_out()
        if pipe is None:
            self.lane_out = self.lane_pipe = None
        else:
            link: Any = pipe.link
            if link is not None and (self.burst > _LARGEST_BURST or link.is_inproc):
                self.burst = 1  # it was not connected before; an inproc reader is told of each message
            if self.burst > pipe.outbox_limit:
                self.burst = pipe.outbox_limit
            self.lane_pipe = pipe
            self.lane_out = pipe.outbox
        if self.inproc_links:
            self._check_inproc_lanes()

    def _check_inproc_lanes(self) -> None:
        # Stored first, looked at afterwards: a peer that blocks or posts in between either sees our lane and clears
        # it, or we see its mark here.
        if self.mailbox or any(link.peer_pipe.write_blocked for link in self.inproc_links.values()):
            self.lane_in = NO_LANE
        if self.mailbox:
            self.lane_out = None

    def flush_dirty(self) -> None:
        """Write what the pattern queued since the last flush."""
        dirty = self.core.dirty
        now = monotonic()
        for pipe in dirty:
            pipe.dirty = False
        pipes = dirty[:]
        dirty.clear()
        for pipe in pipes:
            link: Any = pipe.link
            if link is not None:
                link.flush(now)
        self.gathered = 0

    def flush_all(self) -> None:
        """Write everything that waits, gathered messages included."""
        pipe = self.lane_pipe
        if pipe is not None and pipe.outbox and not pipe.dirty:
            pipe.dirty = True
            self.core.dirty.append(pipe)
        if self.core.dirty:
            self.flush_dirty()

    def _flush_soon(self) -> None:
        """A message was queued on the slow path: write it now, or gather while a burst lasts."""
        self.gathered += 1
        if self.gathered >= self.burst or self.inproc_links:
            self._adapt_burst(self.gathered, 0)
            self.flush_dirty()
            self.last_flush = monotonic()
        else:
            self.keep_hot()

    def _adapt_burst(self, count: int, size: int) -> None:
        gap = (monotonic() - self.last_flush) / count
        if gap < _BURST_GAP_S and size * self.burst < _BURST_BYTES * 2:
            self.burst = min(self.burst * 2, _LARGEST_BURST)
        elif gap < _BURST_GAP_S:
            self.burst = max(1, _BURST_BYTES // (size or 1))
        else:
            self.burst = 1

    def _ask_inproc_readers_for_room(self) -> None:
        # A blocked writer has set write_blocked. Its reader must come by the slow way now, where it sees that mark.
        for pipe, link in self.inproc_links.items():
            if pipe.write_blocked and link.peer_pump is not None:
                link.peer_pump.lane_in = NO_LANE
                if pipe.has_room_again:
                    self.room_again(pipe)

    def room_again(self, pipe: Pipe) -> None:
        """The peer took enough: the writer may go on."""
        pipe.write_blocked = False
        if pipe.is_open:
            self.core.pattern.writable(pipe)
            self.progress = True

    # -- inproc ----------------------------------------------------------------------------------------------------------------

    def post(self, note: int, pipe: Pipe) -> None:
        """Tell this socket something about one of its pipes. Called from the peer's thread, without our lock."""
        self.mailbox.append((note, pipe))
        self.lane_in = NO_LANE
        self.lane_out = None
        if self.waiters or self.fd_watch is not None:
            self.wake()

    def _read_mailbox(self) -> None:
        pattern = self.core.pattern
        mailbox = self.mailbox
        while mailbox:
            note, pipe = mailbox.popleft()
            if note == ATTACH:
                self.attach_inproc(pipe, connected_here=False)
            elif not pipe.is_open:
                continue
            elif note == READABLE:
                pattern.readable(pipe)
            elif note == WRITABLE:
                if pipe.write_blocked and pipe.has_room_again:
                    self.room_again(pipe)
            elif note == CLOSED:
                self._inproc_peer_gone(pipe)
            elif note == BOUND:
                self.identify_inproc(pipe)
            self.progress = True

    def attach_inproc(self, pipe: Pipe, *, connected_here: bool) -> None:
        """Take our end of an inproc connection."""
        link = pipe.link
        assert isinstance(link, InprocLink)
        if self.closed or not self.core.attach(pipe, connected_here=connected_here):
            pipe.is_open = False
            if link.peer_pump is not None:
                link.peer_pump.post(CLOSED, link.peer_pipe)
            return
        self.inproc_links[pipe] = link
        if pipe.inbox:
            self.core.pattern.readable(pipe)

    def identify_inproc(self, pipe: Pipe) -> None:
        """The other end of a connect is known, and with it the peer's routing id."""
        link = pipe.link
        assert isinstance(link, InprocLink)
        if not self.core.pattern.identify(pipe, link.peer_routing_id):
            self.close_inproc(pipe)

    def inproc_limits_changed(self) -> None:
        """SNDHWM or RCVHWM was set."""
        for pipe, link in self.inproc_links.items():
            limits_changed(pipe, link)
            if pipe.write_blocked and pipe.has_room_again:
                self.room_again(pipe)

    def _inproc_peer_gone(self, pipe: Pipe) -> None:
        link = self.inproc_links.pop(pipe, None)
        if link is not None:
            self._keep_inproc_counts(pipe, link)
        self.core.detach(pipe, "peer_gone")

    def _keep_inproc_counts(self, pipe: Pipe, link: InprocLink) -> None:
        self.inproc_messages_out += pipe.messages_pushed
        self.inproc_messages_in += link.peer_pipe.messages_pushed

    def close_inproc(self, pipe: Pipe) -> None:
        """End our side of an inproc connection. What we queued stays readable for the peer."""
        link = self.inproc_links.pop(pipe, None)
        if link is None or not pipe.is_open:
            return
        pipe.is_open = False
        self.core.pattern.detach(pipe)
        self.core.pipes.remove(pipe)
        self._keep_inproc_counts(pipe, link)
        if link.peer_pump is not None:
            link.peer_pump.post(CLOSED, link.peer_pipe)
        else:
            self.core.drop_outbox(pipe, "peer_gone")  # nobody ever bound the name

    # -- sending -----------------------------------------------------------------------------------------------------------------

    def check_alive(self) -> None:
        """Raise if the socket cannot be used any more."""
        if self.closed:
            raise error_for(Errno.ENOTSOCK, self.why_unusable())
        if self.terminating:
            raise error_for(Errno.ETERM)

    def why_unusable(self) -> str | None:
        """What is special about this closed socket, if anything is."""
        if self.hub.is_inherited:
            return (
                f"this {self.core.type_name} socket belongs to process {self.hub.pid}, of which this one was forked: "
                "make a new Context (or call Context.instance()) in the child"
            )
        return None

    def try_send(self, message: Message) -> bool:
        """Queue a message. False: would block. Requires the lock."""
        self.check_alive()
        if self.mailbox:
            self._read_mailbox()
        core = self.core
        if self.lane_pipe is not None and self.lane_pipe.outbox and not self.lane_pipe.dirty:
            # Messages that went by the lane keep their place before this one.
            self.lane_pipe.dirty = True
            core.dirty.append(self.lane_pipe)
        sent = core.pattern.try_send(message)
        self.used = True
        if sent and self.inproc_links:
            self.inproc_bytes_out += size_of(message)
        if core.pattern.to_close:
            self._close_refused()
        if core.dirty:
            self._flush_soon() if sent else self.flush_dirty()
        if not sent and self.inproc_links:
            self._ask_inproc_readers_for_room()
        self.set_lanes()
        if core.news:
            self._pass_on_news()
        if self.fd_watch is not None:
            if not sent:
                self.fd_watch.writable_seen(False)
            self.fd_watch.update()
        return sent

    def lane_step(self, box: deque[Any]) -> None:
        """A message was appended to the lane and it is time to look after it. Called without the lock."""
        pipe = self.lane_pipe
        if pipe is not None and pipe.outbox is box and self.lane_out is box:
            link = pipe.link
            if isinstance(link, InprocLink):
                pipe.messages_pushed += 1
                size = len(box[-1]) if box else 0
                self.inproc_bytes_out += size
                if link.peer_pipe.in_active and len(box) < pipe.outbox_limit:
                    return
        with self.lock:
            self._lane_step(box)

    def _lane_step(self, box: deque[Any]) -> None:
        self.used = True
        pipe = self.lane_pipe
        if pipe is None or pipe.outbox is not box:
            self._lane_was_lost(box)
            return
        count = len(box)
        if not count:
            return
        link: Any = pipe.link
        if link is None:
            # Not connected: let messages gather up to the high-water mark.
            self.burst = pipe.outbox_limit
        elif link.is_inproc:
            link.flush(0.0)
        else:
            self._adapt_burst(max(1, min(count, self.burst)), len(box[-1]))
            link.flush(monotonic())
            if self.closed:
                return
            self.last_flush = monotonic()
            if self.burst > 1 or box:
                self.keep_hot()
        if self.burst > pipe.outbox_limit:
            self.burst = pipe.outbox_limit
        if len(box) >= pipe.outbox_limit:
            self.set_lanes()
            self.lane_out = None
        elif self.lane_out is None:
            self.set_lanes()
        if self.core.news:
            self._pass_on_news()

    def _lane_was_lost(self, box: deque[Any]) -> None:
        # The pipe changed between our caller's look and its append.
        for pipe in self.core.pipes:
            if pipe.outbox is box:
                if not pipe.dirty:
                    pipe.dirty = True
                    self.core.dirty.append(pipe)
                self.flush_dirty()
                return
        while box:
            was_sent(box.popleft())
            self.core.drops["peer_gone"] += 1

    def may_start(self, first: Part, *, wait: bool, timeout_s: float | None) -> None:
        """Wait until a message of several parts may begin with this one. Raises as ``send`` does."""
        with self.lock:
            if self._may_start(first) is not None:
                return
            if not wait:
                self.process(self._look())
                if self._may_start(first) is None:
                    raise Again()
                return
        self._wait_for(lambda: self._may_start(first), timeout_s)

    def _may_start(self, first: Part) -> bool | None:
        self.check_alive()
        if self.mailbox:
            self._read_mailbox()
        return True if self.core.pattern.may_send(first) else None

    def send(self, message: Message, *, wait: bool, timeout_s: float | None) -> None:
        """Queue a message, waiting for room if ``wait``. Raises Again when there is none in time."""
        with self.lock:
            if self.try_send(message):
                return
            self.core.high_water_hits += 1
            if not wait:
                self.process(self._look())
                if self.try_send(message):
                    return
                raise Again()
        self._wait_for(lambda: self.try_send(message) or None, timeout_s)

    # -- receiving ---------------------------------------------------------------------------------------------------------------

    def try_recv(self) -> Message | None:
        """The next message, or None. Requires the lock."""
        self.check_alive()
        if self.mailbox:
            self._read_mailbox()
        pattern = self.core.pattern
        message = pattern.try_recv()
        if message is None and self.paused:
            self._resume_paused()
            message = pattern.try_recv()
        self.used = True
        if message is not None:
            pipe = pattern.last_pipe
            if pipe is not None:
                self._after_taking(pipe)
            if self.waiters and pattern.can_recv():
                self.wake()  # another thread waits and there is more
        if pattern.to_close:
            self._close_refused()
        if self.core.dirty:
            self.flush_dirty()
        self.set_lanes()
        if self.fd_watch is not None:
            self.fd_watch.update()
        return message

    def _after_taking(self, pipe: Pipe) -> None:
        if self.paused and len(pipe.inbox) * 2 <= pipe.inbox_limit:
            link = pipe.link
            if isinstance(link, StreamHandler) and link in self.paused:
                link.resume(monotonic())
        elif self.inproc_links:
            inproc = self.inproc_links.get(pipe)
            if inproc is not None:
                peer = inproc.peer_pipe
                if peer.write_blocked and peer.has_room_again and inproc.peer_pump is not None:
                    inproc.peer_pump.post(WRITABLE, peer)

    def _resume_paused(self) -> None:
        now = monotonic()
        for stream in self.paused[:]:
            pipe = stream.session.pipe
            if pipe is None or len(pipe.inbox) * 2 <= pipe.inbox_limit:
                stream.resume(now)

    def recv(self, *, wait: bool, timeout_s: float | None) -> Message:
        """The next message, waiting for it if ``wait``. Raises Again when there is none in time."""
        return self.recv_from(wait=wait, timeout_s=timeout_s)[0]

    def recv_from(self, *, wait: bool, timeout_s: float | None) -> tuple[Message, Pipe | None]:
        """The next message and the pipe that it came from."""
        with self.lock:
            taken = self._try_recv_from()
            if taken is not None:
                return taken
            if not wait:
                self.process(self._look())
                taken = self._try_recv_from()
                if taken is None:
                    raise Again()
                return taken
        result: tuple[Message, Pipe | None] = self._wait_for(self._try_recv_from, timeout_s)
        return result

    def _try_recv_from(self) -> tuple[Message, Pipe | None] | None:
        message = self.try_recv()
        return None if message is None else (message, self.core.pattern.last_pipe)

    # -- waiting -----------------------------------------------------------------------------------------------------------------

    def _look(self) -> list[tuple[int, int]]:
        """What is ready right now."""
        return [] if self.poller_or_none is None else self.poller_or_none.poll(0)

    def _wait_for(self, attempt: Callable[[], Any], timeout_s: float | None) -> Any:
        """Repeat ``attempt`` (under the lock) until its result is not None. Raises Again when the time is up.

        The attempt is repeated after the claim: what a peer did before it saw the claim is seen here, and what it
        does afterwards wakes us.
        """
        deadline = None if timeout_s is None else monotonic() + timeout_s
        while True:
            with self.lock:
                self.check_alive()
                self.claim()
                try:
                    result = attempt()
                except BaseException:
                    self._unclaim()
                    raise
                if result is not None:
                    self._unclaim()
                    return result
                poller = self.poller
            timeout = None if deadline is None else deadline - monotonic()
            try:
                events = poller.poll(None if timeout is None else max(0.0, timeout))
            except BaseException:
                self.release([])
                raise
            self.release(events)
            if timeout is not None and timeout <= 0:
                with self.lock:
                    result = attempt()
                if result is not None:
                    return result
                raise Again()

    def claim(self) -> None:
        """From here on this thread does the socket's I/O. Requires the lock."""
        assert self.poller is not None
        self.flush_all()
        self.waiters += 1

    def _unclaim(self) -> None:
        self.waiters -= 1
        if self.finished and not self.waiters:
            self._close_poller()

    def release(self, events: list[tuple[int, int]]) -> None:
        """The wait is over: handle what it found."""
        with self.lock:
            self.used = True
            self._unclaim()
            if self.finished:
                return
            self.process(events)
            if not self.armed and not self.hot and self.poller_or_none is not None:
                # We have been away for longer than a tick, so nobody serves this socket in the background.
                self.armed = True
                self.io_thread.arm(self)

    def notification_fd(self) -> int:
        """The descriptor for option FD, made when it is first asked for. Requires the lock."""
        self.check_alive()
        if self.fd_watch is None:
            self.fd_watch = FdWatch(self)
            self.finish_step()
        return self.fd_watch.fd

    def events(self) -> int:
        """POLLIN and POLLOUT as of now, after handling what is ready. Requires the lock."""
        self.check_alive()
        self.process(self._look())
        self.used = True
        return self.events_known()

    def events_known(self) -> int:
        """POLLIN and POLLOUT from what is known. Requires the lock."""
        pattern = self.core.pattern
        found = PollEvent.POLLIN.value if pattern.can_recv() else 0
        if not found and self.paused:
            self._resume_paused()
            found = PollEvent.POLLIN.value if pattern.can_recv() else 0
        is_writable = pattern.can_send()
        if self.fd_watch is not None:
            self.fd_watch.writable_seen(is_writable)
            self.fd_watch.update()
        return found | PollEvent.POLLOUT.value if is_writable else found

    def poll(self, wanted: int, timeout_s: float | None) -> int:
        """Wait for any of the wanted events; 0 when the time is up."""
        with self.lock:
            found = self.events() & wanted
        if found or timeout_s == 0:
            return found
        try:
            result: int = self._wait_for(lambda: self._wanted_events(wanted) or None, timeout_s)
        except Again:
            return 0
        return result

    def _wanted_events(self, wanted: int) -> int:
        self.check_alive()
        if self.mailbox:
            self._read_mailbox()
        return self.events_known() & wanted

    # -- the I/O thread's part ---------------------------------------------------------------------------------------------------

    def serve(self) -> None:
        """The poller fired while armed (called by the I/O thread)."""
        with self.lock:
            self.armed = False
            if self.finished:
                return
            if self.waiters:
                # Claimed: the waiter does the work. Stay un-armed while it is busy here.
                self.keep_hot()
                return
            self.process(self._look())
            if not self.finished and not self.hot:
                self.armed = True
                self.io_thread.arm(self)

    def keep_hot(self) -> None:
        """Let the I/O thread look after this socket at its ticks. Requires the lock."""
        if not self.hot:
            self.hot = True
            self.used = True
            self.io_thread.add_hot(self)

    def tick(self) -> bool:
        """A look at a hot socket (called by the I/O thread). True: it stays hot."""
        if not self.lock.acquire(blocking=False):
            return True  # somebody is at work in it right now
        try:
            if self.finished:
                self.hot = False
                return False
            # Also while somebody waits here: another thread may have left something to flush.
            self.flush_all()
            self.finish_step()
            if self.finished:
                self.hot = False
                return False
            if self.used:
                self.used = False
                return True
            self.hot = False
            self.burst = 1
            if not self.waiters and not self.armed and self.poller_or_none is not None and not self.finished:
                self.armed = True
                self.io_thread.arm(self)
            return False
        finally:
            self.lock.release()

    def timer(self, handler: Handler, now: float) -> None:
        """A handler's time has come (called by the I/O thread)."""
        with self.lock:
            handler.timer_at = 0.0
            if self.finished:
                return
            try:
                handler.on_timer(now)
            except Exception as error:
                handler.broken(error)
            if not self.finished:
                self.finish_step()

    def _pass_on_news(self) -> None:
        if self.on_news is None:
            self.core.news.clear()
        else:
            self.on_news(self)

    def _close_refused(self) -> None:
        """The pattern ends some connections (ROUTER hand-over, STREAM close), once their outboxes are empty."""
        refused = self.core.pattern.to_close[:]
        self.core.pattern.to_close.clear()
        for pipe in refused:
            link = pipe.link
            if isinstance(link, StreamHandler):
                link.flush(monotonic())
                owner = next((connector for connector in self.connectors if connector.stream is link), None)
                self.retire(link if owner is None else owner)
            elif isinstance(link, InprocLink):
                self.close_inproc(pipe)

    # -- endpoints ---------------------------------------------------------------------------------------------------------------

    def add_connector(self, connector: Connector) -> None:
        """Start dialling. Requires the lock."""
        self.connectors.append(connector)
        connector.attempt(monotonic())
        self.used = True
        self.finish_step()

    def retire(self, leaving: Connector | StreamHandler) -> None:
        """disconnect() or unbind(): end a connection once what is queued has left, or LINGER has passed.

        Requires the lock.
        """
        linger_ms = self.core.options.linger
        if isinstance(leaving, Connector):
            self.connectors.remove(leaving)
        if linger_ms == 0 or not leaving.has_unsent:
            leaving.give_up()
            return
        pipe = leaving.session.pipe
        if pipe is not None:
            self.core.pattern.detach(pipe)  # nothing new goes there
        leaving.retire_at = monotonic() + linger_ms / 1000 if linger_ms > 0 else float("inf")
        self.retiring.append(leaving)
        leaving.wake_at(leaving.retire_at if linger_ms > 0 else None)

    def _retire_step(self) -> None:
        now = monotonic()
        for leaving in self.retiring[:]:
            if not leaving.has_unsent or now >= leaving.retire_at or not leaving.is_open:
                self.retiring.remove(leaving)
                self.undelivered += leaving.unsent
                leaving.give_up()

    def connector_gone(self, connector: Connector) -> None:
        """A connector gave up for good."""
        if connector in self.connectors:
            self.connectors.remove(connector)
        elif connector in self.retiring:
            self.retiring.remove(connector)

    # -- the end -----------------------------------------------------------------------------------------------------------------

    def context_ends(self) -> None:
        """Every waiting and later call fails with ETERM."""
        with self.lock:
            self.terminating = True
            self.lane_in, self.lane_out = NO_LANE, None
            self.wake()

    def close(self, linger_ms: int) -> None:
        """Stop everything but the delivery of what was sent, which may take ``linger_ms`` (-1: as long as needed)."""
        with self.lock:
            if self.closed:
                return
            if self.mailbox:
                self._read_mailbox()
            self.flush_all()
            self.closed = True
            self.lane_in, self.lane_out = NO_LANE, None
            self.wake()
            for listener in list(self.listeners.values()):
                listener.close()
            self.listeners.clear()
            for pipe in list(self.inproc_links):
                self.close_inproc(pipe)
            self.hub.release_names(self)
            if linger_ms >= 0:
                self.close_after = monotonic() + linger_ms / 1000
            self._linger_step()
            if not self.finished:
                if self.close_after is not None:
                    self.linger_timer = LingerTimer(self)
                    self.linger_timer.wake_at(self.close_after)
                if not self.hot:
                    self.armed = True
                    self.io_thread.arm(self)

    def is_finishing_without_output(self, connector: Connector) -> bool:
        """True for a connector of a closed socket that has nothing left to deliver."""
        return self.closed and not connector.has_unsent

    def _linger_step(self) -> None:
        """After close: end every connection that has nothing left to deliver, or all when the time is up."""
        if self.finished:
            return
        over = self.close_after is not None and monotonic() >= self.close_after
        for pipe in self.core.pipes:
            pipe.inbox.clear()
        if self.paused:
            now = monotonic()
            for stream in self.paused[:]:
                stream.resume(now)
        for connector in self.connectors[:]:
            if over or not connector.has_unsent:
                self.undelivered += connector.unsent
                connector.give_up()
                self.connector_gone(connector)
        for stream in list(self.streams):
            if over or not stream.has_unsent:
                self._end_stream(stream)
        if over:
            for leaving in self.retiring:
                leaving.retire_at = 0.0
            self._retire_step()
        if not self.connectors and not self.streams and not self.retiring:
            self._finish()

    def _end_stream(self, stream: StreamHandler) -> None:
        if any(connector.stream is stream for connector in self.connectors):
            return
        if stream in self.retiring or any(getattr(leaving, "stream", None) is stream for leaving in self.retiring):
            return
        self.undelivered += stream.unsent
        stream.give_up()

    def _finish(self) -> None:
        self.finished = True
        if self.on_news is not None:
            self.on_news(self)
        if self.poller_or_none is not None:
            self.io_thread.remove(self)
        if self.waiters:
            self.wake()  # threads still sleep in the poller: the last one out closes it
        else:
            self._close_poller()
        self.hub.remove(self)

    def _close_poller(self) -> None:
        poller, self.poller_or_none = self.poller_or_none, None
        signaler, self.signaler = self.signaler, None
        if self.fd_watch is not None:
            self.fd_watch.close()
            self.fd_watch = None
        if poller is not None:
            poller.close()
        if signaler is not None:
            signaler.close()

    def abandon(self) -> None:
        """In a forked child: this socket is the parent's. Give back our copies of its descriptors."""
        import threading

        self.lock = threading.Lock()
        self.closed = self.finished = True
        self.lane_in, self.lane_out = NO_LANE, None
        for handler in list(self.handlers.values()):
            sock = getattr(handler, "sock", None)
            if sock is not None:
                sock.close()
        if self.poller_or_none is not None:
            self.poller_or_none.close()
        if self.signaler is not None:
            self.signaler.close()


class LingerTimer(Handler):
    """Ends a lingering socket when its time is up."""

    __slots__ = ()

    def on_timer(self, now: float) -> None:
        if not self.pump.finished:
            self.pump.finish_step()
            if not self.pump.finished:
                self.wake_at(self.pump.close_after)

    def broken(self, error: BaseException) -> None:
        """Nothing to give up."""


__all__ = ["NO_LANE", "Pump", "ZMQError"]
