"""What the ZMTP tests share: feeding bytes in pieces, and two connections joined in memory."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator

from purezmq.base.message import PipeItem
from purezmq.zmtp.connection import Connection, ConnectionConfig

PLENTY = 1 << 40  # more room, or budget, than any test uses
NOW = 1000.0

Pieces = Callable[[bytes], Iterator[bytes]]


def whole(data: bytes) -> Iterator[bytes]:
    yield data


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    for position in range(len(data)):
        yield data[position : position + 1]


def random_pieces(seed: int) -> Pieces:
    """Cuts at random places; a failing test prints the seed, which is part of its name."""
    rng = random.Random(seed)

    def cut(data: bytes) -> Iterator[bytes]:
        position = 0
        while position < len(data):
            # Mostly small pieces, since the interesting borders are in headers, but large ones too.
            size = rng.choice((1, 2, 3, 7, 9, 10, 11, 30, 53, 64, 300, 5000))
            yield data[position : position + size]
            position += size

    return cut


SPLITS = {"whole": whole, "bytes": byte_by_byte, "seed1": random_pieces(1), "seed2": random_pieces(2)}


def make(socket_type: str, now: float = NOW, **options: object) -> Connection:
    return Connection(ConnectionConfig(socket_type, **options), now)  # type: ignore[arg-type]


def take_output(connection: Connection) -> bytes:
    """Everything the connection wants to send, as if it was written."""
    output = b""
    while connection.has_output:
        data = b"".join(connection.buffers_to_send())
        connection.bytes_sent(len(data))
        output += data
    return output


def feed(connection: Connection, data: bytes, pieces: Pieces = whole, now: float = NOW) -> list[PipeItem]:
    """Give bytes to a connection as a driver does; returns the messages that came out."""
    inbox: deque[PipeItem] = deque()
    for piece in pieces(data):
        connection.receive(piece, now)
        connection.decode(inbox, PLENTY, now)
    return list(inbox)


def exchange(a: Connection, b: Connection, now: float = NOW) -> tuple[list[PipeItem], list[PipeItem]]:
    """Carry bytes between two connections until both are quiet; returns what a and b received."""
    got_a: list[PipeItem] = []
    got_b: list[PipeItem] = []
    for _ in range(100):
        to_b, to_a = take_output(a), take_output(b)
        if not to_a and not to_b:
            return got_a, got_b
        got_b += feed(b, to_b, now=now)
        got_a += feed(a, to_a, now=now)
    raise AssertionError("two connections keep talking for ever")


def joined(type_a: str, type_b: str, **options_of_both: object) -> tuple[Connection, Connection]:
    """Two connections after their handshake."""
    a, b = make(type_a, **options_of_both), make(type_b, **options_of_both)
    exchange(a, b)
    assert a.is_ready and b.is_ready
    return a, b


def send(connection: Connection, *messages: PipeItem) -> bytes:
    """The bytes that these messages become."""
    outbox = deque(messages)
    connection.encode(outbox, PLENTY)
    assert not outbox
    return take_output(connection)


GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)


def ready(socket_type: bytes, extra: bytes = b"") -> bytes:
    """A READY command frame as a peer would send it, written out independently of the code under test."""
    body = b"\x05READY\x0bSocket-Type" + len(socket_type).to_bytes(4, "big") + socket_type + extra
    return b"\x04" + bytes((len(body),)) + body


def shaken_hands(socket_type: str, peer_type: bytes, now: float = NOW, **options: object) -> Connection:
    """A connection of ours that has finished its handshake with a hand-written peer; its output is taken."""
    connection = make(socket_type, now, **options)
    feed(connection, GREETING + ready(peer_type), now=now)
    assert connection.is_ready, connection.failure
    take_output(connection)
    return connection
