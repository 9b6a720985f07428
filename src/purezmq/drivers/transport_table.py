"""The transports, by the scheme of their endpoints. (inproc has no descriptors and is not here.)

A transport of byte streams is a ``StreamTransport`` (listen, dial, know endpoints again) and, where it needs them, two
more things: a maker of conversations, if it does not speak plain ZMTP, and a maker of stream handlers, if something
stands between socket and session (TLS). A stream handler of its own kind is a subclass of ``StreamHandler``, chosen
once per endpoint, so that tcp and ipc do not pay for the choice.

A transport that is no byte stream (datagrams, multicast) opens itself: it is one function that does all.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from ..base.endpoint import Endpoint
from ..base.options import SocketOptions
from ..error import error_for
from ..transports.ipc import IpcTransport
from ..transports.tcp import TcpTransport
from . import conversations
from .streams import NewConnection, NewStream, StreamHandler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.socket_core import SocketCore
    from ..transports.stream import StreamTransport
    from .line import Line
    from .pump import Pump


class StreamKind:
    """A transport of byte streams. The makers may raise ZMQError for options that cannot work."""

    __slots__ = ("transport",)

    def __init__(self, transport: StreamTransport) -> None:
        self.transport = transport

    def conversations(
        self, core: SocketCore, endpoint: Endpoint, options: SocketOptions, *, for_bind: bool
    ) -> NewConnection:
        """What makes the conversations of this endpoint, with the options as they are now."""
        return conversations.connection_maker(core, options)

    def streams(self, endpoint: Endpoint, options: SocketOptions, *, for_bind: bool) -> NewStream:
        """What makes the handlers of this endpoint's connected sockets."""
        return StreamHandler


class SelfOpeningKind:
    """A transport that does everything itself.

    ``open(pump, endpoint, options, for_bind)`` is called under the lock, with a copy of the options. It attaches its
    pipes to the pattern and returns its Line, or raises ZMQError, having changed nothing.
    """

    __slots__ = ("open",)

    def __init__(self, open: Callable[[Pump, Endpoint, SocketOptions, bool], Line]) -> None:
        self.open = open


Kind = StreamKind | SelfOpeningKind


_KINDS: dict[str, Kind] = {
    "ipc": StreamKind(IpcTransport()),
    "tcp": StreamKind(TcpTransport()),
}


def _pgm() -> Kind:
    from .pgm_line import open_line

    return SelfOpeningKind(open_line)


def _udp() -> Kind:
    from .udp_line import open_line

    return SelfOpeningKind(open_line)


def _vsock() -> Kind:
    from ..transports.kernel_streams import VsockTransport

    return StreamKind(VsockTransport())


def _tipc() -> Kind:
    from ..transports.kernel_streams import TipcTransport

    return StreamKind(TipcTransport())


def _tls() -> Kind:
    try:
        from .tls_streams import TlsKind
    except ModuleNotFoundError:
        raise error_for(
            errno.EPROTONOSUPPORT, "TLS needs Python's module ssl, which this Python was built without"
        ) from None
    return TlsKind()


def _ws() -> Kind:
    _require_wsproto("ws")
    from .ws_streams import WsKind

    return WsKind()


def _wss() -> Kind:
    _require_wsproto("wss")
    _tls()
    from .ws_streams import WssKind

    return WssKind()


def _require_wsproto(scheme: str) -> None:
    import importlib.util

    if importlib.util.find_spec("wsproto") is None:
        raise error_for(
            errno.EPROTONOSUPPORT, f"{scheme}:// needs the package wsproto: pip install purezmq[ws]"
        )


# Transports that not every program uses are imported when they are first needed: functions that return their kind.
_RARE: dict[str, Callable[[], Kind]] = {
    "epgm": _pgm,
    "pgm": _pgm,
    "tipc": _tipc,
    "tls+tcp": _tls,
    "udp": _udp,
    "vsock": _vsock,
    "ws": _ws,
    "wss": _wss,
}


def find(scheme: str) -> Kind:
    """The transport for a scheme that ``parse_endpoint`` knows. Raises ZMQError if it cannot be had."""
    kind = _KINDS.get(scheme)
    if kind is None:
        try:
            kind = _KINDS[scheme] = _RARE[scheme]()
        except OSError as error:  # no descriptor left to read the module with, for one
            raise error_for(error.errno or errno.EIO, error.strerror) from None
    return kind
