"""Connecting by way of a SOCKS5 proxy (RFC 1928), with a name and password (RFC 1929) or without.

The proxy looks the name of the endpoint up, so names that only the proxy's network knows work.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import struct
from typing import Any, NoReturn

from ..base.endpoint import Endpoint, parse_endpoint
from ..base.options import SocketOptions
from ..unpatched import socket as os_socket
from . import tcp, tuning
from .stream import Negotiation

_VERSION = 5
_NO_AUTHENTICATION = 0
_NAME_AND_PASSWORD = 2
_NONE_OF_THEM = 0xFF
_SUCCEEDED = 0
_CONNECT = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4

# RFC 1928, section 6: what the proxy says about the connection that it was asked for.
_REPLIES = {
    1: (errno.ECONNABORTED, "general failure"),
    2: (errno.EACCES, "its rules do not allow this connection"),
    3: (errno.ENETUNREACH, "it cannot reach the network"),
    4: (errno.EHOSTUNREACH, "it cannot reach or does not know the host"),
    5: (errno.ECONNREFUSED, "the host refuses the connection"),
    6: (errno.ETIMEDOUT, "the packets' time to live ran out"),
    7: (errno.EOPNOTSUPP, "it knows no CONNECT"),
    8: (errno.EAFNOSUPPORT, "it does not know this kind of address"),
}


class SocksDialler(tcp.TcpDialler):
    """The way to a host and port through a proxy."""

    __slots__ = ("_proxy",)

    def __init__(self, endpoint: Endpoint, options: SocketOptions) -> None:
        super().__init__(endpoint, options)
        # The option takes nothing but host:port.
        self._proxy = parse_endpoint(b"tcp://" + options.socks_proxy, for_bind=False)

    def addresses(self) -> list[Any] | None:
        """Where the proxy is, if no name has to be looked up."""
        return tcp.numeric_addresses(self._proxy)

    def look_up(self) -> list[Any]:
        """Ask the name service where the proxy is."""
        return tcp.look_up(self._proxy, bool(self._options.ipv6))

    def negotiation(self) -> Negotiation:
        """What is said to the proxy."""
        return Socks5(
            self._endpoint.host,
            self._endpoint.port or 0,
            self._options.socks_username,
            self._options.socks_password,
            f"the SOCKS proxy {self._options.socks_proxy.decode('utf-8', 'replace')}",
        )

    def established(self, sock: os_socket.socket) -> str:
        """Tune the connected socket; returns the proxy's address, which is all that we know of the peer's."""
        tuning.apply_to_connection(sock, self._options)
        return tcp.peer_address(sock)


class Socks5(Negotiation):
    """Our side of the dialogue: methods, name and password if wanted, request, reply.

    ``_step`` is the method that understands what has been read when ``_needed`` bytes are there.
    """

    __slots__ = ("_host", "_input", "_needed", "_password", "_port", "_proxy", "_step", "_username")

    def __init__(self, host: str, port: int, username: bytes, password: bytes, proxy: str) -> None:
        super().__init__(f"{proxy} closed the connection: perhaps it is no SOCKS5 proxy")
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._proxy = proxy
        self._input = b""
        self._expect(2, self._method_chosen)

    def start(self) -> bytes:
        methods = [_NO_AUTHENTICATION, _NAME_AND_PASSWORD] if self._username else [_NO_AUTHENTICATION]
        return bytes([_VERSION, len(methods), *methods])

    def receive(self, data: bytes) -> bytes:
        self._input += data
        self.wanted = self._needed - len(self._input)
        if self.wanted > 0:
            return b""
        try:
            return bytes(self._step())
        except _Failed as failed:
            self.is_over = True
            self.error_number, why = failed.args
            self.reason = f"{self._proxy} {why}"
            return b""

    def _expect(self, count: int, step: Any) -> bytes:
        """Read until there are ``count`` bytes of this answer."""
        self._needed = count
        self._step = step
        self.wanted = count - len(self._input)
        return b""

    def _method_chosen(self) -> bytes:
        version, method = self._input
        if version != _VERSION:
            _fail(errno.EPROTO, "does not answer as a SOCKS5 proxy does")
        if method == _NO_AUTHENTICATION:
            return self._request()
        if method == _NAME_AND_PASSWORD and self._username:
            self._input = b""
            self._expect(2, self._authenticated)
            name, password = self._username, self._password
            return bytes([1, len(name)]) + name + bytes([len(password)]) + password
        if self._username:
            _fail(errno.EACCES, "takes neither SOCKS_USERNAME with SOCKS_PASSWORD, nor nobody")
        _fail(errno.EACCES, "wants to know who connects: set SOCKS_USERNAME and SOCKS_PASSWORD")

    def _authenticated(self) -> bytes:
        # RFC 1929: any status but 0 is a failure. The version is not looked at: some proxies write 5.
        if self._input[1] != 0:
            _fail(errno.EACCES, "does not accept SOCKS_USERNAME and SOCKS_PASSWORD")
        return self._request()

    def _request(self) -> bytes:
        self._input = b""
        self._expect(5, self._reply_begun)
        return bytes([_VERSION, _CONNECT, 0]) + _address(self._host) + struct.pack("!H", self._port)

    def _reply_begun(self) -> bytes:
        version, reply, _, kind, first = self._input
        if version != _VERSION:
            _fail(errno.EPROTO, "does not answer as a SOCKS5 proxy does")
        if reply != _SUCCEEDED:
            number, why = _REPLIES.get(reply, (errno.EPROTO, f"unknown reply {reply}"))
            _fail(number, f"cannot connect to {self._host}:{self._port}: {why}")
        sizes = {_IPV4: 4, _IPV6: 16, _NAME: 1 + first}
        if kind not in sizes:
            _fail(errno.EPROTO, f"answers with an unknown kind of address ({kind})")
        return self._expect(4 + sizes[kind] + 2, self._replied)

    def _replied(self) -> bytes:
        self.is_over = True
        self.wanted = 0
        return b""


class _Failed(Exception):
    """The errno, and what the proxy did."""


def _fail(number: int, why: str) -> NoReturn:
    raise _Failed(number, why)


def _address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        name = os.fsencode(host)
        return bytes([_NAME, len(name)]) + name
    return bytes([_IPV4 if address.version == 4 else _IPV6]) + address.packed
