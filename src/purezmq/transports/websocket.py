"""ws and wss: for the operating system they are tcp; the endpoint has a path behind the port."""

from __future__ import annotations

from ..base.endpoint import Endpoint
from ..base.options import SocketOptions
from .stream import Bound
from .tcp import TcpBound, TcpTransport, format_address, listen


class WebSocketTransport(TcpTransport):
    """Listening and names of ws and wss."""

    __slots__ = ()

    def listen(self, endpoint: Endpoint, options: SocketOptions) -> Bound:
        """Bind and listen. Raises ZMQError."""
        sock = listen(endpoint, options)
        text = format_address(sock.getsockname(), endpoint.scheme) + endpoint.path
        return TcpBound(sock, text, options)

    def is_bound_as(self, wanted: Endpoint, bound: str) -> bool:
        """ws://*:5555 is ws://0.0.0.0:5555/, too."""
        address, slash, path = bound.partition("://")[2].partition("/")
        return wanted.path == slash + path and super().is_bound_as(wanted, f"://{address}")

    def is_same_peer(self, wanted: Endpoint, connected: Endpoint) -> bool:
        """The same address and path under another spelling."""
        return wanted.path == connected.path and super().is_same_peer(wanted, connected)
