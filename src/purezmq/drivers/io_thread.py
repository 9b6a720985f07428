"""The background thread: it serves the sockets that nobody is waiting on.

It polls the sockets' own pollers, one shot each. A socket whose poller fires is served and armed again, unless an
application thread has claimed it by waiting in it. A socket that was used a moment ago is *hot*: it is not armed, so
that a busy request-reply loop does not wake this thread for every message; instead this thread looks at the hot sockets
every tick, flushes what is left in their queues, and arms those that were not used since the last tick.

Timers live here too: a heap of (time, handler). They are never cancelled; a handler that has changed its mind ignores
the call.
"""

from __future__ import annotations

import heapq
import itertools
import time
import weakref
from collections import deque
from collections.abc import Callable

from ..unpatched import Lock, get_ident, start_thread
from .log import logger
from .selector import ONE_SHOT, READABLE, EpollPoller
from .signaler import Signaler
from .watching import CAN_WATCH, Timer, until_marked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .handler import Handler
    from .pump import Pump

LARGEST_BURST = 1000  # messages that are gathered for one write; a tick writes the rest
# How often hot sockets are looked at. Longer delays the tail of a burst, shorter costs the application the GIL. While
# tails are found it is short, because there will be more of them.
TICK_S = 0.002
_SHORT_TICK_S = 100e-6
# How long after somebody has left something to look whether it is the tail of a burst, and how long it takes at least
# to get the interpreter from a sender that does not pause. How long not to look again after looks that found no tail.
_TAIL_S = 60e-6
_LONG_S = 2e-3
_LEAST_PAUSE_S = 200e-6
_LONGEST_PAUSE_S = 50e-3
# The poller waits for whole milliseconds; what is shorter is waited for otherwise.
_LEAST_TIMEOUT_S = 0.001


class IoThread:
    """One background thread with its poller, timers and hot sockets."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._poller = EpollPoller()
        self._signaler = Signaler()
        self._poller.change(self._signaler.fd, 0, READABLE)
        self._tail_timer = Timer() if CAN_WATCH else None
        if self._tail_timer is not None:
            self._poller.change(self._tail_timer.fd, 0, READABLE)
        self._pumps: dict[int, Pump] = {}
        self._calls: deque[Callable[[], None]] = deque()
        self._hot: list[Pump] = []
        self._leaving: deque[Pump] = deque()  # they have left something lately
        self._tick_s = TICK_S
        self._looks_soon = False
        self._is_watching = False  # so nobody needs to tell of a tail
        self._next_tick = 0.0
        self._timers: list[tuple[float, int, weakref.ref[Handler]]] = []
        self._timer_lock = Lock()
        self._numbers = itertools.count()
        self._next_wake = float("inf")
        self.last_flush_end = 0.0  # when a thread last finished a write for one of our sockets: see pump.py
        self._running = True
        self._thread = start_thread(self._run, name)

    # -- called from any thread ------------------------------------------------------------------------

    @property
    def ident(self) -> int | None:
        """The thread's identifier."""
        ident: int | None = self._thread.ident
        return ident

    @property
    def native_id(self) -> int:
        """The operating system's number for the thread."""
        number: int = self._thread.native_id  # known as soon as the thread has started
        return number

    def call_soon(self, call: Callable[[], None]) -> None:
        """Run ``call`` on this thread, without any lock held."""
        self._calls.append(call)
        self._signaler.signal()

    def schedule(self, when: float, handler: Handler) -> None:
        """Call ``handler.on_timer`` at a monotonic time."""
        with self._timer_lock:
            heapq.heappush(self._timers, (when, next(self._numbers), weakref.ref(handler)))
            sooner = when < self._next_wake
        if sooner:
            self._signaler.signal()

    def add(self, pump: Pump) -> None:
        """Serve this socket from now on."""
        self._pumps[pump.poller.fd] = pump
        self._poller.change(pump.poller.fd, 0, READABLE | ONE_SHOT)

    def arm(self, pump: Pump) -> None:
        """Watch the socket's poller again."""
        self._poller.change(pump.poller.fd, READABLE, READABLE | ONE_SHOT)

    def remove(self, pump: Pump) -> None:
        """The socket is finished; its poller is about to be closed."""
        if self._pumps.pop(pump.poller.fd, None) is not None:
            self._poller.change(pump.poller.fd, READABLE, 0)

    def add_hot(self, pump: Pump) -> None:
        """Look at this socket at every tick until it has been quiet for one."""
        self._calls.append(lambda: self._hot.append(pump))
        self._signaler.signal()

    def expect_tail(self, pump: Pump, now: float) -> None:
        """A sender leaves something: look before long whether it is the tail of its burst."""
        if self._tail_timer is not None and not self._is_watching:
            pump.has_left.is_expected = True
            pump.has_left.expected_at = now
            self._leaving.append(pump)
            self._tail_timer.set(_TAIL_S)

    def look_soon(self) -> None:
        """A tick says: another one should follow in a short time."""
        self._looks_soon = True

    def stop(self) -> None:
        """End the thread and wait for it (not when called by itself)."""
        self._running = False
        self._signaler.signal()
        if self.ident != get_ident():
            self._thread.join()

    def abandon(self) -> None:
        """In a forked child: the thread does not exist here; give back our copies of its descriptors."""
        self._running = False
        self._close()

    # -- the thread ------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._running:
                self._turn()
        finally:
            self._close()

    def _close(self) -> None:
        self._signaler.close()
        self._poller.close()
        if self._tail_timer is not None:
            self._tail_timer.close()

    def _turn(self) -> None:
        timeout = self._time_to_sleep()
        if CAN_WATCH and timeout and self._hot and self._watches():
            self._is_watching = True
            until_marked(self._poller.fd, [pump.has_left for pump in self._hot], timeout)
            self._is_watching = False
            now = time.monotonic()
            for gathering in self._hot:
                if gathering.has_left.is_set and now >= gathering.has_left.ready_at:
                    self._guard(gathering.flush_gathered)
            timeout = 0.0
        if timeout is not None and 0.0 < timeout < _LEAST_TIMEOUT_S:
            if CAN_WATCH:
                until_marked(self._poller.fd, [], timeout)
            else:
                time.sleep(timeout)
            timeout = 0.0
        for fd, _ in self._poller.poll(timeout):
            if fd == self._signaler.fd:
                self._signaler.drain()
                continue
            if self._tail_timer is not None and fd == self._tail_timer.fd:
                self._tail_timer.drain()
                self._look_for_tails()
                continue
            pump = self._pumps.get(fd)
            if pump is not None:
                self._guard(pump.serve)
        while self._calls:
            self._guard(self._calls.popleft())
        now = time.monotonic()
        if not self._hot:
            self._next_tick = now + self._tick_s
        elif now >= self._next_tick:
            self._tick()
            self._next_tick = time.monotonic() + self._tick_s
        self._run_timers()

    def _look_for_tails(self) -> None:
        now = time.monotonic()
        while self._leaving:
            pump = self._leaving.popleft()
            mark = pump.has_left
            mark.is_expected = False
            was_left = self._guard(pump.flush_gathered)
            # We have the interpreter. If that took long, the sender had not paused. It may have been watched meanwhile.
            if pump.last_left > mark.expected_at and (not was_left or now - mark.expected_at < _LONG_S):
                mark.pause_s = 0.0
            else:
                mark.pause_s = min(max(2 * mark.pause_s, _LEAST_PAUSE_S), _LONGEST_PAUSE_S)
            mark.expects_at = now + mark.pause_s

    def _watches(self) -> bool:
        now = time.monotonic()
        for pump in self._hot:
            if pump.watched_until > now and pump.gathers():
                return True
        return False

    def _time_to_sleep(self) -> float | None:
        if self._calls:
            return 0.0
        with self._timer_lock:
            self._next_wake = self._timers[0][0] if self._timers else float("inf")
            next_wake = self._next_wake
        if self._hot and self._next_tick < next_wake:
            next_wake = self._next_tick
        return None if next_wake == float("inf") else max(0.0, next_wake - time.monotonic())

    def _tick(self) -> None:
        self._looks_soon = False
        self._hot = [pump for pump in self._hot if self._guard(pump.tick)]
        self._tick_s = _SHORT_TICK_S if self._looks_soon else min(2 * self._tick_s, TICK_S)

    def _run_timers(self) -> None:
        now = time.monotonic()
        while True:
            with self._timer_lock:
                if not self._timers or self._timers[0][0] > now:
                    return
                handler = heapq.heappop(self._timers)[2]()
            if handler is not None:
                pump = handler.pump
                self._guard(lambda handler=handler, pump=pump: pump.timer(handler, now))  # type: ignore[misc]

    def _guard(self, call: Callable[[], object]) -> object:
        # Whatever goes wrong in one socket must not end the thread that serves all.
        try:
            return call()
        except Exception:
            logger().exception("internal error while serving a socket")
            return None
