"""A peer made by hand: a TCP connection and the bytes of ZMTP, right or wrong."""

from __future__ import annotations

import socket
import struct
from typing import Any

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
MORE, LONG, COMMAND = 1, 2, 4


def frame(body: bytes, flags: int = 0) -> bytes:
    if len(body) > 255:
        return bytes([flags | LONG]) + struct.pack(">Q", len(body)) + body
    return bytes([flags, len(body)]) + body


def header(flags: int, length: int) -> bytes:
    """The beginning of a long frame that promises ``length`` bytes."""
    return bytes([flags | LONG]) + struct.pack(">Q", length)


def command(name: bytes, data: bytes = b"") -> bytes:
    return frame(bytes([len(name)]) + name + data, COMMAND)


def metadata(name: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + struct.pack(">I", len(value)) + value


def ready(socket_type: bytes, identity: bytes | None = None) -> bytes:
    data = metadata(b"Socket-Type", socket_type)
    if identity is not None:
        data += metadata(b"Identity", identity)
    return command(b"READY", data)


def handshake(socket_type: bytes) -> bytes:
    """Everything a client says before its first message."""
    return GREETING + ready(socket_type)


class RawPeer:
    """A TCP connection to a socket under test."""

    def __init__(self, endpoint: str, timeout_s: float = 10, receive_buffer: int | None = None) -> None:
        host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout_s)
        try:
            self.socket.connect((host, int(port)))
        except OSError:
            self.socket.close()
            raise

    def __enter__(self) -> RawPeer:
        return self

    def __exit__(self, *args: Any) -> None:
        self.socket.close()

    @classmethod
    def crowd(cls, endpoint: str, count: int) -> list[RawPeer]:
        """So many connections, without those that a server without descriptors turns away at once."""
        peers = []
        for _ in range(count):
            try:
                peers.append(cls(endpoint))
            except ConnectionResetError:
                pass
        return peers

    def try_send(self, data: bytes) -> None:
        """Send; the other end may have had enough of us already."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def shake_hands(self, socket_type: bytes, identity: bytes | None = None) -> None:
        """Greeting and READY both ways; afterwards messages may be sent."""
        self.socket.sendall(GREETING)
        self.receive(64)
        self.socket.sendall(ready(socket_type, identity))
        flags, length = self.receive(2)
        assert flags & COMMAND
        assert self.receive(length).startswith(b"\x05READY")

    def receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            chunk = self.socket.recv(size - len(data))
            assert chunk, f"the connection ended after {data!r}"
            data += chunk
        return data

    def is_closed_by_the_other_end(self) -> bool:
        """Wait for the end of the connection, skipping what arrives before."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            return False
        return True

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
