"""What is sent: unchecked payloads for the windows, numbered and checksummed ones for the verified pass."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator

from benchmarks.errors import WrongContent

# Ends a stream. No payload equals it: payloads of that length begin with a sequence number or a filler byte.
END = b"\x00\xffend of stream\xff"

_HEADER = struct.Struct(">II")
_FILLER = random.Random(20240501).randbytes(1 << 12)
_VERIFIED_BYTES = 8_000_000  # 1-MB messages need not be checked two hundred times


def plain(size: int) -> bytes:
    """Return a payload for a throughput window; its content is arbitrary but fixed."""
    return _repeat_filler(1, size)


def numbered(sequence: int, size: int) -> bytes:
    """Return the one right message `sequence`: its number, CRC-32 of the rest, filler by number."""
    body = _repeat_filler(sequence, max(0, size - _HEADER.size))
    return (_HEADER.pack(sequence, zlib.crc32(body)) + body)[:size]


def check(message: bytes, sequence: int, size: int) -> None:
    """Raise WrongContent unless `message` is ``numbered(sequence, size)``."""
    if message != numbered(sequence, size):
        raise WrongContent(_difference(bytes(message), sequence, size))


def verified_count(wanted: int, size: int) -> int:
    """Return how many messages of `size` bytes the verified pass sends; both sides compute it alike."""
    return max(5, min(wanted, _VERIFIED_BYTES // max(1, size)))


def mixed_sizes(count: int, largest: int) -> list[int]:
    """Return the same `count` sizes from 0 to `largest` in every process."""
    source = random.Random(300)
    return [source.randint(0, largest) for _ in range(count)]


def fresh(size: int) -> Iterator[bytes]:
    """Yield new objects without end, each made by one copy of `size` bytes."""
    template = bytearray(plain(size))
    while True:
        yield bytes(template)


def _repeat_filler(sequence: int, size: int) -> bytes:
    start = sequence * 7 % 1009
    return (_FILLER[start:] + _FILLER * (size // len(_FILLER) + 1))[:size]


def _difference(message: bytes, sequence: int, size: int) -> str:
    due = f"message {sequence} of {size} bytes was due"
    if message == END:
        return f"{due}, the stream ended instead"
    if len(message) != size:
        return f"{due}, got {len(message)} bytes: {message[:24]!r}"
    if size < _HEADER.size:
        return f"{due}, got {message!r}"
    got, crc = _HEADER.unpack_from(message)
    if zlib.crc32(message[_HEADER.size :]) != crc:
        return f"{due}, got bytes that do not match their checksum: {message[:24]!r}"
    return f"{due}, got message {got}: lost, repeated or out of order"
