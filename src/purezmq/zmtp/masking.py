"""WebSocket's mask (RFC 6455, 5.3): payloads that clients send are XORed with four bytes that nobody could foresee."""

from __future__ import annotations

import os
from collections.abc import Callable

Data = bytes | bytearray | memoryview

# Below, arithmetic with long integers is faster than four passes of translate.
_SMALL = 700

_TABLES = tuple(bytes(value ^ key for value in range(256)) for key in range(256))

_POOL = 4096  # random bytes fetched at once: a system call per frame would cost as much as the frame


def mask_slowly(data: Data, key: bytes) -> bytes:
    """The data XORed with the key, over and over; doing it twice gives the data back."""
    size = len(data)
    if size > _SMALL:
        # Slices and translate run in C: 2 ns per byte altogether.
        masked = bytearray(data)
        for place in range(4):
            masked[place::4] = masked[place::4].translate(_TABLES[key[place]])
        return bytes(masked)
    pattern = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(pattern, "little")).to_bytes(size, "little")


def _fastest() -> Callable[[Data, bytes], bytes]:
    """The masking of the package websockets, in C, where that is installed: thirty times as fast."""
    try:
        from websockets.speedups import apply_mask
    except ImportError:
        return mask_slowly
    try:
        # It is no documented interface, so believe it only what can be seen.
        is_right = apply_mask(memoryview(b"abcde"), b"\1\2\3\4") == mask_slowly(b"abcde", b"\1\2\3\4")
    except Exception:
        return mask_slowly
    return apply_mask if is_right else mask_slowly


mask = _fastest()


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
