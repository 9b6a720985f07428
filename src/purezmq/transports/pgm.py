"""pgm and epgm: which interface, which groups, and sockets for them.

Every endpoint has one socket to send by, one per group to receive by, and, at a source, one for what is sent to its own
address. libzmq uses a single receiving socket for everything; here the sockets are bound to what they are for, so that
on a host with several members each gets what is meant for it: the kernel gives a datagram for a unicast address to only
one of those who share a port, and prefers one that is bound to exactly this address.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import struct
from collections.abc import Iterator
from typing import Any

from ..base.endpoint import Endpoint
from ..base.multicast_endpoint import as_address, is_multicast
from ..base.options import SocketOptions
from ..error import error_for
from ..unpatched import socket as os_socket
from .local_addresses import LocalAddress, local_addresses

IPPROTO_PGM = 113

# linux/in.h and linux/in6.h: without these a socket gets the datagrams of every group that any socket here has joined.
_IP_MULTICAST_ALL = 49
_IPV6_MULTICAST_ALL = 29

_DEFAULT_GROUP: dict[int, str] = {os_socket.AF_INET: "239.192.0.1", os_socket.AF_INET6: "ff08::1"}
_HEADER_SIZE: dict[int, int] = {os_socket.AF_INET: 20, os_socket.AF_INET6: 40}
_UDP_HEADER_SIZE = 8

_MOST_HOPS = 255
_EXPEDITED = 0xB8  # the traffic class that OpenPGM asks for: expedited forwarding

# Without RCVBUF we ask for what arrives in this time, for a busy interpreter may look away for as long. The kernel
# gives no more than net.core.rmem_max.
_RECEIVE_BUFFER_S = 0.25
_LEAST_RECEIVE_BUFFER = 128 * 1024

_KIND_FLAGS = os_socket.SOCK_NONBLOCK | os_socket.SOCK_CLOEXEC


class Network:
    """An endpoint with its interface and groups looked up, and what makes sockets for it."""

    __slots__ = ("_is_raw", "_options", "_port", "family", "groups", "local", "send_group")

    def __init__(self, endpoint: Endpoint, options: SocketOptions) -> None:
        """Raises ZMQError: ENODEV, EINVAL."""
        assert endpoint.port is not None
        if options.multicast_hops > _MOST_HOPS:
            raise error_for(
                errno.EINVAL,
                f"MULTICAST_HOPS is {options.multicast_hops}, and {_MOST_HOPS} is the most there can be",
            )
        self._is_raw = endpoint.scheme == "pgm"
        self._options = options
        self._port = endpoint.port
        groups = [_group_address(group) for group in endpoint.groups]
        send_group = _group_address(endpoint.send_group) if endpoint.send_group else None
        family = _family_of(endpoint.interface, [*groups, *([send_group] if send_group else [])])
        if not groups:
            groups = [_DEFAULT_GROUP[family]]
        self.groups = groups
        self.send_group = send_group or groups[0]
        self.local = _find_interface(endpoint.interface, family, self.send_group, endpoint.port)
        self.family = self.local.family
        for group in (*groups, self.send_group):
            if (":" in group) != (self.family == os_socket.AF_INET6):
                raise error_for(
                    errno.EINVAL,
                    f"the interface has the address {self.local.text}, and the group is {group}: both must be "
                    "IPv4, or both IPv6",
                )

    @property
    def header_size(self) -> int:
        """What stands before a packet on the wire."""
        return _HEADER_SIZE[self.family] + (0 if self._is_raw else _UDP_HEADER_SIZE)

    def pack(self, address: str) -> bytes:
        """The bytes of an address."""
        return os_socket.inet_pton(self.family, address)

    def target(self, address: str) -> Any:
        """An address of this network, as sendto() wants it."""
        port = 0 if self._is_raw else self._port
        if self.family == os_socket.AF_INET:
            return (address, port)
        return (address, port, 0, self.local.interface)

    def target_of(self, nla: bytes) -> Any:
        """The same for the bytes of an address; None if it is of another family."""
        if len(nla) != len(self.local.packed):
            return None
        return self.target(os_socket.inet_ntop(self.family, nla))

    def payload(self, datagram: bytes) -> bytes:
        """A received datagram without what the kernel puts before it: raw IPv4 sockets tell the IP header."""
        if self._is_raw and self.family == os_socket.AF_INET and datagram:
            return datagram[(datagram[0] & 15) * 4 :]
        return datagram

    # -- sockets ---------------------------------------------------------------------------------------

    def sending_socket(self, hops: int | None = None) -> os_socket.socket:
        """For everything that we send; ``hops`` replaces MULTICAST_HOPS. Raises ZMQError."""
        options = self._options
        with _made(self._socket()) as sock:
            hops = hops or options.multicast_hops
            loop = int(bool(options.multicast_loop))
            if self.family == os_socket.AF_INET:
                level = os_socket.IPPROTO_IP
                sock.setsockopt(level, os_socket.IP_MULTICAST_IF, self._mreqn("0.0.0.0"))
                sock.setsockopt(level, os_socket.IP_MULTICAST_TTL, hops)
                sock.setsockopt(level, os_socket.IP_MULTICAST_LOOP, loop)
                with contextlib.suppress(OSError):  # not everybody may ask for every class
                    sock.setsockopt(level, os_socket.IP_TOS, options.tos or _EXPEDITED)
            else:
                level = os_socket.IPPROTO_IPV6
                sock.setsockopt(level, os_socket.IPV6_MULTICAST_IF, self.local.interface)
                sock.setsockopt(level, os_socket.IPV6_MULTICAST_HOPS, hops)
                sock.setsockopt(level, os_socket.IPV6_MULTICAST_LOOP, loop)
                if options.tos:
                    sock.setsockopt(level, os_socket.IPV6_TCLASS, options.tos)
            self._bind_to_device(sock)
            if options.sndbuf >= 0:
                sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_SNDBUF, options.sndbuf)
            if options.priority:
                sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_PRIORITY, options.priority)
            sock.bind(self._own_address(0))
        return sock

    def publishing_socket(self) -> os_socket.socket:
        """A sending socket whose send() goes to the group. Raises ZMQError."""
        with _made(self.sending_socket()) as sock:
            sock.connect(self.target(self.send_group))
        return sock

    def group_socket(self, group: str) -> os_socket.socket:
        """A socket that receives what is sent to a group. Raises ZMQError."""
        with _made(self._socket()) as sock:
            self._prepare_to_receive(sock)
            if self.family == os_socket.AF_INET:
                sock.setsockopt(os_socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
                sock.bind((group, 0 if self._is_raw else self._port))
                sock.setsockopt(os_socket.IPPROTO_IP, os_socket.IP_ADD_MEMBERSHIP, self._mreqn(group))
            else:
                with contextlib.suppress(OSError):  # since Linux 4.20
                    sock.setsockopt(os_socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)
                sock.bind(self.target(group))
                membership = self.pack(group) + struct.pack("=I", self.local.interface)
                sock.setsockopt(os_socket.IPPROTO_IPV6, os_socket.IPV6_JOIN_GROUP, membership)
        return sock

    def own_socket(self) -> os_socket.socket:
        """A socket that receives what is sent to our own address. Raises ZMQError."""
        with _made(self._socket()) as sock:
            self._prepare_to_receive(sock)
            sock.bind(self._own_address(0 if self._is_raw else self._port))
        return sock

    def _socket(self) -> os_socket.socket:
        try:
            if self._is_raw:
                return os_socket.socket(self.family, os_socket.SOCK_RAW | _KIND_FLAGS, IPPROTO_PGM)
            return os_socket.socket(self.family, os_socket.SOCK_DGRAM | _KIND_FLAGS)
        except PermissionError:
            raise error_for(
                errno.EPERM,
                "Operation not permitted: pgm:// needs raw sockets, and they the capability CAP_NET_RAW (root has it); "
                "epgm:// does the same over UDP and needs no privileges",
            ) from None
        except OSError as error:
            raise error_for(error.errno or errno.EINVAL, error.strerror) from None

    def _prepare_to_receive(self, sock: os_socket.socket) -> None:
        options = self._options
        # Both: libzmq sets the second, and the kernel lets nobody share a port with it who does not.
        sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_REUSEADDR, 1)
        sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_REUSEPORT, 1)
        self._bind_to_device(sock)
        size = options.rcvbuf
        if size < 0:
            size = max(_LEAST_RECEIVE_BUFFER, int(options.rate * 125 * _RECEIVE_BUFFER_S))
            if size <= sock.getsockopt(os_socket.SOL_SOCKET, os_socket.SO_RCVBUF):
                return
        sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_RCVBUF, min(size, 2**31 - 1))

    def _bind_to_device(self, sock: os_socket.socket) -> None:
        if self._options.bindtodevice:
            sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_BINDTODEVICE, self._options.bindtodevice)

    def _own_address(self, port: int) -> Any:
        if self.family == os_socket.AF_INET:
            return (self.local.text, port)
        return (self.local.text, port, 0, self.local.interface)

    def _mreqn(self, group: str) -> bytes:
        return os_socket.inet_aton(group) + self.local.packed + struct.pack("=i", self.local.interface)


@contextlib.contextmanager
def _made(sock: os_socket.socket) -> Iterator[os_socket.socket]:
    """The socket; closed again if it cannot be set up. Raises ZMQError in the place of OSError."""
    try:
        yield sock
    except OSError as error:
        sock.close()
        raise error_for(error.errno or errno.EINVAL, error.strerror or os.strerror(errno.EINVAL)) from None
    except BaseException:
        sock.close()
        raise


def _group_address(group: str) -> str:
    """The number of a group that was given as a number or a name. Raises ZMQError (EINVAL)."""
    address = as_address(group)
    if address is not None:
        return str(address)
    try:
        found = os_socket.getaddrinfo(group, None, type=os_socket.SOCK_DGRAM)
    except OSError as error:
        raise error_for(
            errno.EINVAL, f"cannot look up the group {group!r}: {error.strerror or error}"
        ) from None
    numbers = [str(entry[4][0]) for entry in found]
    for number in numbers:
        if is_multicast(number):
            return number
    raise error_for(errno.EINVAL, f"{group} is {numbers[0]}, which is no multicast address")


def _family_of(interface: str, groups: list[str]) -> int:
    if groups:
        return os_socket.AF_INET6 if ":" in groups[0] else os_socket.AF_INET
    return os_socket.AF_INET6 if ":" in interface else os_socket.AF_INET


def _find_interface(wanted: str, family: int, group: str, port: int) -> LocalAddress:
    """The address of ours that the text means. Raises ZMQError (ENODEV)."""
    try:
        ours = local_addresses()
    except OSError as error:
        raise error_for(error.errno or errno.ENODEV, error.strerror) from None
    if not wanted:
        return _by_route(ours, family, group, port)
    found = _by_name(ours, wanted, family) or _by_number(ours, wanted)
    if found is None:
        found = _by_host_name(ours, wanted, family)
    return found


def _by_route(ours: list[LocalAddress], family: int, group: str, port: int) -> LocalAddress:
    with contextlib.closing(os_socket.socket(family, os_socket.SOCK_DGRAM | os_socket.SOCK_CLOEXEC)) as probe:
        try:
            probe.connect((group, port))
            packed = os_socket.inet_pton(family, probe.getsockname()[0].partition("%")[0])
        except OSError:
            raise error_for(
                errno.ENODEV,
                f"there is no route to {group}: name the interface, as in epgm://eth0;{group}:{port}",
            ) from None
    for address in ours:
        if address.packed == packed:
            return address
    raise error_for(errno.ENODEV, f"no interface for {group}: name it, as in epgm://eth0;{group}:{port}")


def _by_name(ours: list[LocalAddress], name: str, family: int) -> LocalAddress | None:
    try:
        index = os_socket.if_nametoindex(name)
    except (OSError, ValueError):
        return None
    candidates = [address for address in ours if address.interface == index and address.family == family]
    # A link-local address would do, but receivers would have to know by which interface it is reached.
    candidates.sort(key=lambda address: address.packed[:1] == b"\xfe")
    if not candidates:
        kind = "IPv6" if family == os_socket.AF_INET6 else "IPv4"
        raise error_for(errno.ENODEV, f"the network interface {name} has no {kind} address")
    return candidates[0]


def _by_number(ours: list[LocalAddress], text: str) -> LocalAddress | None:
    number = as_address(text)
    zone = text.strip("[]").partition("%")[2]
    for address in ours:
        if number is not None and address.packed == number.packed and _is_zone(address.interface, zone):
            return address
    # Not an address of ours: perhaps the network that one of them is in. Without a /length it is the interface's own.
    try:
        network = ipaddress.ip_network(text.strip("[]"))
    except ValueError:
        if number is None:
            return None
        network = None
    if network is not None:
        for address in ours:
            length = network.prefixlen if "/" in text else address.prefix_length
            if _prefix(address.packed, length) == network.network_address.packed:
                return address
    raise error_for(errno.ENODEV, f"{text} is no address of this machine, and no network that one is in")


def _prefix(packed: bytes, length: int) -> bytes:
    """The address with everything after the first ``length`` bits cleared."""
    bits = 8 * len(packed)
    mask = ((1 << length) - 1) << (bits - length) if length <= bits else 0
    return (int.from_bytes(packed, "big") & mask).to_bytes(len(packed), "big")


def _is_zone(index: int, zone: str) -> bool:
    if not zone:
        return True
    try:
        return index == (int(zone) if zone.isdigit() else os_socket.if_nametoindex(zone))
    except OSError:
        return False


def _by_host_name(ours: list[LocalAddress], name: str, family: int) -> LocalAddress:
    try:
        found = os_socket.getaddrinfo(name, None, family, os_socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        found = []
    numbers = [os_socket.inet_pton(entry[0], str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in ours:
        if address.packed in numbers:
            return address
    raise error_for(
        errno.ENODEV,
        f"{name!r} is neither a network interface of this machine, nor an address, nor a host name of it",
    )
