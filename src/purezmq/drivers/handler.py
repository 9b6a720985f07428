"""What a pump does with a descriptor that became ready."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..unpatched import is_main_thread

if TYPE_CHECKING:
    from .pump import Pump


_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep


def is_foreign(error: BaseException) -> bool:
    """True for what a signal handler raised in the middle of our work, as far as one can tell: it is not ours to keep.

    KeyboardInterrupt is, and on the main thread, where signal handlers run, whatever was raised outside of our code.
    """
    if not isinstance(error, Exception):
        return True
    if not is_main_thread():
        return False
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return where is not None and not where.tb_frame.f_code.co_filename.startswith(_PACKAGE)


class Handler:
    """One descriptor in a socket's poller. Everything requires the pump's lock."""

    __slots__ = ("__weakref__", "fd", "interest", "is_open", "pump", "timer_at")

    def __init__(self, pump: Pump) -> None:
        self.pump = pump
        self.fd = -1
        self.interest = 0  # the epoll events asked for; 0: not registered
        self.is_open = True
        self.timer_at = 0.0  # the earliest timer already scheduled with the I/O thread; 0: none

    def on_events(self, mask: int, now: float) -> None:
        """The descriptor is ready."""
        raise NotImplementedError

    def on_timer(self, now: float) -> None:
        """A time that was asked for with ``wake_at`` has come (or has become irrelevant meanwhile)."""

    def wake_at(self, when: float | None) -> None:
        """Ask for ``on_timer`` at this monotonic time; an earlier request stands."""
        if when is not None and (self.timer_at == 0.0 or when < self.timer_at):
            self.timer_at = when
            self.pump.io_thread.schedule(when, self)

    def broken(self, error: BaseException) -> None:
        """Handling an event failed in a way that nobody foresaw: give up this descriptor, nothing else."""
        raise NotImplementedError

    def watch(self, interest: int) -> None:
        """Ask the socket's poller for these events."""
        if interest != self.interest:
            if not self.interest:
                self.pump.handlers[self.fd] = self
            self.pump.poller.change(self.fd, self.interest, interest)
            self.interest = interest
