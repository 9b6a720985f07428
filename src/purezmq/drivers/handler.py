"""What a pump does with a descriptor that became ready."""

from __future__ import annotations

from .foreign import is_foreign as is_foreign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .pump import Pump


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

    def interrupted(self, error: BaseException) -> None:
        """A signal handler raised while an event was handled."""
        self.broken(error)

    def abandon(self) -> None:
        """In a forked child: give back our copy of the descriptor, without a word to anybody."""
        sock = getattr(self, "sock", None)
        if sock is not None:
            sock.close()

    def watch(self, interest: int) -> None:
        """Ask the socket's poller for these events."""
        if interest != self.interest:
            if not self.interest:
                self.pump.handlers[self.fd] = self
            self.pump.poller.change(self.fd, self.interest, interest)
            self.interest = interest
