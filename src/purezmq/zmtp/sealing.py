"""The boxes of CURVE's traffic: many frames in one call.

    MESSAGE(8) nonce(8) box[flags(1) data]      the box: authenticator(16), then as many bytes as went in

The functions of libsodium take their arguments in memory of the same length on both sides: 32 zeros stand before what
is to be encrypted, 16 before a box. They are called through PyNaCl's own binding, because the checked functions around
it copy a message four times. ``sealing.pyx`` is the same in C, for where there is a compiler.

Nothing here survives a call but keys and nonces: memory that plain text was in goes back at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

from ..base import sodium

Buffer = bytes | bytearray | memoryview

NAME = b"\x07MESSAGE"
OVERHEAD = 33  # name, nonce, authenticator and the flags

_KEY_SIZE, _PREFIX_SIZE, _NONCE_SIZE = 32, 16, 8
_LAST_HEAD = NAME + b"\xff" * 8
_ZEROS = bytes(32)
_PADS = tuple(_ZEROS + bytes((flags,)) for flags in range(4))
_BOX_PAD = bytes(16)
_LARGE = 16384  # from here on, copies are what counts
_big_endian = Struct(">Q").pack


class Sealer:
    """Makes frames. Every frame has the nonce after the one before it; none is used twice, whatever happens."""

    __slots__ = ("_key", "_nonce", "_prefix", "_sodium")

    def __init__(self, key: bytes, prefix: bytes, nonce: int) -> None:
        if len(key) != _KEY_SIZE or len(prefix) != _PREFIX_SIZE:
            raise ValueError("a key or prefix of the wrong length")
        self._key = key
        self._prefix = prefix
        self._nonce = nonce  # the last one used
        self._sodium = sodium.raw()

    def seal(self, header: bytes, flags: int, data: Buffer) -> Buffer:
        """One frame, its header before it."""
        ffi, lib = self._sodium
        self._nonce = nonce = self._nonce + 1
        short_nonce = nonce.to_bytes(8, "big")
        frame = bytearray().join((header, _PADS[flags], data))
        body = len(header)
        memory = ffi.from_buffer("unsigned char[]", frame)
        # In place: the zeros are where name, nonce and authenticator go.
        place = memory + body
        lib.crypto_box_afternm(place, place, len(frame) - body, self._prefix + short_nonce, self._key)
        frame[body : body + 16] = NAME + short_nonce
        return frame

    def seal_all(self, headers: Sequence[bytes], flags: bytes, parts: Sequence[Buffer]) -> bytes:
        """Many frames in one buffer, each with its header before it. Meant for small ones."""
        ffi, lib = self._sodium
        seal, prefix, key = lib.crypto_box_afternm, self._prefix, self._key
        first = self._nonce + 1
        self._nonce += len(parts)
        box = ffi.new("unsigned char[]", max(map(len, parts)) + OVERHEAD)
        content = ffi.buffer(box)
        pads = map(_PADS.__getitem__, flags)
        nonces = map(_big_endian, range(first, first + len(parts)))
        pieces: list[bytes] = []
        for header, pad, part, short_nonce in zip(headers, pads, parts, nonces, strict=True):
            length = len(part) + OVERHEAD
            seal(box, pad + part, length, prefix + short_nonce, key)
            pieces += (header, NAME, short_nonce, content[16:length])
        return b"".join(pieces)


class Opener:
    """Opens frames. Their nonces have to grow, so nothing can be repeated or change its place."""

    __slots__ = ("_head", "_key", "_prefix", "_sodium")

    def __init__(self, key: bytes, prefix: bytes, last_nonce: bytes) -> None:
        if len(key) != _KEY_SIZE or len(prefix) != _PREFIX_SIZE or len(last_nonce) != _NONCE_SIZE:
            raise ValueError("a key, prefix or nonce of the wrong length")
        self._key = key
        self._prefix = prefix
        self._head = NAME + last_nonce  # of the last frame. The nonce is big endian, so it compares as bytes
        self._sodium = sodium.raw()

    def is_next(self, nonce: bytes) -> bool:
        """True if a frame with this nonce may come now."""
        return self._head < NAME + nonce

    def open_all(self, frames: list[bytes], found: list[bytes]) -> bytes:
        """Open these frames, up to the first that is not acceptable, and append what is in them.

        Returns their flags, so it also says how many were opened.
        """
        ffi, lib = self._sodium
        unseal, prefix, key, last = lib.crypto_box_open_afternm, self._prefix, self._key, self._head
        memory = ffi.new("unsigned char[]", min(max(map(len, frames)), _LARGE) + OVERHEAD)
        content = ffi.buffer(memory)
        append = found.append
        flags: list[bytes] = []
        for frame in frames:
            length = len(frame)
            head = frame[:16]
            # A head between these two begins with the name.
            if length < OVERHEAD or not last < head <= _LAST_HEAD:
                break
            if length <= _LARGE:
                if unseal(memory, _BOX_PAD + frame[16:], length, prefix + head[8:], key):
                    break
                append(content[OVERHEAD:length])
                flags.append(content[32])
            else:
                copy = bytearray(frame)
                copy[:16] = _BOX_PAD
                place = ffi.from_buffer("unsigned char[]", copy)
                if unseal(place, place, length, prefix + head[8:], key):
                    break
                append(bytes(memoryview(copy)[OVERHEAD:]))
                flags.append(bytes(copy[32:OVERHEAD]))
            last = head
        self._head = last
        return b"".join(flags)
