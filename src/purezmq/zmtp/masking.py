"""WebSocket's mask (RFC 6455, 5.3): payloads that clients send are XORed with four bytes that nobody could foresee."""

from __future__ import annotations

import os

# Below, arithmetic with long integers is faster than four passes of translate.
_SMALL = 700

_TABLES = tuple(bytes(value ^ key for value in range(256)) for key in range(256))

_POOL = 4096  # random bytes fetched at once: a system call per frame would cost as much as the frame


def mask(data: bytes | bytearray | memoryview, key: bytes) -> bytes:
    """The data XORed with the key, over and over; doing it twice gives the data back."""
    size = len(data)
    if size > _SMALL:
        return bytes(mask_in_place(bytearray(data), key))
    pattern = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(pattern, "little")).to_bytes(size, "little")


def mask_in_place(data: bytearray, key: bytes) -> bytearray:
    """The same, without a copy; returns the data."""
    # Byte by byte of the key: slices and translate run in C, 2 ns per byte altogether.
    for place in range(4):
        data[place::4] = data[place::4].translate(_TABLES[key[place]])
    return data


def rotated(key: bytes, by: int) -> bytes:
    """The key as it applies ``by`` bytes further on."""
    by %= 4
    return key[by:] + key[:by]


class Keys:
    """Fresh masking keys."""

    __slots__ = ("_pool", "_pos")

    def __init__(self) -> None:
        self._pool = b""
        self._pos = 0

    def next(self) -> bytes:
        """Four random bytes."""
        pos = self._pos
        if pos == len(self._pool):
            self._pool = os.urandom(_POOL)
            pos = 0
        self._pos = pos + 4
        return self._pool[pos : pos + 4]
