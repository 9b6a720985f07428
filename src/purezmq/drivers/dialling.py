"""One socket on its way to one address, and what has to be said on it before the conversation itself (SOCKS)."""

from __future__ import annotations

import errno
from collections.abc import Callable

from ..numbers import Event
from ..unpatched import socket as os_socket
from .handler import Handler
from .selector import READABLE, WRITABLE
from .troubles import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..transports.stream import Negotiation
    from .pump import Pump


class OnTheWay(Handler):
    """A socket that is not yet the connector's stream: it ends as connected, failed or abandoned.

    ``on_end(self, error_number, reason)`` is called once when it is connected (0) or failed; then the socket is closed.
    """

    __slots__ = ("_endpoint", "_on_end", "_timeout_at", "now", "sock")

    def __init__(
        self,
        pump: Pump,
        endpoint: str,
        sock: os_socket.socket,
        timeout_at: float,
        on_end: Callable[[OnTheWay, int, str], None],
    ) -> None:
        super().__init__(pump)
        self.sock = sock
        self.fd = sock.fileno()
        self.now = 0.0  # when on_end was called
        self._endpoint = endpoint
        self._on_end = on_end
        self._timeout_at = timeout_at  # 0: the system decides

    def start(self) -> None:
        """Begin to listen to the socket."""
        self.watch(WRITABLE)
        if self._timeout_at:
            self.wake_at(self._timeout_at)

    def on_timer(self, now: float) -> None:
        if not self.is_open or not self._timeout_at:
            return
        if now >= self._timeout_at:
            self._end(errno.ETIMEDOUT, "", now)
        else:
            self.wake_at(self._timeout_at)

    def _end(self, error_number: int, reason: str, now: float) -> None:
        if error_number:
            self.drop(reason or text_of(error_number))
        self.now = now
        self._on_end(self, error_number, reason)

    def release(self) -> os_socket.socket:
        """The connected socket, for whoever takes it over."""
        self.watch(0)
        self.pump.forget(self)
        self.is_open = False
        return self.sock

    def drop(self, reason: str) -> None:
        """Close the socket and tell so."""
        if self.is_open:
            self.release().close()
            self.pump.core.tell(Event.CLOSED, self.fd, self._endpoint, reason)

    def broken(self, error: BaseException) -> None:
        if self.is_open:
            reason = f"internal error: {error!r}"
            self.drop(reason)
            self._on_end(self, errno.EIO, reason)


class Dialling(OnTheWay):
    """A connect() that the system has not finished yet."""

    __slots__ = ()

    def on_events(self, mask: int, now: float) -> None:
        if self.is_open:
            number = self.sock.getsockopt(os_socket.SOL_SOCKET, os_socket.SO_ERROR)
            self._end(number, "", now)


class Negotiating(OnTheWay):
    """A connected socket on which a negotiation has to succeed before anything else is said."""

    __slots__ = ("_negotiation", "_unsent")

    def __init__(
        self,
        pump: Pump,
        endpoint: str,
        sock: os_socket.socket,
        timeout_at: float,
        on_end: Callable[[OnTheWay, int, str], None],
        negotiation: Negotiation,
    ) -> None:
        super().__init__(pump, endpoint, sock, timeout_at, on_end)
        self._negotiation = negotiation
        self._unsent = negotiation.start()

    def on_events(self, mask: int, now: float) -> None:
        negotiation = self._negotiation
        try:
            if self._unsent:
                self._unsent = self._unsent[self.sock.send(self._unsent) :]
            elif mask & ~WRITABLE:
                # Not a byte more than belongs to the negotiation: the next ones are the peer's.
                data = self.sock.recv(negotiation.wanted)
                if not data:
                    self._end(errno.ECONNRESET, negotiation.why_closed, now)
                    return
                self._unsent = negotiation.receive(data)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            if error.errno is None:  # not the system's: raised by a signal handler
                raise
            self._end(error.errno or errno.EIO, negotiation.why_closed, now)
            return
        if negotiation.is_over:
            self._end(negotiation.error_number, negotiation.reason, now)
        else:
            self.watch(WRITABLE if self._unsent else READABLE)
