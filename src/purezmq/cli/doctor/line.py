"""A stream to the peer with deadlines: the doctor's only way to read and write."""

from __future__ import annotations

import socket
from time import monotonic

PIECE = 4096
# A peer that sends more than this before the doctor is done is not answering us, and shall not fill our memory.
MOST = 1 << 20


class PeerClosed(Exception):
    """The peer ended the connection."""


class PeerSilent(Exception):
    """Nothing came before the deadline."""


class Line:
    """The connection to the peer and what has been read from it."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self.buffer = bytearray()  # read, and not yet taken
        self.was_reset = False

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of it. Raises PeerClosed or PeerSilent."""
        self._limit(deadline)
        try:
            self._stream.sendall(data)
        except TimeoutError:
            raise PeerSilent from None
        except OSError:
            # What the peer said before it closed may still be waiting: an HTTP or TLS server explains itself.
            self._drain()
            raise PeerClosed from None

    def need(self, size: int, deadline: float) -> None:
        """Read until the buffer has that many bytes. Raises PeerClosed or PeerSilent; what came stays in the buffer."""
        while len(self.buffer) < size:
            self._limit(deadline)
            try:
                data = self._stream.recv(PIECE)
            except TimeoutError:
                raise PeerSilent from None
            except OSError:
                self.was_reset = True
                raise PeerClosed from None
            if not data:
                raise PeerClosed
            self.buffer += data
            if len(self.buffer) > MOST:
                raise PeerClosed

    def take(self, size: int) -> bytes:
        """Remove bytes from the front of the buffer."""
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def _limit(self, deadline: float) -> None:
        left = deadline - monotonic()
        if left <= 0:
            raise PeerSilent
        self._stream.settimeout(left)

    def _drain(self) -> None:
        self._stream.settimeout(0)
        try:
            self.buffer += self._stream.recv(PIECE)
        except OSError:
            pass

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
