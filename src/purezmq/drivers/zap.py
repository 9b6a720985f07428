"""Asking the ZAP handler: one question over an inproc pipe of its own, one answer.

The handler is a socket of an application, served by whoever serves it, so the answer may take its time and must not
hold up the I/O thread. The handler's end of the pipe is an ordinary one. Our end belongs to no pattern: what the
handler posts to it goes to the I/O thread, which takes the lock of our socket and goes on with the handshake. (The
mailbox of our socket would not do: it is read when somebody uses the socket, and nobody need do that now.)
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from ..base.pipe import UNLIMITED, Pipe
from ..constants import SocketType
from ..transports.inproc import ATTACH, CLOSED, InprocLink
from ..zmtp import zap
from ..zmtp.connection import Connection

if TYPE_CHECKING:
    from .pump import Pump
    from .streams import StreamHandler

# What can answer. Anything else under that name is taken for no handler, as libzmq does it.
_HANDLERS = (SocketType.REP, SocketType.ROUTER)


def ask(stream: StreamHandler, now: float) -> ZapCall | None:
    """Ask about the peer of this connection, or decide at once if there is nobody to ask."""
    connection = stream.session.connection
    assert isinstance(connection, Connection) and connection.zap_request is not None
    credentials = connection.zap_request
    name = stream.session.transport_properties.get("TLS-Peer-Name")
    if name and credentials == (b"NULL",):
        # RFC 27 has no credentials for NULL; a certificate that was verified is as good as any.
        credentials = (b"NULL", name)
    request = zap.encode_request(connection.config, stream.session.peer_address, credentials)
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
        far.link = InprocLink(None, cast(Any, self), near, connected_here=False)
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
        stream = self._stream
        with stream.pump.lock:
            if not self._near.is_open or not stream.is_open:
                return
            inbox = self._near.inbox
            message = inbox.popleft() if inbox else None
            self._far.told = False
            self.cancel()
            now = time.monotonic()
            try:
                self._decide(message, now)
                stream.handshake_goes_on(now)
            except Exception as error:
                stream.broken(error)
            stream.pump.finish_step()

    def _decide(self, message: Any, now: float) -> None:
        connection = self._connection
        if message is None:
            connection.zap_failed(zap.handler_gone())
            return
        verdict = zap.decode_reply(message if isinstance(message, tuple) else (message,))
        if isinstance(verdict, zap.Verdict):
            connection.zap_answered(verdict.status, now, verdict.user_id, verdict.properties, verdict.text)
        else:
            connection.zap_failed(verdict)
