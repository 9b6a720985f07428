"""tcp: listening, dialling and tuning of stream sockets."""

from __future__ import annotations

import errno
from itertools import zip_longest

from ..base.endpoint import Endpoint
from ..base.options import SocketOptions
from ..error import ZMQError, error_for
from ..unpatched import socket as os_socket
from . import adopted, netif, tuning
from .stream import Bound, DialFailed, Dialler, StreamTransport

_STREAM = os_socket.SOCK_STREAM | os_socket.SOCK_NONBLOCK | os_socket.SOCK_CLOEXEC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Address = tuple[int, Any]  # (address family, what connect() takes)

# How long bind() may look for the process that has the port. Some machines run thousands.
_LONGEST_SEARCH_S = 0.05


class TcpTransport(StreamTransport):
    """tcp, and what runs over it: endpoints of host and port."""

    __slots__ = ()

    def listen(self, endpoint: Endpoint, options: SocketOptions) -> Bound:
        """Bind and listen. Raises ZMQError."""
        sock = listen(endpoint, options)
        return TcpBound(sock, format_address(sock.getsockname(), endpoint.scheme), options)

    def dialler(self, endpoint: Endpoint, options: SocketOptions) -> Dialler:
        """The way to an endpoint, through a proxy if SOCKS_PROXY names one. Raises ZMQError for unusable options."""
        tuning.check(options)
        if options.socks_proxy:
            try:
                from .socks import SocksDialler  # few programs need it
            except OSError as error:  # no descriptor left to read the module with
                raise error_for(error.errno or errno.EMFILE, error.strerror) from None
            return SocksDialler(endpoint, options)
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
        tuning.apply_to_connection(sock, self._options)
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
        return look_up(self._endpoint, bool(self._options.ipv6))

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
        tuning.apply_to_connection(sock, self._options)
        return peer_address(sock)


def _names_host(name: str, address: str) -> bool:
    if name == "*":
        return address in ("0.0.0.0", "::")
    return name == address or (name == "localhost" and address in ("127.0.0.1", "::1"))


def listen(endpoint: Endpoint, options: SocketOptions) -> os_socket.socket:
    """A listening socket for the endpoint, or the one that USE_FD gives."""
    if options.use_fd != -1:
        return adopted.listener(options.use_fd, (os_socket.AF_INET, os_socket.AF_INET6), endpoint.scheme)
    family, address = _bind_address(endpoint.host, endpoint.port or 0, bool(options.ipv6))
    try:
        sock = os_socket.socket(family, _STREAM)
    except OSError as error:
        raise error_for(error.errno or errno.EMFILE, error.strerror) from None
    try:
        sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_REUSEADDR, 1)
        if family == os_socket.AF_INET6:
            sock.setsockopt(os_socket.IPPROTO_IPV6, os_socket.IPV6_V6ONLY, 0)
        tuning.apply(sock, tuning.before_use(options, family))
        tuning.apply(sock, tuning.connection(options))
        sock.bind(address)
        sock.listen(options.backlog)
    except OSError as error:
        sock.close()
        raise error_for(error.errno or errno.EINVAL, _bind_failure(error, endpoint)) from None
    return sock


def _bind_failure(error: OSError, endpoint: Endpoint) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Address already in use: {_who_has(endpoint.port or 0)}; bind another port or close that socket"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"Cannot assign requested address: {endpoint.host} is not one of this machine's addresses; use * or one"
    if error.errno == errno.EACCES:
        return f"Permission denied: ports below 1024 (here {endpoint.port}) need privileges"
    return error.strerror or str(error)


def _who_has(port: int) -> str:
    try:
        from . import holders  # for this message only
    except OSError:  # no descriptor left to read the module with
        return "somebody has it"
    found = holders.tcp_listeners(port)
    if not found:
        return f"a socket that is not listening has port {port}"
    return "it is that of " + ", ".join(
        [listener.describe(_LONGEST_SEARCH_S / len(found)) for listener in found]
    )


def _bind_address(host: str, port: int, ipv6: bool) -> Address:
    if host in ("*", ""):
        return (os_socket.AF_INET6, ("::", port)) if ipv6 else (os_socket.AF_INET, ("0.0.0.0", port))
    numeric = _numeric(host, port)
    if numeric is not None:
        return numeric
    interface = netif.address_of(host, ipv6)
    if interface is not None:
        family, address = interface
        if family == os_socket.AF_INET6 and address.startswith("fe80"):
            return family, (address, port, 0, os_socket.if_nametoindex(host))
        return family, (address, port)
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
    if _is_number(os_socket.AF_INET, bare):
        return os_socket.AF_INET, (bare, port)
    if not _is_number(os_socket.AF_INET6, bare):
        return None
    scope = 0
    if zone:
        try:
            scope = int(zone) if zone.isdigit() else os_socket.if_nametoindex(zone)
        except OSError:
            raise error_for(errno.ENODEV, f"no network interface is called {zone!r} (in {host!r})") from None
    return os_socket.AF_INET6, (bare, port, 0, scope)


def _is_number(family: int, host: str) -> bool:
    # The system's own opinion: the module ipaddress takes longer to import than all of this package's transports.
    try:
        os_socket.inet_pton(family, host)
    except (OSError, ValueError):  # ValueError: a NUL, or what is no Unicode
        return False
    return True


def numeric_addresses(endpoint: Endpoint) -> list[Address] | None:
    """Where to dial if no name has to be looked up, else None."""
    assert endpoint.port is not None
    if endpoint.host == "localhost":
        return None
    try:
        found = _numeric(endpoint.host, endpoint.port)
    except ZMQError:
        return None  # an interface that is not there may come yet: looking up says what is wrong
    return None if found is None else [found]


def look_up(endpoint: Endpoint, ipv6: bool) -> list[Address]:
    """Every address to try, in order. Blocks for the name service; raises OSError when the name is unknown."""
    family = os_socket.AF_UNSPEC if ipv6 else os_socket.AF_INET
    found = os_socket.getaddrinfo(endpoint.host, endpoint.port, family, os_socket.SOCK_STREAM)
    return interleaved([(entry[0], entry[4]) for entry in found])


def interleaved(addresses: list[Address]) -> list[Address]:
    """The addresses with families taking turns (RFC 8305, section 4), so that a dead family costs one step only."""
    first = [address for address in addresses if address[0] == addresses[0][0]]
    others = [address for address in addresses if address[0] != addresses[0][0]]
    mixed: list[Address] = []
    for pair in zip_longest(first, others):
        mixed += [address for address in pair if address is not None]
    return mixed


def dial(address: Address, endpoint: Endpoint, options: SocketOptions) -> tuple[os_socket.socket, bool]:
    """Start connecting. Returns the socket and whether it is connected already; raises OSError when refused at once."""
    family, target = address
    sock = os_socket.socket(family, _STREAM)
    try:
        tuning.apply(sock, tuning.before_use(options, family))
        if endpoint.source_host:
            _call_from(sock, endpoint, family)
        result = sock.connect_ex(target)
    except BaseException:
        sock.close()
        raise
    if result == 0:
        return sock, True
    if result in (errno.EINPROGRESS, errno.EAGAIN, errno.EINTR):
        return sock, False
    fd = sock.fileno()
    sock.close()
    raise DialFailed(result, fd)


def _call_from(sock: os_socket.socket, endpoint: Endpoint, family: int) -> None:
    """Bind a socket that will connect to the source address of its endpoint."""
    host = endpoint.source_host
    own_family, source = _bind_address(host, endpoint.source_port, family == os_socket.AF_INET6)
    if own_family != family:
        raise OSError(errno.EAFNOSUPPORT, f"{host} cannot call an address of another family (IPv4, IPv6)")
    sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_REUSEADDR, 1)
    try:
        sock.bind(source)
    except OSError as error:
        raise OSError(
            error.errno, f"cannot call from {host}:{endpoint.source_port}: {error.strerror}"
        ) from None


def is_self_connected(sock: os_socket.socket) -> bool:
    """True for a socket that met itself on an ephemeral port (nobody listens there)."""
    try:
        return bool(sock.getsockname() == sock.getpeername())
    except OSError:
        return False


def accepts(peer: Any, options: SocketOptions) -> bool:
    """Apply TCP_ACCEPT_FILTER: an empty list lets everybody in."""
    networks = options.tcp_accept_filter
    if not networks:
        return True
    import ipaddress  # as it was to set the option

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
    if (
        len(address) == 4 and address[3]
    ):  # valid on one link only: nobody could connect to it without its name
        host = f"{host}%{_interface_name(address[3])}"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _interface_name(scope: int) -> str:
    try:
        return os_socket.if_indextoname(scope)
    except OSError:  # it is gone
        return str(scope)


def peer_address(sock: os_socket.socket) -> str:
    """The peer's address without its port, as message property Peer-Address (empty when it is gone)."""
    try:
        host = str(sock.getpeername()[0])
    except OSError:
        return ""
    return host.removeprefix("::ffff:") if "." in host else host
