"""A few threads for calls that may block, so that they hold up nobody else.

Threads are started when there is work and end when there has been none for a moment. Calls begin in the order in which
they came. A call that never returns keeps its thread for ever; the threads are daemons, so the process can end.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from ..unpatched import Condition, Lock, start_thread
from .log import logger

# Long enough for the next handshake of a busy server, short enough to leave nothing behind.
_IDLE_S = 0.5


class Workers:
    """At most ``most`` threads named ``name``."""

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._changed = Condition(Lock())
        self._calls: deque[Callable[[], None]] = deque()
        self._threads = 0
        self._idle = 0
        self._is_closed = False

    def submit(self, call: Callable[[], None]) -> None:
        """Make this call on one of the threads, as soon as one is free."""
        with self._changed:
            if self._is_closed:
                return
            self._calls.append(call)
            if self._idle >= len(self._calls):
                self._changed.notify_all()
                return
            if self._threads >= self._most:
                return
            self._threads += 1
        try:
            start_thread(self._run, self._name)
        except RuntimeError:  # no more threads in this process; those that are there will do it
            with self._changed:
                self._threads -= 1
            logger().exception("cannot start a thread")

    def close(self) -> None:
        """Forget the calls that have not begun, and end the threads when they are free."""
        with self._changed:
            self._is_closed = True
            self._calls.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            call = self._next()
            if call is None:
                return
            try:
                call()
            except Exception:
                logger().exception("internal error in a background call")

    def _next(self) -> Callable[[], None] | None:
        """The next call; None: the thread may end."""
        with self._changed:
            deadline = time.monotonic() + _IDLE_S
            while not self._calls:
                left = deadline - time.monotonic()
                if self._is_closed or left <= 0:
                    self._threads -= 1
                    return None
                self._idle += 1
                self._changed.wait(left)
                self._idle -= 1
            return self._calls.popleft()
