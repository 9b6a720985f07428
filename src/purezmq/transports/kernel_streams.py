"""vsock and tipc: streams between virtual machines and between the nodes of a cluster, where the kernel has them."""

from __future__ import annotations

import errno
import os
from typing import Any

from ..base.endpoint import Endpoint
from ..base.kernel_endpoint import tipc_numbers
from ..base.options import SocketOptions
from ..constants import Errno
from ..error import error_for
from ..unpatched import socket as os_socket
from . import tuning
from .stream import Bound, Dialler, StreamTransport

_STREAM = os_socket.SOCK_STREAM | os_socket.SOCK_NONBLOCK | os_socket.SOCK_CLOEXEC
_CID_ANY = 2**32 - 1  # VMADDR_CID_ANY, and VMADDR_PORT_ANY, too
# linux/tipc.h
_NAME_SEQUENCE, _NAME, _PORT_ID = 1, 2, 3


class KernelStreams(StreamTransport):
    """Streams whose addresses the kernel alone understands."""

    __slots__ = ()

    family_name = ""

    def new_socket(self, options: SocketOptions) -> os_socket.socket:
        """A socket of this family. Raises OSError: EPROTONOSUPPORT where the kernel has none."""
        family = getattr(os_socket, self.family_name, None)
        try:
            if family is None:
                raise OSError(errno.EAFNOSUPPORT, "")
            sock = os_socket.socket(family, _STREAM)
        except OSError as error:
            if error.errno not in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ENODEV):
                raise
            scheme = self.family_name.removeprefix("AF_").lower()
            raise OSError(
                errno.EPROTONOSUPPORT, f"this kernel has no {scheme}: load its module, or use tcp://"
            ) from None
        try:
            tuning.apply(sock, tuning.buffers(options))
        except BaseException:
            sock.close()
            raise
        return sock

    def bind_address(self, endpoint: Endpoint) -> Any:
        """What the system's bind() takes; None: do not call it."""
        raise NotImplementedError

    def connect_address(self, endpoint: Endpoint) -> Any:
        """What the system's connect() takes."""
        raise NotImplementedError

    def bound_text(self, sock: os_socket.socket, endpoint: Endpoint) -> str:
        """LAST_ENDPOINT of a bound socket."""
        raise NotImplementedError

    def listen(self, endpoint: Endpoint, options: SocketOptions) -> Bound:
        """Bind and listen. Raises ZMQError: EPROTONOSUPPORT, EADDRINUSE, …"""
        try:
            sock = self.new_socket(options)
            try:
                address = self.bind_address(endpoint)
                if address is not None:
                    sock.bind(address)
                sock.listen(options.backlog)
                return _KernelBound(sock, self.bound_text(sock, endpoint))
            except BaseException:
                sock.close()
                raise
        except OSError as error:
            number = error.errno or Errno.EINVAL
            raise error_for(number, error.strerror or os.strerror(number)) from None

    def dialler(self, endpoint: Endpoint, options: SocketOptions) -> Dialler:
        """The way to an endpoint. Raises ZMQError (EPROTONOSUPPORT) where the kernel has no such streams."""
        try:
            self.new_socket(options).close()
        except OSError as error:
            number = error.errno or Errno.EINVAL
            raise error_for(number, error.strerror or os.strerror(number)) from None
        return _KernelDialler(self, endpoint, options)

    @property
    def is_available(self) -> bool:
        """Whether this kernel has them."""
        family = getattr(os_socket, self.family_name, None)
        if family is None:
            return False
        try:
            os_socket.socket(family, _STREAM).close()
        except OSError:
            return False
        return True


class _KernelBound(Bound):
    __slots__ = ()

    def admit(self, sock: os_socket.socket) -> bool:
        return True

    def peer_address(self, sock: os_socket.socket) -> str:
        return _peer_text(sock)


class _KernelDialler(Dialler):
    __slots__ = ("_endpoint", "_options", "_transport")

    def __init__(self, transport: KernelStreams, endpoint: Endpoint, options: SocketOptions) -> None:
        self._transport = transport
        self._endpoint = endpoint
        self._options = options

    def addresses(self) -> list[Any] | None:
        return self.look_up()

    def look_up(self) -> list[Any]:
        return [self._transport.connect_address(self._endpoint)]

    def dial(self, address: Any) -> tuple[os_socket.socket, bool]:
        sock = self._transport.new_socket(self._options)
        try:
            number = sock.connect_ex(address)
        except BaseException:
            sock.close()
            raise
        if number in (0, errno.EINPROGRESS):
            return sock, number == 0
        sock.close()
        raise OSError(number, os.strerror(number))

    def established(self, sock: os_socket.socket) -> str:
        return _peer_text(sock)


def _peer_text(sock: os_socket.socket) -> str:
    peer = sock.getpeername()
    return str(peer[0]) if isinstance(peer, tuple) and len(peer) == 2 else str(peer)


class VsockTransport(KernelStreams):
    """AF_VSOCK: between a virtual machine and its host."""

    __slots__ = ()

    family_name = "AF_VSOCK"

    def bind_address(self, endpoint: Endpoint) -> Any:
        """(cid, port)"""
        cid = _CID_ANY if endpoint.host == "*" else int(endpoint.host)
        return cid, _CID_ANY if endpoint.port is None else endpoint.port

    def connect_address(self, endpoint: Endpoint) -> Any:
        """(cid, port)"""
        return int(endpoint.host), endpoint.port

    def bound_text(self, sock: os_socket.socket, endpoint: Endpoint) -> str:
        """vsock://cid:port, * for any cid"""
        cid, port = sock.getsockname()
        return f"vsock://{'*' if cid == _CID_ANY else cid}:{port}"


class TipcTransport(KernelStreams):
    """AF_TIPC: names instead of addresses, within a cluster."""

    __slots__ = ()

    family_name = "AF_TIPC"

    def bind_address(self, endpoint: Endpoint) -> Any:
        """A range of names, or None for the address that every socket has."""
        return None if endpoint.name == "<*>" else (_NAME_SEQUENCE, *tipc_numbers(endpoint.name))

    def connect_address(self, endpoint: Endpoint) -> Any:
        """A name and where to look for it, or the address of a socket."""
        numbers = tipc_numbers(endpoint.name)
        if endpoint.name.startswith("<"):
            return (_PORT_ID, *numbers, 0)
        kind, instance, *domain = numbers
        return _NAME, kind, instance, domain[0] if domain else 0

    def bound_text(self, sock: os_socket.socket, endpoint: Endpoint) -> str:
        """The names, or <z.c.n:ref>"""
        if endpoint.name != "<*>":
            return endpoint.text
        _, node, reference, *_ = sock.getsockname()
        return f"tipc://<{node >> 24}.{node >> 12 & 0xFFF}.{node & 0xFFF}:{reference}>"
