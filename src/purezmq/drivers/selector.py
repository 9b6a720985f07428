"""The poller of one socket or thread: Linux epoll, which nests and keeps its registrations."""

from __future__ import annotations

import contextlib
import errno
import select

from ..error import error_for
from ..unpatched import epoll

READABLE = select.EPOLLIN
WRITABLE = select.EPOLLOUT
BROKEN = select.EPOLLERR | select.EPOLLHUP
ONE_SHOT = select.EPOLLONESHOT

_MOST_EVENTS = 256  # per look; what remains is found at the next one


class EpollPoller:
    """Readiness of many descriptors. ``poll`` may run while another thread changes registrations."""

    __slots__ = ("_epoll", "fd", "wait")

    def __init__(self) -> None:
        """Raises ZMQError (EMFILE, …) when there is no descriptor left."""
        try:
            self._epoll = epoll()
        except OSError as error:
            raise error_for(error.errno or errno.EMFILE, f"{error.strerror} (making a poller)") from None
        self.fd = self._epoll.fileno()
        self.wait = (
            self._epoll.poll
        )  # the bare call: raises ValueError when another thread has closed the poller

    def change(self, fd: int, before: int, after: int) -> None:
        """Replace the interest ``before`` by ``after``; 0 stands for not registered."""
        if not before:
            self._epoll.register(fd, after)
        elif after:
            self._epoll.modify(fd, after)
        else:
            # The descriptor may be closed already, and then the kernel has forgotten it.
            with contextlib.suppress(OSError):
                self._epoll.unregister(fd)

    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        """Wait at most ``timeout`` seconds (None: for ever). Signals run their handlers; the deadline stands."""
        try:
            return self._epoll.poll(timeout, _MOST_EVENTS)
        except ValueError:  # closed by another thread while we were about to wait
            return []

    def close(self) -> None:
        """Give the descriptor back."""
        self._epoll.close()
        self.fd = -1
