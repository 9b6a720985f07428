"""CURVE after the handshake: every frame is a MESSAGE command that holds an encrypted frame.

    07 MESSAGE nonce(8) box[flags(1) data]      in an ordinary message frame: never MORE, never COMMAND

The nonce must grow from frame to frame, so nothing can be repeated or change its place.
"""

from __future__ import annotations

from collections.abc import Callable

from ..base import sodium
from .decoder import Decoder
from .encoder import Buffer, Encoder
from .failure import CRYPTOGRAPHIC, INVALID_SEQUENCE, MALFORMED_MESSAGE, UNEXPECTED_COMMAND
from .framewise import FramewiseEncoder
from .framing import LAST_HEADERS
from .sealed_traffic import MESSAGE, SealedDecoder

Seal = Callable[[bytes, bytes, bytes], bytes]  # (content, nonce, key), either way

_SMALLEST = 33  # name, nonce, authenticator and the flags


class CurveEncoder(FramewiseEncoder):
    """Puts messages into boxes."""

    __slots__ = ("_key", "_nonce", "_prefix", "_seal")

    def __init__(self, plain: Encoder, seal: Seal, key: bytes, prefix: bytes, nonce: int) -> None:
        super().__init__()
        self.take_over(plain)
        self._seal = seal
        self._key = key
        self._prefix = prefix
        self._nonce = nonce  # the last one used

    def _frame(self, flags: bytes, data: Buffer) -> bytes:
        self._nonce = nonce = self._nonce + 1
        short_nonce = nonce.to_bytes(8, "big")
        # join, because data may be a memoryview.
        box = self._seal(b"".join((flags, data)), self._prefix + short_nonce, self._key)
        return b"".join((LAST_HEADERS[16 + len(box)], MESSAGE, short_nonce, box))


class WrappedCurveEncoder(CurveEncoder):
    """The same where frames have another shape than ZMTP's: the handshake's encoder makes them."""

    __slots__ = ("_around",)

    def __init__(self, plain: Encoder, seal: Seal, key: bytes, prefix: bytes, nonce: int) -> None:
        super().__init__(plain, seal, key, prefix, nonce)
        self._around = plain.last_frame

    def _frame(self, flags: bytes, data: Buffer) -> bytes:
        frame = super()._frame(flags, data)
        return self._around(frame[9 if frame[0] else 2 :])  # without its header: short, or LONG


class CurveDecoder(SealedDecoder):
    """Takes messages out of their boxes."""

    __slots__ = ("_crypto_error", "_key", "_last_nonce", "_prefix", "_unseal")

    counter = "curve_traffic"

    def __init__(self, plain: Decoder, unseal: Seal, key: bytes, prefix: bytes, last_nonce: bytes) -> None:
        super().__init__(plain)
        self._unseal = unseal
        self._crypto_error = sodium.crypto_error()
        self._key = key
        self._prefix = prefix
        self._last_nonce = last_nonce  # big endian, so it compares as bytes

    def _open(self, frame: bytes) -> bytes | None:
        """Flags and data; None, with the failure set, for anything but the peer's next message."""
        if frame[:8] != MESSAGE:
            self._end("a frame that is not encrypted", UNEXPECTED_COMMAND)
        elif len(frame) < _SMALLEST:
            self._end("a MESSAGE that is too short", MALFORMED_MESSAGE)
        elif frame[8:16] <= self._last_nonce:
            self._end("a MESSAGE again, or out of order", INVALID_SEQUENCE)
        else:
            self._last_nonce = nonce = frame[8:16]
            try:
                return self._unseal(frame[16:], self._prefix + nonce, self._key)
            except self._crypto_error:
                self._end("a MESSAGE that cannot be decrypted", CRYPTOGRAPHIC)
        return None
