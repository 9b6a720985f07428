"""Addresses of network interfaces by name (Linux)."""

from __future__ import annotations

import fcntl
import struct

from ..unpatched import socket as os_socket

_SIOCGIFADDR = 0x8915  # linux/sockios.h: get the interface's IPv4 address


def address_of(name: str, ipv6: bool) -> tuple[int, str] | None:
    """(family, address) of a network interface, or None if there is no interface of that name with an address."""
    if ipv6:
        address = _ipv6_address(name)
        if address is not None:
            return os_socket.AF_INET6, address
    if len(name) > 15 or "\0" in name:
        return None
    probe = os_socket.socket(os_socket.AF_INET, os_socket.SOCK_DGRAM)
    try:
        answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()))
    except OSError:
        return None
    finally:
        probe.close()
    return os_socket.AF_INET, os_socket.inet_ntoa(answer[20:24])


def _ipv6_address(name: str) -> str | None:
    try:
        with open("/proc/net/if_inet6") as file:
            table = file.read()
    except OSError:
        return None
    found = [
        os_socket.inet_ntop(os_socket.AF_INET6, bytes.fromhex(digits))
        for digits, _, _, _, _, interface in map(str.split, table.splitlines())
        if interface == name
    ]
    # An address that is valid on this link only (fe80::) is the last choice.
    return min(found, key=lambda address: address.startswith("fe80"), default=None)
