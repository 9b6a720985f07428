"""What a transport of byte streams offers: listening, dialling, and knowing its endpoints again.

``drivers/transport_table.py`` says how a transport gets its place in the library. Everything here makes system calls at
most; who waits, and what is said over the stream, is for the drivers and for ``zmtp``.
"""

from __future__ import annotations

import os

from ..base.endpoint import Endpoint
from ..base.options import SocketOptions
from ..unpatched import socket as os_socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class DialFailed(OSError):
    """A dial failed at once. ``fd`` is the number of the descriptor that was opened for it and closed again."""

    def __init__(self, number: int, fd: int) -> None:
        super().__init__(number, os.strerror(number))
        self.fd = fd


class Bound:
    """A bound endpoint: the listening socket, and what to do with those who connect."""

    __slots__ = ("endpoint", "sock")

    def __init__(self, sock: os_socket.socket, endpoint: str) -> None:
        self.sock = sock
        self.endpoint = endpoint  # as LAST_ENDPOINT tells it

    def admit(self, sock: os_socket.socket) -> bool:
        """Tune an accepted socket. False: a filter refuses this peer."""
        raise NotImplementedError

    def peer_address(self, sock: os_socket.socket) -> str:
        """The peer's address as message property Peer-Address."""
        raise NotImplementedError

    def remove(self) -> None:
        """The listening socket was closed: remove what it leaves behind."""


class Negotiation:
    """What has to be said on a connected socket before the conversation itself. No system calls, no clock."""

    __slots__ = ("error_number", "is_over", "reason", "wanted", "why_closed")

    def __init__(self, why_closed: str) -> None:
        self.is_over = False
        self.error_number = 0  # why it failed; 0 when it is over: it succeeded
        self.reason = ""  # the same in words
        self.wanted = 0  # how many bytes to read next, at most
        self.why_closed = why_closed  # what to say if the connection ends in the middle of it

    def start(self) -> bytes:
        """What to send first."""
        raise NotImplementedError

    def receive(self, data: bytes) -> bytes:
        """Take at most ``wanted`` bytes of the peer's; returns what to send."""
        raise NotImplementedError


class Dialler:
    """The way to one endpoint. Used again for every attempt."""

    __slots__ = ()

    def addresses(self) -> list[Any] | None:
        """Where to dial, in order, if that is known without asking a name service."""
        raise NotImplementedError

    def look_up(self) -> list[Any]:
        """The same by asking; may block; raises OSError."""
        raise NotImplementedError

    def dial(self, address: Any) -> tuple[os_socket.socket, bool]:
        """Start connecting; True: connected already. Raises OSError (DialFailed once there was a descriptor)."""
        raise NotImplementedError

    def negotiation(self) -> Negotiation | None:
        """What has to be said on a new connection first, if anything."""
        return None

    def established(self, sock: os_socket.socket) -> str:
        """Tune the connected socket; returns the peer's address. Raises OSError to give it up."""
        raise NotImplementedError


class StreamTransport:
    """One kind of stream."""

    __slots__ = ()

    def listen(self, endpoint: Endpoint, options: SocketOptions) -> Bound:
        """Bind and listen. Raises ZMQError."""
        raise NotImplementedError

    def dialler(self, endpoint: Endpoint, options: SocketOptions) -> Dialler:
        """The way to an endpoint. Raises ZMQError for options with which nobody can be reached."""
        raise NotImplementedError

    def is_bound_as(self, wanted: Endpoint, bound: str) -> bool:
        """True if ``wanted``, given to unbind, is another name of this LAST_ENDPOINT."""
        return False

    def is_same_peer(self, wanted: Endpoint, connected: Endpoint) -> bool:
        """True if ``wanted``, given to disconnect, is another name of what was connected to."""
        return False
