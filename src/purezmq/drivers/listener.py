"""Accepting connections on a bound endpoint."""

from __future__ import annotations

import errno

from ..core.session import Session
from ..numbers import Event
from ..transports.names import names_of
from ..unpatched import accept
from ..unpatched import socket as os_socket
from .handler import Handler, is_foreign
from .selector import READABLE
from .streams import NewConnection, NewStream, StreamHandler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..transports.stream import Bound
    from .pump import Pump

_MOST_ACCEPTS = 256  # per wake-up, so that a storm of connects leaves time for messages
_PAUSE_S = 0.1  # after running out of descriptors: retrying at once would only spin


class Listener(Handler):
    """A listening stream socket and what to do with those who connect."""

    __slots__ = ("_bound", "_conflates", "_new_connection", "_new_stream", "endpoint", "sock", "streams")

    def __init__(
        self, pump: Pump, bound: Bound, *, new_connection: NewConnection, new_stream: NewStream
    ) -> None:
        super().__init__(pump)
        self.sock = bound.sock
        self.fd = bound.sock.fileno()
        self.endpoint = bound.endpoint
        self._bound = bound
        self._conflates = pump.core.conflates
        self._new_connection = new_connection
        self._new_stream = new_stream
        self.watch(READABLE)
        pump.troubles.forget(self.endpoint)
        pump.core.tell(Event.LISTENING, self.fd, self.endpoint, is_bound=True)

    def on_events(self, mask: int, now: float) -> None:
        # First empty the backlog, then look after the newcomers, which takes longer: a backlog that overflows makes
        # the peers' kernels wait a second before they try again.
        newcomers: list[os_socket.socket] = []
        try:
            while len(newcomers) < _MOST_ACCEPTS:
                newcomers.append(accept(self.sock))
        except OSError as error:
            if is_foreign(error):
                raise
            if error.errno not in (errno.EAGAIN, errno.EINTR, errno.ECONNABORTED):
                self._accept_failed(error, now)
        while newcomers:
            try:
                self._accepted(newcomers[0], now)
            except BaseException as error:
                self._give_up(newcomers, error)
                raise
            del newcomers[0]

    def _accept_failed(self, error: OSError, now: float) -> None:
        self.pump.failures["accept_failed"] += 1
        self.pump.core.tell(
            Event.ACCEPT_FAILED,
            error.errno or errno.EIO,
            self.endpoint,
            f"cannot accept a connection: {error}",
            is_bound=True,
            is_fault=True,
        )
        self.watch(0)
        self.wake_at(now + _PAUSE_S)

    def on_timer(self, now: float) -> None:
        if self.is_open:
            self.watch(READABLE)

    def _accepted(self, sock: os_socket.socket, now: float) -> None:
        pump = self.pump
        core = pump.core
        if not self._bound.admit(sock):
            pump.failures["filtered"] += 1
            refusal = "the accept filter refuses this peer"
            pump.troubles.note(self.endpoint, refusal)
            core.tell(Event.ACCEPT_FAILED, errno.EACCES, self.endpoint, refusal, is_bound=True, is_fault=True)
            sock.close()
            return
        sock.setblocking(False)
        session = Session(core, self.endpoint, accepted=True, conflates=self._conflates)
        if core.wants_news:
            session.names = names_of(sock, self.endpoint)
            session.tell(Event.ACCEPTED, sock.fileno())
        handler = self._new_stream(pump, sock, session, _session_over)
        pump.streams.add(handler)
        session.start(self._new_connection(now), handler, self._bound.peer_address(sock), now)
        handler.start(now)

    def _give_up(self, newcomers: list[os_socket.socket], error: BaseException) -> None:
        # Half-made connections would keep their peers waiting for our handshake.
        for stream in [stream for stream in self.pump.streams if stream.sock in newcomers]:
            stream.broken(error)
        for sock in newcomers:
            sock.close()

    def broken(self, error: BaseException) -> None:
        reason = f"internal error: {error!r}"
        self.pump.core.tell(
            Event.ACCEPT_FAILED, errno.EIO, self.endpoint, reason, is_bound=True, is_fault=True
        )

    def close(self) -> None:
        """Stop listening. The accepted connections are the pump's."""
        if self.is_open:
            self.pump.forget(self)
            self.sock.close()
            self._bound.remove()
            self.is_open = False  # last, so that an interrupted end can be done again
            self.pump.core.tell(
                Event.CLOSED, self.fd, self.endpoint, "the socket listens there no longer", is_bound=True
            )


def _session_over(handler: StreamHandler, error_number: int) -> None:
    """An accepted connection ended, and its session and pipe with it."""
    pump, session = handler.pump, handler.session
    pump.streams.discard(handler)
    if not session.is_live:
        pump.troubles.note(session.endpoint, handler.why_ended)
    session.connection_lost(final=True)
