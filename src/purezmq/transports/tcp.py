"""tcp: listening, dialling and tuning of stream sockets."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
from typing import Any

from ..base.endpoint import Endpoint
from ..base.options import SocketOptions
from ..error import ZMQError, error_for
from ..unpatched import socket as os_socket
from . import netif
from .stream import Bound, Dialler, StreamTransport

_STREAM = os_socket.SOCK_STREAM | os_socket.SOCK_NONBLOCK | os_socket.SOCK_CLOEXEC

Address = tuple[int, Any]  # (address family, what connect() takes)


class TcpTransport(StreamTransport):
    """tcp, and what runs over it: endpoints of host and port."""

    __slots__ = ()

    def listen(self, endpoint: Endpoint, options: SocketOptions) -> Bound:
        """Bind and listen. Raises ZMQError."""
        sock = listen(endpoint, options)
        return TcpBound(sock, format_address(sock.getsockname(), endpoint.scheme), options)

    def dialler(self, endpoint: Endpoint, options: SocketOptions) -> Dialler:
        """The way to an endpoint."""
        return TcpDialler(endpoint, options)

    def is_bound_as(self, wanted: Endpoint, bound: str) -> bool:
        """tcp://*:5555 and tcp://localhost:5555 are known by their addresses."""
        host, _, port = bound.partition("://")[2].rpartition(":")
        return port == str(wanted.port) and _names_host(wanted.host, host.strip("[]"))

    def is_same_peer(self, wanted: Endpoint, connected: Endpoint) -> bool:
        """The same numeric address under another spelling (tcp://localhost, tcp://127.0.0.1)."""
        return connected.port == wanted.port and (
            _names_host(connected.host, wanted.host) or _names_host(wanted.host, connected.host)
        )


class TcpBound(Bound):
    """A bound address. Tunes accepted connections and applies the accept filter."""

    __slots__ = ("_options",)

    def __init__(self, sock: os_socket.socket, endpoint: str, options: SocketOptions) -> None:
        super().__init__(sock, endpoint)
        self._options = options

    def admit(self, sock: os_socket.socket) -> bool:
        """Tune an accepted socket. False: TCP_ACCEPT_FILTER refuses this peer."""
        try:
            peer = sock.getpeername()
        except OSError:
            return False
        if not accepts(peer, self._options):
            return False
        tune(sock, self._options)
        return True

    def peer_address(self, sock: os_socket.socket) -> str:
        """The peer's address without its port."""
        return peer_address(sock)


class TcpDialler(Dialler):
    """The way to a host and port."""

    __slots__ = ("_endpoint", "_options")

    def __init__(self, endpoint: Endpoint, options: SocketOptions) -> None:
        self._endpoint = endpoint
        self._options = options

    def addresses(self) -> list[Any] | None:
        """Where to dial if no name has to be looked up."""
        return numeric_addresses(self._endpoint)

    def look_up(self) -> list[Any]:
        """Ask the name service."""
        return list(look_up(self._endpoint, bool(self._options.ipv6)))

    def dial(self, address: Any) -> tuple[os_socket.socket, bool]:
        """Start connecting."""
        try:
            return dial(address, self._endpoint, self._options)
        except ZMQError as error:
            raise OSError(error.errno or errno.EINVAL, str(error)) from None

    def established(self, sock: os_socket.socket) -> str:
        """Tune the connected socket; returns the peer's address."""
        if is_self_connected(sock):
            raise OSError(errno.ECONNREFUSED, "connected to itself: nobody listens there")
        tune(sock, self._options)
        return peer_address(sock)


def _names_host(name: str, address: str) -> bool:
    if name == "*":
        return address in ("0.0.0.0", "::")
    return name == address or (name == "localhost" and address in ("127.0.0.1", "::1"))


def listen(endpoint: Endpoint, options: SocketOptions) -> os_socket.socket:
    """A listening socket for the endpoint."""
    family, address = _bind_address(endpoint.host, endpoint.port or 0, bool(options.ipv6))
    try:
        sock = os_socket.socket(family, _STREAM)
    except OSError as error:
        raise error_for(error.errno or errno.EMFILE, error.strerror) from None
    try:
        sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_REUSEADDR, 1)
        if family == os_socket.AF_INET6:
            sock.setsockopt(os_socket.IPPROTO_IPV6, os_socket.IPV6_V6ONLY, 0)
        _tune_before_use(sock, family, options)
        sock.bind(address)
        sock.listen(options.backlog)
    except OSError as error:
        sock.close()
        raise error_for(error.errno or errno.EINVAL, _bind_failure(error, endpoint)) from None
    return sock


def _bind_failure(error: OSError, endpoint: Endpoint) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Address already in use: bind another port than {endpoint.port} or close the socket that has it"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"Cannot assign requested address: {endpoint.host} is not one of this machine's addresses; use * or one"
    if error.errno == errno.EACCES:
        return f"Permission denied: ports below 1024 (here {endpoint.port}) need privileges"
    return error.strerror or str(error)


def _bind_address(host: str, port: int, ipv6: bool) -> Address:
    if host in ("*", ""):
        return (os_socket.AF_INET6, ("::", port)) if ipv6 else (os_socket.AF_INET, ("0.0.0.0", port))
    numeric = _numeric(host, port)
    if numeric is not None:
        return numeric
    interface = netif.address_of(host, ipv6)
    if interface is not None:
        return interface[0], (interface[1], port)
    # libzmq binds to interface names and numeric addresses; names that resolve to a local address are a convenience.
    try:
        found = os_socket.getaddrinfo(host, port, 0 if ipv6 else os_socket.AF_INET, os_socket.SOCK_STREAM)
    except OSError:
        raise error_for(
            errno.ENODEV, f"{host!r} is neither an address nor a network interface of this machine"
        ) from None
    return found[0][0], found[0][4]


def _numeric(host: str, port: int) -> Address | None:
    bare, _, zone = host.partition("%")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if address.version == 4:
        return os_socket.AF_INET, (bare, port)
    scope = 0
    if zone:
        try:
            scope = int(zone) if zone.isdigit() else os_socket.if_nametoindex(zone)
        except OSError:
            raise error_for(errno.ENODEV, f"no network interface is called {zone!r} (in {host!r})") from None
    return os_socket.AF_INET6, (bare, port, 0, scope)


def numeric_addresses(endpoint: Endpoint) -> list[Address] | None:
    """Where to dial if no name has to be looked up, else None."""
    assert endpoint.port is not None
    if endpoint.host == "localhost":
        return None
    found = _numeric(endpoint.host, endpoint.port)
    return None if found is None else [found]


def look_up(endpoint: Endpoint, ipv6: bool) -> list[Address]:
    """Every address to try, in order. Blocks for the name service; raises OSError when the name is unknown."""
    family = os_socket.AF_UNSPEC if ipv6 else os_socket.AF_INET
    found = os_socket.getaddrinfo(endpoint.host, endpoint.port, family, os_socket.SOCK_STREAM)
    return [(entry[0], entry[4]) for entry in found]


def dial(address: Address, endpoint: Endpoint, options: SocketOptions) -> tuple[os_socket.socket, bool]:
    """Start connecting. Returns the socket and whether it is connected already; raises OSError when refused at once."""
    family, target = address
    sock = os_socket.socket(family, _STREAM)
    try:
        _tune_before_use(sock, family, options)
        if endpoint.source_host:
            sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_REUSEADDR, 1)
            _, source = _bind_address(
                endpoint.source_host, endpoint.source_port or 0, family == os_socket.AF_INET6
            )
            sock.bind(source)
        result = sock.connect_ex(target)
    except BaseException:
        sock.close()
        raise
    if result == 0:
        return sock, True
    if result in (errno.EINPROGRESS, errno.EAGAIN, errno.EINTR):
        return sock, False
    sock.close()
    raise OSError(result, os.strerror(result))


def is_self_connected(sock: os_socket.socket) -> bool:
    """True for a socket that met itself on an ephemeral port (nobody listens there)."""
    try:
        return bool(sock.getsockname() == sock.getpeername())
    except OSError:
        return False


def _tune_before_use(sock: os_socket.socket, family: int, options: SocketOptions) -> None:
    if options.sndbuf >= 0:
        sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_SNDBUF, options.sndbuf)
    if options.rcvbuf >= 0:
        sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_RCVBUF, options.rcvbuf)
    if options.tos:
        if family == os_socket.AF_INET6:
            sock.setsockopt(os_socket.IPPROTO_IPV6, os_socket.IPV6_TCLASS, options.tos)
        else:
            sock.setsockopt(os_socket.IPPROTO_IP, os_socket.IP_TOS, options.tos)
    if options.priority:
        sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_PRIORITY, options.priority)
    if options.bindtodevice:
        device = options.bindtodevice
        sock.setsockopt(
            os_socket.SOL_SOCKET,
            os_socket.SO_BINDTODEVICE,
            device if isinstance(device, bytes) else device.encode(),
        )


def tune(sock: os_socket.socket, options: SocketOptions) -> None:
    """Set up an established connection: no delay, keep-alive, retransmission limit."""
    # A peer that is gone already makes some of these fail; reading from it tells soon enough.
    with contextlib.suppress(OSError):
        sock.setsockopt(os_socket.IPPROTO_TCP, os_socket.TCP_NODELAY, 1)
        if options.tcp_keepalive != -1:
            sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_KEEPALIVE, options.tcp_keepalive)
            if options.tcp_keepalive_cnt > 0:
                sock.setsockopt(os_socket.IPPROTO_TCP, os_socket.TCP_KEEPCNT, options.tcp_keepalive_cnt)
            if options.tcp_keepalive_idle > 0:
                sock.setsockopt(os_socket.IPPROTO_TCP, os_socket.TCP_KEEPIDLE, options.tcp_keepalive_idle)
            if options.tcp_keepalive_intvl > 0:
                sock.setsockopt(os_socket.IPPROTO_TCP, os_socket.TCP_KEEPINTVL, options.tcp_keepalive_intvl)
        if options.tcp_maxrt > 0:
            sock.setsockopt(os_socket.IPPROTO_TCP, os_socket.TCP_USER_TIMEOUT, options.tcp_maxrt)


def accepts(peer: Any, options: SocketOptions) -> bool:
    """Apply TCP_ACCEPT_FILTER: an empty list lets everybody in."""
    networks = options.tcp_accept_filter
    if not networks:
        return True
    address = ipaddress.ip_address(peer[0].partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    candidates = [address] if mapped is None else [address, mapped]
    return any(
        candidate in ipaddress.ip_network(text, strict=False)
        for text in networks
        for candidate in candidates
        if ipaddress.ip_network(text, strict=False).version == candidate.version
    )


def format_address(address: Any, scheme: str = "tcp") -> str:
    """An address of the socket module as an endpoint."""
    host, port = address[0], address[1]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def peer_address(sock: os_socket.socket) -> str:
    """The peer's address without its port, as message property Peer-Address (empty when it is gone)."""
    try:
        host = str(sock.getpeername()[0])
    except OSError:
        return ""
    return host.removeprefix("::ffff:") if "." in host else host
