"""ws and wss: ZWS 2.0 over tcp, and over TLS."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from ..base.endpoint import Endpoint
from ..base.options import SocketOptions
from ..constants import Errno, SocketType
from ..error import error_for
from ..transports.websocket import WebSocketTransport
from ..zmtp.upgrade import Upgrade
from ..zmtp.zws import ZwsConnection, ZwsPlace, subprotocols
from . import conversations
from .streams import NewConnection, NewStream
from .transport_table import StreamKind

if TYPE_CHECKING:
    from ..core.socket_core import SocketCore

_DEFAULT_PORTS = {"ws": 80, "wss": 443}


class WsKind(StreamKind):
    """ws: ZWS 2.0 over tcp."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(WebSocketTransport())

    def conversations(
        self, core: SocketCore, endpoint: Endpoint, options: SocketOptions, *, for_bind: bool
    ) -> NewConnection:
        """WebSocket connections. Raises ZMQError for socket types and options that cannot work."""
        if core.socket_type == SocketType.STREAM:
            raise error_for(
                Errno.ENOCOMPATPROTO, "STREAM sockets speak plain tcp (or tls+tcp), no WebSocket: use DEALER"
            )
        config = conversations.connection_config(core, options)
        if config.mechanism not in ("NULL", "PLAIN", "CURVE"):
            raise error_for(errno.EINVAL, f"ZWS 2.0 has no mechanism {config.mechanism}: use tcp")
        if for_bind:
            origins: frozenset[str] | None = options.ws_origins
            return lambda now: ZwsConnection(config, now, origins=origins)
        place = ZwsPlace(_host_header(endpoint), endpoint.path)
        try:
            Upgrade(subprotocols(config), is_client=True).start(place.host, place.path)
        except Exception as error:  # whatever wsproto and h11 think of this host
            raise error_for(errno.EINVAL, f"no HTTP request can be made of this endpoint: {error}") from None
        return lambda now: ZwsConnection(config, now, place)


class WssKind(WsKind):
    """wss: ZWS 2.0 over TLS."""

    __slots__ = ()

    def streams(self, endpoint: Endpoint, options: SocketOptions, *, for_bind: bool) -> NewStream:
        """Handlers with TLS. Raises ZMQError (EINVAL) for options that cannot work."""
        from .tls_streams import tls_streams

        return tls_streams(endpoint, options, for_bind=for_bind)


def _host_header(endpoint: Endpoint) -> str:
    host = endpoint.host.partition("%")[0]
    if ":" in host:
        host = f"[{host}]"
    return host if endpoint.port == _DEFAULT_PORTS[endpoint.scheme] else f"{host}:{endpoint.port}"
