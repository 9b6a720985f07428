"""The descriptor behind option FD: readable while the socket has something to say.

It is level-triggered: readable while POLLIN is set, and, when the last look at EVENTS (or a refused send) found the
socket not writable, from the moment it becomes writable until the next look. A descriptor that stayed readable for as
long as the socket *can* send would make every event loop spin.

It is an epoll that nests the socket's own poller (news from the peers) and a signaler (messages read already).
"""

from __future__ import annotations

from .selector import READABLE, EpollPoller
from .signaler import Signaler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .pump import Pump


class FdWatch:
    """Keeps a descriptor in step with EVENTS. Requires the pump's lock."""

    __slots__ = ("_outer", "_pump", "_raised", "_saw_writable", "_signaler")

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._outer = EpollPoller()
        self._signaler = Signaler()
        self._raised = False
        self._saw_writable = True
        self._outer.change(self._signaler.fd, 0, READABLE)
        self._outer.change(pump.poller.fd, 0, READABLE)

    @property
    def fd(self) -> int:
        """The descriptor to hand out."""
        return self._outer.fd

    def writable_seen(self, is_writable: bool) -> None:
        """The user learned whether the socket takes messages."""
        self._saw_writable = is_writable

    def update(self) -> None:
        """Bring the descriptor in step; called at the end of every step."""
        pattern = self._pump.core.pattern
        wanted = pattern.can_recv() or (not self._saw_writable and pattern.can_send())
        if wanted and not self._raised:
            self._raised = True
            self._signaler.signal()
        elif self._raised and not wanted:
            self._raised = False
            self._signaler.drain()

    def close(self) -> None:
        """The socket is closed."""
        self._outer.close()
        self._signaler.close()
