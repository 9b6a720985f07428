"""Datagram sockets: opened for sending to one address or group, or for receiving."""

from __future__ import annotations

import errno
import os
import struct
from typing import Any

from ..base.endpoint import Endpoint, canonical
from ..base.options import SocketOptions
from ..error import ZMQError, error_for
from ..unpatched import socket as os_socket
from . import netif, tuning

Address = tuple[Any, ...]


def open_sender(endpoint: Endpoint, options: SocketOptions) -> tuple[os_socket.socket, Address]:
    """A socket that can send to the endpoint, and the address to send to. Raises ZMQError."""
    family, address = _look_up(endpoint.host, endpoint.port or 0, options)
    sock = _new_socket(family, options)
    try:
        if _is_multicast(address[0]):
            address = _with_scope(address, family, endpoint.interface)
            _aim_at_group(sock, family, endpoint.interface, options)
        elif endpoint.interface:
            sock.bind((_local_address(endpoint.interface, family), 0))
    except BaseException:
        sock.close()
        raise
    return sock, address


def open_receiver(endpoint: Endpoint, options: SocketOptions) -> tuple[os_socket.socket, str]:
    """A socket bound to the endpoint, a member of its group if it is one, and LAST_ENDPOINT. Raises ZMQError."""
    port = endpoint.port or 0
    if endpoint.host == "*":
        family = int(os_socket.AF_INET6 if options.ipv6 else os_socket.AF_INET)
        address: Address = ("::" if options.ipv6 else "0.0.0.0", port)
    else:
        found = netif.address_of(endpoint.host, bool(options.ipv6))
        if found is not None:
            family, host = found
            address = (host, port)
        else:
            family, address = _look_up(endpoint.host, port, options)
    sock = _new_socket(family, options)
    try:
        if _is_multicast(address[0]):
            # Several receivers of one group on a machine are the point of multicast.
            sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_REUSEADDR, 1)
            sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_REUSEPORT, 1)
            sock.bind(_with_scope(address, family, endpoint.interface))
            _join(sock, family, address[0], endpoint.interface)
            _aim_at_group(sock, family, endpoint.interface, options)
        else:
            sock.bind(address)
    except OSError as error:
        sock.close()
        raise _as_zmq_error(error) from None
    except BaseException:
        sock.close()
        raise
    name = sock.getsockname()
    bound = Endpoint("udp", "", host=name[0], port=name[1])
    text = canonical(bound)
    if endpoint.interface:
        text = f"udp://{endpoint.interface};{text.removeprefix('udp://')}"
    return sock, text


def address_text(address: Address) -> bytes:
    """Where a datagram came from, as DGRAM gives it: ``ip:port`` with the NUL that libzmq puts at its end."""
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"{host}:{address[1]}\0".encode()


def _look_up(host: str, port: int, options: SocketOptions) -> tuple[int, Address]:
    family = os_socket.AF_UNSPEC if options.ipv6 else os_socket.AF_INET
    try:
        found = os_socket.getaddrinfo(host, port, family, os_socket.SOCK_DGRAM)
    except OSError as error:
        if ":" in host and not options.ipv6:
            raise error_for(errno.EINVAL, f"{host} is an IPv6 address: set the option IPV6 first") from None
        raise error_for(errno.EINVAL, f"host {host!r} not found: {error.strerror}") from None
    return int(found[0][0]), found[0][4]


def _new_socket(family: int, options: SocketOptions) -> os_socket.socket:
    try:
        sock = os_socket.socket(family, os_socket.SOCK_DGRAM | os_socket.SOCK_NONBLOCK)
    except OSError as error:
        raise _as_zmq_error(error) from None
    try:
        tuning.apply(sock, tuning.before_use(options, family))
    except OSError as error:
        sock.close()
        raise error_for(error.errno or errno.EINVAL, error.strerror) from None
    return sock


def _as_zmq_error(error: OSError) -> ZMQError:
    number = error.errno or errno.EINVAL
    return error_for(number, os.strerror(number))


def _is_multicast(host: str) -> bool:
    if ":" in host:
        return host.lower().startswith("ff")
    return 224 <= int(host.partition(".")[0]) <= 239


def _local_address(interface: str, family: int) -> str:
    found = netif.address_of(interface, family == os_socket.AF_INET6)
    if found is not None and found[0] == family:
        return found[1]
    try:
        os_socket.inet_pton(family, interface)
    except OSError:
        raise error_for(
            errno.ENODEV, f"no interface or local address {interface!r} for this endpoint"
        ) from None
    return interface


def _index_of(interface: str) -> int:
    try:
        return os_socket.if_nametoindex(interface)
    except OSError:
        raise error_for(
            errno.ENODEV, f"no interface {interface!r}: IPv6 groups want the name of an interface"
        ) from None


def _with_scope(address: Address, family: int, interface: str) -> Address:
    # An IPv6 group of the link means another one on each of them.
    if family != os_socket.AF_INET6 or not interface:
        return address
    return (address[0], address[1], 0, _index_of(interface))


def _aim_at_group(sock: os_socket.socket, family: int, interface: str, options: SocketOptions) -> None:
    # What is sent leaves by this interface, lives for so many hops, and comes back to receivers here or not.
    if family == os_socket.AF_INET6:
        if interface:
            sock.setsockopt(os_socket.IPPROTO_IPV6, os_socket.IPV6_MULTICAST_IF, _index_of(interface))
        sock.setsockopt(os_socket.IPPROTO_IPV6, os_socket.IPV6_MULTICAST_HOPS, options.multicast_hops)
        sock.setsockopt(os_socket.IPPROTO_IPV6, os_socket.IPV6_MULTICAST_LOOP, int(options.multicast_loop))
        return
    if interface:
        local = os_socket.inet_aton(_local_address(interface, family))
        sock.setsockopt(os_socket.IPPROTO_IP, os_socket.IP_MULTICAST_IF, local)
    sock.setsockopt(os_socket.IPPROTO_IP, os_socket.IP_MULTICAST_TTL, options.multicast_hops)
    sock.setsockopt(os_socket.IPPROTO_IP, os_socket.IP_MULTICAST_LOOP, int(options.multicast_loop))


def _join(sock: os_socket.socket, family: int, group: str, interface: str) -> None:
    if family == os_socket.AF_INET6:
        index = _index_of(interface) if interface else 0
        request = os_socket.inet_pton(family, group) + struct.pack("@I", index)
        sock.setsockopt(os_socket.IPPROTO_IPV6, os_socket.IPV6_JOIN_GROUP, request)
        return
    local = _local_address(interface, family) if interface else "0.0.0.0"
    request = os_socket.inet_aton(group) + os_socket.inet_aton(local)
    sock.setsockopt(os_socket.IPPROTO_IP, os_socket.IP_ADD_MEMBERSHIP, request)
