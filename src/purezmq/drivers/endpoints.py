"""bind, connect, unbind and disconnect: from an endpoint's text to listeners, connectors and inproc pipes."""

from __future__ import annotations

import errno
import socket as os_socket
import time
from collections.abc import Callable
from typing import Any

from ..base.endpoint import Endpoint, parse_endpoint
from ..base.options import SocketOptions
from ..base.pipe import Pipe
from ..base.sodium import KEY_SIZE
from ..constants import Errno, Event, SecurityMechanism, SocketType
from ..core.session import Session
from ..error import ZMQError, error_for
from ..patterns.client_server import Server
from ..patterns.peer import Peer
from ..patterns.router import Router
from ..patterns.stream import Stream
from ..transports import inproc, ipc, tcp
from ..zmtp.config import ConnectionConfig
from ..zmtp.connection import Connection
from ..zmtp.curve import CurveKeys
from ..zmtp.raw import RawConnection
from . import ending, inproc_ends
from .connector import Connector
from .listener import Listener
from .pump import Pump
from .streams import NewConnection, StreamHandler

# A second connect() of these types to the same endpoint changes nothing (as libzmq does it).
_ONE_CONNECTION_EACH = {SocketType.DEALER, SocketType.SUB, SocketType.PUB, SocketType.REQ}


def bind(pump: Pump, text: str | bytes) -> None:
    """Listen on an endpoint. Raises ZMQError that names the endpoint."""
    with pump.lock:
        pump.check_alive()
        endpoint = parse_endpoint(text, for_bind=True)
        try:
            if endpoint.scheme == "inproc":
                _bind_inproc(pump, endpoint)
            else:
                _listen(pump, endpoint)
        except ZMQError as error:
            pump.core.tell(Event.BIND_FAILED, error.errno or errno.EINVAL, endpoint.text)
            pump.finish_step()
            if "(addr=" in str(error):
                raise
            raise error_for(error.errno or errno.EINVAL, f"{error} (addr={endpoint.text!r})") from None
        pump.used = True
        pump.finish_step()


def connect(pump: Pump, text: str | bytes) -> None:
    """Connect to an endpoint, now and whenever the connection breaks. Raises ZMQError that names the endpoint."""
    with pump.lock:
        pump.check_alive()
        _connect(pump, text)


def connect_peer(pump: Pump, text: str | bytes) -> int:
    """Connect a PEER, and return the number of the peer. Raises ZMQError: ENOTSUP, EFAULT, or as ``connect``."""
    with pump.lock:
        pump.check_alive()
        core = pump.core
        if not isinstance(core.pattern, Peer):
            raise error_for(
                Errno.ENOTSUP, f"connect_peer is for PEER sockets, and this is a {core.type_name}"
            )
        if core.options.immediate:
            raise error_for(
                Errno.EFAULT,
                "with IMMEDIATE=1 there is no peer to number before it is connected: set it to 0",
            )
        pipe = _connect(pump, text)
        assert pipe is not None
        return pipe.server_id


def disconnect_peer(pump: Pump, number: int) -> None:
    """End the connection to one peer of a SERVER or PEER. Raises ZMQError: ENOTSUP, EHOSTUNREACH."""
    with pump.lock:
        pump.check_alive()
        pattern = pump.core.pattern
        if not isinstance(pattern, Server):
            raise error_for(
                Errno.ENOTSUP,
                f"disconnect_peer is for SERVER and PEER sockets, and this is a {pump.core.type_name}",
            )
        if pump.mailbox:
            pump.finish_step()
        pipe = pattern.peer(number)
        pump.flush_all()
        if pipe in pump.inproc_links:
            inproc_ends.close(pump, pipe)
        else:
            owners: list[Connector | StreamHandler] = [*pump.connectors, *pump.streams]
            ending.retire(pump, next(owner for owner in owners if owner.session.pipe is pipe))
        pump.finish_step()


def _connect(pump: Pump, text: str | bytes) -> Pipe | None:
    """Connect; returns the pipe, if there is one before there is a connection."""
    endpoint = parse_endpoint(text, for_bind=False)
    if endpoint.scheme == "inproc":
        pipe: Pipe | None = _connect_inproc(pump, endpoint)
    else:
        _require_io_threads(pump, endpoint)
        pipe = _dial(pump, endpoint)
    pump.core.last_endpoint = endpoint.text
    return pipe


def unbind(pump: Pump, text: str | bytes) -> None:
    """Stop listening, and end the connections that were accepted there once they are drained (LINGER).

    Over inproc connections go on. Raises ZMQError (ENOENT) for an endpoint that is not bound.
    """
    wanted = _as_text(text)
    with pump.lock:
        pump.check_alive()
        listener = _find_listener(pump, wanted)
        if listener is not None:
            del pump.listeners[listener.endpoint]
            listener.close()
            pump.flush_all()
            for stream in [
                s for s in pump.streams if s.session.accepted and s.session.endpoint == listener.endpoint
            ]:
                ending.retire(pump, stream)
        elif not _unbind_inproc(pump, wanted):
            raise error_for(errno.ENOENT, f"not bound to this endpoint{_bound_list(pump)} (addr={wanted!r})")
        pump.finish_step()


def disconnect(pump: Pump, text: str | bytes) -> None:
    """End all connections to an endpoint, delivering what is queued within LINGER.

    Raises ZMQError (ENOENT) for an endpoint that was not connected.
    """
    wanted = _as_text(text)
    with pump.lock:
        pump.check_alive()
        pipes = [pipe for pipe, link in pump.inproc_links.items() if _is_near_end(pump, pipe, link, wanted)]
        connectors = [connector for connector in pump.connectors if connector.text == wanted]
        if not pipes and not connectors:
            connectors = _same_address(pump, wanted)
        if not pipes and not connectors:
            raise error_for(errno.ENOENT, f"not connected to this endpoint (addr={wanted!r})")
        pump.flush_all()
        for pipe in pipes:
            inproc_ends.close(pump, pipe)
        for connector in connectors:
            ending.retire(pump, connector)
        pump.finish_step()


def _as_text(text: str | bytes) -> str:
    return text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text


def _require_io_threads(pump: Pump, endpoint: Endpoint) -> None:
    if not pump.hub.has_io_threads:
        raise error_for(
            Errno.EMTHREAD,
            f"No thread available: this context was made with io_threads=0, which allows inproc only "
            f"(addr={endpoint.text!r})",
        )


# -- tcp and ipc: binding -----------------------------------------------------------------------------


def _listen(pump: Pump, endpoint: Endpoint) -> None:
    _require_io_threads(pump, endpoint)
    options = pump.core.options.copy()
    check_security(options)
    remove: Callable[[], None] = _nothing
    admit: Callable[[os_socket.socket], bool]
    peer_address: Callable[[os_socket.socket], str]
    if endpoint.scheme == "tcp":
        sock, text = tcp.listen(endpoint, options)
        admit = _TcpAdmission(options)
        peer_address = tcp.peer_address
    else:
        sock, text, binding = ipc.listen(endpoint, options)
        remove = binding.remove
        admit = _IpcAdmission(options)
        peer_address = ipc.peer_address
    pump.listeners[text] = Listener(
        pump,
        sock,
        text,
        new_connection=connection_maker(pump, options),
        admit=admit,
        peer_address=peer_address,
        remove=remove,
    )
    pump.core.last_endpoint = text


def _nothing() -> None:
    """No file to remove."""


class _TcpAdmission:
    """Tunes accepted tcp connections and applies the accept filter."""

    def __init__(self, options: SocketOptions) -> None:
        self._options = options

    def __call__(self, sock: os_socket.socket) -> bool:
        try:
            peer = sock.getpeername()
        except OSError:
            return False
        if not tcp.accepts(peer, self._options):
            return False
        tcp.tune(sock, self._options)
        return True


class _IpcAdmission:
    """Applies the credential filters to accepted ipc connections."""

    def __init__(self, options: SocketOptions) -> None:
        self._options = options

    def __call__(self, sock: os_socket.socket) -> bool:
        try:
            return ipc.accepts(sock, self._options)
        except OSError:
            return False


def _find_listener(pump: Pump, wanted: str) -> Listener | None:
    listener = pump.listeners.get(wanted)
    if listener is not None or not wanted.startswith("tcp://"):
        return listener
    # tcp://*:5555 and tcp://localhost:5555 are known by their addresses.
    try:
        endpoint = parse_endpoint(wanted, for_bind=True)
    except ZMQError:
        return None
    for text, candidate in pump.listeners.items():
        if text.startswith("tcp://") and text.rpartition(":")[2] == str(endpoint.port):
            host = text[len("tcp://") :].rpartition(":")[0].strip("[]")
            if _names_host(endpoint.host, host):
                return candidate
    return None


def _names_host(name: str, address: str) -> bool:
    if name == "*":
        return address in ("0.0.0.0", "::")
    return name == address or (name == "localhost" and address in ("127.0.0.1", "::1"))


def _bound_list(pump: Pump) -> str:
    return f"; it is bound to {', '.join(pump.listeners)}" if pump.listeners else ""


# -- tcp and ipc: connecting --------------------------------------------------------------------------


def _dial(pump: Pump, endpoint: Endpoint) -> Pipe | None:
    core = pump.core
    if core.socket_type in _ONE_CONNECTION_EACH and any(c.text == endpoint.text for c in pump.connectors):
        return None
    options = core.options.copy()
    try:
        check_security(options)
    except ZMQError as error:
        raise error_for(error.errno or errno.EINVAL, f"{error} (addr={endpoint.text!r})") from None
    session = Session(core, endpoint.text, accepted=False, conflates=core.conflates)
    session.fixed_routing_id = _take_connect_routing_id(pump, endpoint)
    if not core.options.immediate:
        session.open_pipe_early()
        if session.is_refused:
            raise error_for(
                Errno.EADDRINUSE if session.fixed_routing_id else Errno.EINVAL,
                f"{session.why_failed.reason if session.why_failed else 'refused'} (addr={endpoint.text!r})",
            )
    dialler = _TcpDialler(endpoint, options) if endpoint.scheme == "tcp" else _IpcDialler(endpoint)
    connector = Connector(
        pump,
        endpoint.text,
        session,
        dialler,
        options,
        new_connection=connection_maker(pump, options),
        on_gone=lambda connector: ending.connector_gone(pump, connector),
    )
    pump.connectors.append(connector)
    pipe = session.pipe
    connector.attempt(time.monotonic())
    pump.used = True
    pump.finish_step()
    return pipe


def _take_connect_routing_id(pump: Pump, endpoint: Endpoint) -> bytes:
    """CONNECT_ROUTING_ID names the peer of one connect. Raises ZMQError (EADDRINUSE) if a peer has that name."""
    core = pump.core
    routing_id = core.options.connect_routing_id
    core.options.connect_routing_id = b""
    if routing_id and isinstance(core.pattern, Router | Stream) and core.pattern.has_peer(routing_id):
        raise error_for(
            Errno.EADDRINUSE,
            f"the routing id {routing_id!r} belongs to another peer of this socket: set another CONNECT_ROUTING_ID "
            f"(addr={endpoint.text!r})",
        )
    return routing_id


class _TcpDialler:
    """Connecting over tcp."""

    def __init__(self, endpoint: Endpoint, options: SocketOptions) -> None:
        self._endpoint = endpoint
        self._options = options

    def addresses(self) -> list[Any] | None:
        return tcp.numeric_addresses(self._endpoint)

    def look_up(self) -> list[Any]:
        return list(tcp.look_up(self._endpoint, bool(self._options.ipv6)))

    def dial(self, address: Any) -> tuple[os_socket.socket, bool]:
        try:
            return tcp.dial(address, self._endpoint, self._options)
        except ZMQError as error:
            raise OSError(error.errno or errno.EINVAL, str(error)) from None

    def established(self, sock: os_socket.socket) -> str:
        if tcp.is_self_connected(sock):
            raise OSError(errno.ECONNREFUSED, "connected to itself: nobody listens there")
        tcp.tune(sock, self._options)
        return tcp.peer_address(sock)


class _IpcDialler:
    """Connecting over ipc."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def addresses(self) -> list[Any] | None:
        return [self._endpoint.path]

    def look_up(self) -> list[Any]:
        return [self._endpoint.path]

    def dial(self, address: Any) -> tuple[os_socket.socket, bool]:
        return ipc.dial(self._endpoint)

    def established(self, sock: os_socket.socket) -> str:
        return ipc.peer_address(sock)


def _same_address(pump: Pump, wanted: str) -> list[Connector]:
    """Connectors that dial the same numeric address under another spelling (tcp://localhost, tcp://127.0.0.1)."""
    try:
        endpoint = parse_endpoint(wanted, for_bind=False)
    except ZMQError:
        return []
    if endpoint.scheme != "tcp":
        return []
    found = []
    for connector in pump.connectors:
        if connector.text.startswith("tcp://"):
            other = parse_endpoint(connector.text, for_bind=False)
            if other.port == endpoint.port and (
                _names_host(other.host, endpoint.host) or _names_host(endpoint.host, other.host)
            ):
                found.append(connector)
    return found


def connection_maker(pump: Pump, options: SocketOptions) -> NewConnection:
    """What makes the conversations of an endpoint, with the options as they are now."""
    core = pump.core
    if core.socket_type == SocketType.STREAM:
        return lambda now: RawConnection()
    config = ConnectionConfig(
        core.type_name,
        options.routing_id,
        SecurityMechanism(options.mechanism).name,
        as_server=bool(options.as_server),
        max_msg_size=options.maxmsgsize,
        handshake_ivl_ms=options.handshake_ivl,
        heartbeat_ivl_ms=options.heartbeat_ivl,
        heartbeat_timeout_ms=options.heartbeat_timeout,
        heartbeat_ttl_ms=options.heartbeat_ttl,
        properties=tuple(options.metadata.items()),
        zap_domain=options.zap_domain,
        zap_enforce_domain=bool(options.zap_enforce_domain),
        plain_username=options.plain_username,
        plain_password=options.plain_password,
        curve_keys=_curve_keys(options),
    )
    return lambda now: Connection(config, now)


def check_security(options: SocketOptions) -> None:
    """Raise ZMQError (EINVAL) for settings with which no handshake can succeed."""
    _curve_keys(options)
    is_plain_server = options.mechanism == SecurityMechanism.PLAIN and options.as_server
    if is_plain_server and options.zap_enforce_domain and not options.zap_domain:
        raise error_for(
            errno.EINVAL, "ZAP_ENFORCE_DOMAIN is set and ZAP_DOMAIN is not: PLAIN has nobody to ask"
        )


def _curve_keys(options: SocketOptions) -> CurveKeys | None:
    """The keys that the options ask for. Raises ZMQError (EINVAL) if one is missing, or two do not fit."""
    if options.mechanism != SecurityMechanism.CURVE:
        return None
    unset = bytes(KEY_SIZE)
    if options.curve_secretkey == unset:
        raise error_for(errno.EINVAL, "CURVE needs CURVE_SECRETKEY (make a pair with curve_keypair())")
    # A server is known by its secret key; CURVE_PUBLICKEY says nothing new, and libzmq does not look at it.
    if options.as_server:
        return CurveKeys(options.curve_secretkey)
    if options.curve_serverkey == unset:
        raise error_for(
            errno.EINVAL, "CURVE needs CURVE_SERVERKEY, the server's public key (or CURVE_SERVER, to be one)"
        )
    public = b"" if options.curve_publickey == unset else options.curve_publickey
    try:
        return CurveKeys(options.curve_secretkey, public, options.curve_serverkey)
    except ValueError as error:
        raise error_for(errno.EINVAL, str(error)) from None


# -- inproc -------------------------------------------------------------------------------------------


def _bind_inproc(pump: Pump, endpoint: Endpoint) -> None:
    hub, name = pump.hub, endpoint.name
    with hub.names_lock:
        if name in hub.bound_names:
            raise error_for(
                Errno.EADDRINUSE,
                "Address already in use: another socket of this context has bound this inproc name",
            )
        hub.bound_names[name] = pump
        if pump.core.conflates:
            pump.core.conflating_names.add(name)
        waiting = hub.waiting_pipes.pop(name, [])
    pump.core.last_endpoint = endpoint.text
    for connecter, near, far in waiting:
        inproc.join(near, far, pump)
        if not near.is_open:  # disconnected meanwhile, in another thread
            far.is_open = False
            continue
        inproc_ends.attach(pump, far, connected_here=False)
        connecter.post(inproc.BOUND, near)


def _connect_inproc(pump: Pump, endpoint: Endpoint) -> Pipe:
    hub, name = pump.hub, endpoint.name
    near, far = inproc.make_pair(name, pump)
    near.routing_id = _take_connect_routing_id(pump, endpoint)
    inproc_ends.attach(pump, near, connected_here=True)
    if not near.is_open:
        raise error_for(Errno.EINVAL, f"{pump.core.type_name} refuses another peer (addr={endpoint.text!r})")
    with hub.names_lock:
        binder = hub.bound_names.get(name)
        if binder is None:
            hub.waiting_pipes.setdefault(name, []).append((pump, near, far))
        else:
            inproc.join(near, far, binder)
    if binder is not None:
        inproc_ends.identify(pump, near)
        binder.post(inproc.ATTACH, far)
        if binder.core.options.hello_msg:
            # The binder may be idle for long, and its greeting must not wait for its next call.
            binder.io_thread.call_soon(lambda: inproc_ends.settle(binder))
    pump.finish_step()
    return near


def _unbind_inproc(pump: Pump, wanted: str) -> bool:
    name = wanted.removeprefix("inproc://")
    with pump.hub.names_lock:
        if name == wanted or pump.hub.bound_names.get(name) is not pump:
            return False
        del pump.hub.bound_names[name]
        pump.core.conflating_names.discard(name)
    return True


def _is_near_end(pump: Pump, pipe: Pipe, link: inproc.InprocLink, wanted: str) -> bool:
    return pipe.endpoint == wanted and link.connected_here


__all__ = [
    "bind",
    "connect",
    "connect_peer",
    "connection_maker",
    "disconnect",
    "disconnect_peer",
    "unbind",
]
