"""Asking the ZAP handler: one question over an inproc pipe of its own, one answer.

The handler is a socket of an application, served by whoever serves it, so the answer may take its time and must not
hold up the I/O thread. The handler's end of the pipe is an ordinary one. Our end belongs to no pattern: what the
handler posts to it goes to the I/O thread, which takes the lock of our socket and goes on with the handshake. (The
mailbox of our socket would not do: it is read when somebody uses the socket, and nobody need do that now.)
"""

from __future__ import annotations

from ..base.pipe import UNLIMITED, Pipe
from ..constants import SocketType
from ..transports.inproc import ATTACH, CLOSED, InprocLink
from ..zmtp import zap
from ..zmtp.connection import Connection
from . import errands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .judging import Judge, Question
    from .pump import Pump
    from .streams import StreamHandler

# What can answer. Anything else under that name is taken for no handler, as libzmq does it.
_HANDLERS = (SocketType.REP, SocketType.ROUTER)


def ask(stream: StreamHandler, now: float) -> ZapCall | Question | None:
    """Ask about the peer of this connection, or decide at once if there is nobody to ask.

    ``socket.auth``, if it is set, decides alone (judging.py).
    """
    connection = stream.session.connection
    assert isinstance(connection, Connection) and connection.zap_request is not None
    address = stream.session.peer_address
    # Who the peer is by its certificate, if that was verified.
    tls_name = stream.session.transport_properties.get("TLS-Peer-Name", b"")
    judge: Judge | None = stream.pump.core.judge
    if judge is not None:
        from ..zmtp.auth_request import AuthRequest

        return judge.ask(
            stream, connection, AuthRequest(connection.config, address, connection.zap_request, tls_name)
        )
    credentials = connection.zap_request
    if tls_name and credentials == (b"NULL",):
        credentials = (b"NULL", tls_name)  # RFC 27 has none for NULL
    request = zap.encode_request(connection.config, address, credentials)
    hub = stream.pump.hub
    with hub.names_lock:
        handler = hub.bound_names.get(zap.HANDLER_NAME)
    if handler is not None and handler.core.socket_type in _HANDLERS and not handler.closed:
        return ZapCall(stream, connection, handler, request)
    failure = zap.without_handler(connection.config)
    if failure is None:
        connection.zap_answered(200, now)
    else:
        connection.zap_failed(failure)
    return None


class ZapCall:
    """A question on its way. It stands in for the asking socket's pump at the handler's end of the pipe."""

    def __init__(
        self, stream: StreamHandler, connection: Connection, handler: Pump, request: tuple[bytes, ...]
    ) -> None:
        self._stream = stream
        self._connection = connection
        self._handler = handler
        self.core = stream.pump.core  # for those who want to know what kind of socket the peer is
        near = self._near = Pipe(UNLIMITED, UNLIMITED, [])
        far = self._far = Pipe(UNLIMITED, UNLIMITED, handler.core.dirty)
        far.endpoint = near.endpoint = f"inproc://{zap.HANDLER_NAME}"
        far.inbox, far.outbox = near.outbox, near.inbox
        as_pump: Any = self
        far.link = InprocLink(None, as_pump, near, connected_here=False)
        near.push(request)
        handler.post(ATTACH, far)

    def cancel(self) -> None:
        """The answer is not wanted any more."""
        if self._near.is_open:
            self._near.is_open = False
            self._handler.post(CLOSED, self._far)

    # What the handler's side does with a peer's pump. It holds the handler's lock, so nothing is done here.

    def post(self, note: int, pipe: Pipe) -> None:
        """The handler answered, or is gone."""
        self._stream.pump.io_thread.call_soon(self._look)

    def pushed_to(self, pipe: Pipe) -> int:
        """How many messages ever went to the handler by this pipe."""
        return pipe.messages_pushed

    def clear_lanes(self) -> None:
        """There are none."""

    # On the I/O thread.

    def _look(self) -> None:
        errands.go_on(self._stream, self._connection, self._decide)

    def _decide(self, now: float) -> None:
        if not self._near.is_open:
            return
        inbox = self._near.inbox
        message: Any = inbox.popleft() if inbox else None
        self._far.told = False
        self.cancel()
        connection = self._connection
        if message is None:
            connection.zap_failed(zap.handler_gone())
            return
        verdict = zap.decode_reply(message if isinstance(message, tuple) else (message,))
        if isinstance(verdict, zap.Verdict):
            connection.zap_answered(verdict.status, now, verdict.user_id, verdict.properties, verdict.text)
        else:
            connection.zap_failed(verdict)
