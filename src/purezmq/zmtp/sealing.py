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
_NO_FLAGS = b"\0"
_big_endian = Struct(">Q").pack

ALL, BAD = 0, -1  # what open_all returns, if not flags


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

    def is_next(self, head: bytes) -> bool:
        """True if these 16 bytes are the name and a new nonce."""
        return self._head < head <= _LAST_HEAD

    def open_all(self, frames: list[bytes], start: int, end: int, found: list[bytes]) -> int:
        """Open these frames and append what is in them, up to and including the first that has flags.

        Returns its flags, or ALL if none has any; BAD if the frame after the last one opened is not acceptable.
        """
        ffi, lib = self._sodium
        unseal, prefix, key, last = lib.crypto_box_open_afternm, self._prefix, self._key, self._head
        batch = frames[start:end]
        append = found.append
        memory = ffi.new("unsigned char[]", max(map(len, batch)) + OVERHEAD)
        content = ffi.buffer(memory)
        for frame in batch:
            length = len(frame)
            head = frame[:16]
            # A head between these two begins with the name.
            if (
                length < OVERHEAD
                or not last < head <= _LAST_HEAD
                or unseal(memory, _BOX_PAD + frame[16:], length, prefix + head[8:], key)
            ):
                self._head = last
                return BAD
            last = head
            append(content[OVERHEAD:length])
            flags = content[32]
            if flags != _NO_FLAGS:
                self._head = last
                return int(flags[0])
        self._head = last
        return ALL

    def open_in_place(self, frame: memoryview) -> tuple[int, bytes] | None:
        """Flags and data of a large frame, in whose memory they are decrypted; None if that fails.

        Its size and head have been looked at.
        """
        ffi, lib = self._sodium
        self._head = bytes(frame[:16])
        frame[:16] = _BOX_PAD
        memory = ffi.from_buffer("unsigned char[]", frame)
        if lib.crypto_box_open_afternm(memory, memory, len(frame), self._prefix + self._head[8:], self._key):
            return None
        return frame[32], bytes(frame[OVERHEAD:])
