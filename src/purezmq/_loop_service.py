"""One event loop's service for one socket: it watches the socket's poller and completes the calls that wait.

The loop is the waiter: it claims the socket (``drivers/guest.py``), and its reader callback does what a thread in
``recv`` does, one read per connection and wake-up. All asynchronous sockets of this loop that stand for the same
socket (shadows) share the service, and with it the queues.

Waking an idle processor takes longer than the answer in a quick conversation. There the loop goes round without
sleeping for a while, as threads do in ``drivers/spinning.py``, and serves everything else meanwhile.

What is sent while the loop is busy gathers as in every burst (``drivers/pump.py``); here the burst ends with the turn
of the loop, or when a task waits for the same socket.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from sys import getrefcount
from time import monotonic
from typing import Any

from ._attempts import Attempt
from ._waiting import Owner, Waiting
from .constants import Errno
from .drivers import inproc_ends, spinning
from .drivers.guest import Guest
from .drivers.pump import Pump
from .drivers.selector import READABLE
from .error import ZMQError, error_for
from .numbers import PollEvent

# A sender that waits for an inproc reader looks by itself after these pauses (seconds, doubling): see exchange.py.
_FIRST_LOOK_S = 0.001
_LAST_LOOK_S = 0.05
_POLLIN = int(PollEvent.POLLIN)
# While the first message of a burst waits for its flush, so many more may rely on it without asking which loop runs.
_FLUSH_TRUST = 64


def _references_to_first(queue: deque[Any]) -> int:
    return getrefcount(queue[0])


# What refers to a call that nobody holds: the queue, our local variable, and what asking takes, which is not the same
# in compiled code.
_UNREFERENCED = _references_to_first(deque([object()])) + 1


class Watch:
    """Somebody polls: ``check`` is called when one of the flags may be set, until the watch is removed."""

    __slots__ = ("cancel", "check", "flags")

    def __init__(self, flags: int, check: Callable[[], None], cancel: Callable[[], object]) -> None:
        self.flags = flags
        self.check = check
        self.cancel = cancel


class LoopService(Guest):
    """Serves a socket in a loop. Everything but ``look_again`` belongs to the loop's thread."""

    ALWAYS = -1  # flags of a watch that is asked after everything that happens

    __slots__ = (
        "_advancing",
        "_awake_until",
        "_fd",
        "_is_awake",
        "_is_flush_due",
        "_is_looking_for_room",
        "_last_fd",
        "_usual_fd",
        "_waits_since",
        "flush_trust",
        "is_over",
        "loop",
        "pump",
        "receivers",
        "senders",
        "watches",
    )

    def __init__(self, pump: Pump, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.pump = pump
        self.loop = loop
        self.receivers: deque[Waiting] = deque()
        self.senders: deque[Waiting] = deque()
        self.watches: list[Watch] = []
        self.is_over = False
        self._advancing: deque[Waiting] | None = None
        self._fd = -1  # the poller's, while the loop watches it
        self._awake_until = 0.0
        self._is_awake = False  # the loop goes round without sleeping
        self._is_flush_due = False
        self._is_looking_for_room = False
        self._waits_since = 0.0  # when the first call for a message began to wait; 0: nobody needs to know
        self._last_fd = -1  # what was ready alone the last time
        self._usual_fd = -1  # ... and several times in a row
        self.flush_trust = 0  # how many more messages may take it for granted that the loop will flush

    # -- coming and going ------------------------------------------------------------------------------

    @property
    def is_gone(self) -> bool:
        return self.loop.is_closed()

    def attend(self) -> None:
        """See to it that the loop hears of what happens."""
        pump = self.pump
        if self._fd < 0:
            with pump.lock:
                pump.check_alive()
                fd = pump.poller.fd
            self.loop.add_reader(fd, self._come)
            self._fd = fd
        elif self in pump.waiters:
            return
        with pump.lock:
            pump.claim(self)
        # What arrived before the claim, an inproc peer's note for example, wakes nobody.
        self.loop.call_soon(self._come)

    def look_again(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self._come)
        except RuntimeError:  # it is closed
            pass

    def end(self) -> None:
        """The socket is closed, or used in another loop: stop watching, and cancel whatever waits."""
        if self.is_over:
            return
        self.is_over = True
        self.flush_trust = 0
        pump = self.pump
        if self._fd >= 0:
            if not self.loop.is_closed():
                self.loop.remove_reader(self._fd)
            self._fd = -1
        with pump.lock:
            pump.guests.discard(self)
            pump.unclaim(self)
        if not self.loop.is_closed():
            self.cancel_all()

    def cancel_all(self, owner: Owner | None = None) -> None:
        """Cancel the calls that wait; those of one socket object if ``owner`` is given."""
        for waiting in [*self.receivers, *self.senders]:
            if owner is None or waiting.owner is owner:
                if waiting.ends_quietly:
                    waiting.fail(error_for(Errno.ENOTSOCK))
                else:
                    waiting.cancel()
        if owner is None:
            for watch in self.watches[:]:
                watch.cancel()

    # -- serving ---------------------------------------------------------------------------------------

    def _come(self) -> None:
        """The poller is ready, or somebody asked us to look."""
        if self.is_over:
            return
        pump = self.pump
        self.absences = 0
        sleeper = None  # a task that waits for what we read
        with pump.lock:
            if not pump.closed:
                if self not in pump.waiters:
                    pump.claim(self)
                self._read(pump)
                pump.used = True
                # Not kept in a variable otherwise: whether anybody refers to a call matters in _complete().
                if self.receivers and self.receivers[0].is_left_to_its_task and pump.core.pattern.can_recv():
                    sleeper = self.receivers[0]
        if sleeper is not None:
            sleeper.resume()
        if pump.closed:
            self.end()
            return
        self.dispatch(may_resume=True)

    def _read(self, pump: Pump) -> None:
        # In a conversation with one peer it is always the same descriptor. Reading it at once saves asking which.
        fd = self._usual_fd
        if fd >= 0:
            pump.process([(fd, READABLE)], self)
            if pump.core.pattern.can_recv():
                return
            self._usual_fd = -1
        events = pump.look()
        ready = events[0][0] if len(events) == 1 and events[0][1] == READABLE else -1
        if ready == self._last_fd and ready in pump.handlers:
            self._usual_fd = ready
        self._last_fd = ready
        pump.process(events, self)

    def look(self) -> None:
        """Handle what is ready now, in the middle of a call. Requires the pump's lock."""
        pump = self.pump
        pump.process(pump.look(), self if self in pump.waiters else None)
        pump.used = True
        if self.receivers or self.senders or self.watches:
            self.loop.call_soon(self.dispatch)  # what we have just read may be for them

    def dispatch(self, may_resume: bool = False) -> None:
        """Complete, or wake, what can go on. ``may_resume``: a task may run at once, for we are not in one."""
        if self.receivers:
            self.advance(self.receivers, may_resume)
        if self.senders:
            self.advance(self.senders, may_resume)
        if self.watches:
            self._check_watches()

    def advance(self, queue: deque[Waiting], may_resume: bool = False) -> None:
        """Complete the first calls of a queue as far as possible, or wake the task of the first one."""
        if self._advancing is queue:
            return  # a call that was completed here leaves the queue
        first = self._complete(queue)
        if first is not None:
            if may_resume:
                first.resume()
            else:
                first.wake()

    def _complete(self, queue: deque[Waiting]) -> Waiting | None:
        """Complete the first calls. Returns the one after them if it is time to wake its task."""
        self._advancing = queue
        try:
            while queue:
                first = queue[0]
                if first.is_left_to_its_task:
                    return first if self._can_go_on(queue) else None
                if (
                    queue is self.receivers
                    and first.is_unobserved
                    and _references_to_first(queue) <= _UNREFERENCED
                ):
                    first.cancel()  # whoever made this call has thrown away what it returned
                elif not first.perform():
                    break
        finally:
            self._advancing = None
        return None

    def _can_go_on(self, queue: deque[Waiting]) -> bool:
        pump = self.pump
        if queue is self.receivers and queue[0].owner.has_parts_left:
            return True
        with pump.lock:
            if pump.closed or pump.terminating:
                return True  # the call will say so
            if queue is self.senders:
                inproc_ends.find_room(pump)
                return pump.core.pattern.can_send()
            if pump.aside or pump.core.pattern.can_recv():
                return True
            # What a peer keeps back because its queue was full, and what is in the mailbox.
            return bool(pump.paused or pump.mailbox) and bool(pump.events_known() & _POLLIN)

    def leave(self, waiting: Waiting, queue: deque[Waiting], has_result: bool) -> None:
        """A call is done or was cancelled: it is the next one's turn."""
        if queue and queue[0] is waiting:
            queue.popleft()
            if self._waits_since and queue is self.receivers:
                self._note_wait(has_result)
            if queue:
                self.advance(queue)
        elif waiting in queue:
            queue.remove(waiting)

    def _check_watches(self) -> None:
        pump = self.pump
        with pump.lock:
            try:
                pump.check_alive()
                found = pump.events_known() | (_POLLIN if pump.aside else 0)
            except ZMQError:
                found = -1  # whoever looks will be told why
        for watch in self.watches[:]:
            if watch.flags & found or watch.flags == self.ALWAYS:
                watch.check()

    # -- waiting ---------------------------------------------------------------------------------------

    def wait(self, queue: deque[Waiting], attempt: Attempt, timeout_ms: int, owner: Owner) -> Waiting:
        """A call that could not be done at once."""
        if self._fd < 0 or self not in self.pump.waiters:
            self.attend()
        if self._is_flush_due:
            self.flush()
        if queue is self.receivers and not queue and spinning.SPIN_S and not self.pump.inproc_links:
            self._stay_awake()  # not for inproc peers, which need the interpreter themselves
        waiting = Waiting(self, queue, attempt, timeout_ms, owner)
        if queue is self.senders and self.pump.inproc_links and not self._is_looking_for_room:
            self._is_looking_for_room = True
            self.loop.call_later(_FIRST_LOOK_S, self._look_for_room, _FIRST_LOOK_S)
        return waiting

    def _stay_awake(self) -> None:
        """A call begins to wait for a message: if it comes soon, as it did before, the loop will not be asleep."""
        self._waits_since = now = monotonic()
        if self.pump.spin_credit:
            self._awake_until = now + spinning.longest_s(self.pump)
            if not self._is_awake:
                self._take_a_turn()

    def _take_a_turn(self) -> None:
        self.loop.call_soon(self._turn)
        self._is_awake = True  # now, because a signal handler may raise in the call

    def _turn(self) -> None:
        """The loop comes by, for no other reason than not to sleep."""
        self._is_awake = False
        if self._waits_since:
            if monotonic() < self._awake_until:
                self._take_a_turn()
            else:
                self._waits_since = 0.0
                spinning.failed(self.pump)

    def _note_wait(self, has_result: bool) -> None:
        """The call that began to wait has its message, or has given up."""
        if not self._is_awake:
            spinning.slept(self.pump, monotonic() - self._waits_since)
        elif has_result:
            spinning.succeeded(self.pump)
        else:
            spinning.failed(self.pump)
        self._waits_since = 0.0

    def _look_for_room(self, pause: float) -> None:
        self.advance(self.senders)
        self._is_looking_for_room = bool(self.senders)
        if self.senders:
            pause = min(2 * pause, _LAST_LOOK_S)
            self.loop.call_later(pause, self._look_for_room, pause)

    def watch(self, flags: int, check: Callable[[], None], cancel: Callable[[], Any]) -> Watch:
        """Have ``check`` called whenever one of the flags may be set, ``cancel`` when the socket is closed."""
        self.attend()
        if self._is_flush_due:
            self.flush()
        watch = Watch(flags, check, cancel)
        self.watches.append(watch)
        return watch

    def unwatch(self, watch: Watch) -> None:
        """Nobody polls with this any more."""
        if watch in self.watches:
            self.watches.remove(watch)

    # -- flushing --------------------------------------------------------------------------------------

    def flush_soon(self) -> None:
        """Messages were gathered: they leave at the end of this turn of the loop."""
        self.flush_trust = _FLUSH_TRUST
        if not self._is_flush_due:
            self._is_flush_due = True
            self.loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what was gathered."""
        if not self._is_flush_due:
            return
        self._is_flush_due = False
        self.flush_trust = 0
        pump = self.pump
        with pump.lock:
            if not pump.finished:
                pump.flush_all()
                pump.finish_step(self if self in pump.waiters else None)


def look(pump: Pump) -> None:
    """Handle what is ready now, on behalf of the running loop if it serves this socket. Requires the lock."""
    if pump.guests:
        loop = asyncio.get_running_loop()
        for guest in pump.guests:
            if isinstance(guest, LoopService) and guest.loop is loop:
                guest.look()
                return
    pump.process(pump.look())


def events_of(pump: Pump) -> int:
    """POLLIN and POLLOUT as of now."""
    with pump.lock:
        pump.check_alive()
        look(pump)
        return pump.events_known() | (_POLLIN if pump.aside else 0)


def service_for(pump: Pump, loop: asyncio.AbstractEventLoop) -> LoopService:
    """The service of this loop for this socket, made when it is first needed."""
    for guest in list(pump.guests):
        if isinstance(guest, LoopService):
            if guest.loop is loop:
                return guest
            if guest.is_gone:
                guest.end()
    service = LoopService(pump, loop)
    with pump.lock:
        pump.guests.add(service)
    return service
