"""The addresses of this machine's network interfaces, as the kernel tells them (Linux, netlink)."""

from __future__ import annotations

import contextlib
import os
import struct
from typing import NamedTuple

from ..unpatched import socket as os_socket

_RTM_NEWADDR = 20  # linux/rtnetlink.h
_RTM_GETADDR = 22
_NLM_F_REQUEST_DUMP = 0x301  # linux/netlink.h: NLM_F_REQUEST, NLM_F_ROOT and NLM_F_MATCH
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_IFA_ADDRESS = 1
_IFA_LOCAL = 2  # on point-to-point links _IFA_ADDRESS is the other end

_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=IHHIIBBBBI")
_ADDRESS = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_BUFFER_SIZE = 64 * 1024  # the kernel fills at most 32 KiB at once


class LocalAddress(NamedTuple):
    """One address of one interface."""

    interface: int  # its number
    family: int
    packed: bytes
    prefix_length: int

    @property
    def text(self) -> str:
        """The address as people write it."""
        return os_socket.inet_ntop(self.family, self.packed)


def local_addresses() -> list[LocalAddress]:
    """All addresses, in the kernel's order. Raises OSError."""
    found: list[LocalAddress] = []
    with contextlib.closing(
        os_socket.socket(
            os_socket.AF_NETLINK, os_socket.SOCK_RAW | os_socket.SOCK_CLOEXEC, os_socket.NETLINK_ROUTE
        )
    ) as sock:
        sock.send(_REQUEST.pack(_REQUEST.size, _RTM_GETADDR, _NLM_F_REQUEST_DUMP, 1, 0, 0, 0, 0, 0, 0))
        while True:
            data = sock.recv(_BUFFER_SIZE)
            pos = 0
            while pos + _HEADER.size <= len(data):
                size, kind, _, _, _ = _HEADER.unpack_from(data, pos)
                if kind == _NLMSG_DONE:
                    return found
                if kind == _NLMSG_ERROR:
                    number = -int.from_bytes(
                        data[pos + _HEADER.size : pos + _HEADER.size + 4], "little", signed=True
                    )
                    raise OSError(number, os.strerror(number))
                if kind == _RTM_NEWADDR:
                    address = _read_address(data[pos + _HEADER.size : pos + size])
                    if address is not None:
                        found.append(address)
                pos += (size + 3) & ~3


def _read_address(data: bytes) -> LocalAddress | None:
    family, prefix_length, _, _, interface = _ADDRESS.unpack_from(data)
    if family not in (os_socket.AF_INET, os_socket.AF_INET6):
        return None
    packed = b""
    pos = _ADDRESS.size
    while pos + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, pos)
        if size < _ATTRIBUTE.size:
            break
        value = data[pos + _ATTRIBUTE.size : pos + size]
        if kind == _IFA_LOCAL or (kind == _IFA_ADDRESS and not packed):
            packed = value
        pos += (size + 3) & ~3
    return LocalAddress(interface, family, packed, prefix_length) if packed else None
