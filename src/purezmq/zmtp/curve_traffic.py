"""CURVE after the handshake: every frame is a MESSAGE command that holds an encrypted frame.

    07 MESSAGE nonce(8) box[flags(1) data]      in an ordinary message frame: never MORE, never COMMAND

The nonce must grow from frame to frame, so nothing can be repeated or change its place. Boxes are made and opened by
the batch (sealing.py).
"""

from __future__ import annotations

from collections import deque
from itertools import chain
from typing import Any

from ..base.message import PipeItem, size_of
from .decoder import Decoder
from .encoder import BATCH_MESSAGES, Buffer, Encoder
from .failure import CRYPTOGRAPHIC, INVALID_SEQUENCE, MALFORMED_MESSAGE, UNEXPECTED_COMMAND
from .frames import COALESCED_LENGTH, take
from .framewise import FramewiseEncoder
from .sealed_traffic import MESSAGE, SealedDecoder
from .sealing import OVERHEAD, Opener, Sealer

# A frame of this size is written before the next one is sealed, while it is in the processor's cache.
_WRITTEN_ALONE = 32 << 10


class CurveEncoder(FramewiseEncoder):
    """Puts messages into boxes."""

    __slots__ = ("_sealer",)

    def __init__(self, plain: Encoder, sealer: Sealer) -> None:
        super().__init__()
        self.take_over(plain)
        self._sealer = sealer

    def encode(self, outbox: deque[PipeItem], budget: int) -> None:
        """Move messages from the outbox into the queue until about ``budget`` bytes were added."""
        end = self.queued_total + budget
        while outbox and self.queued_total < end:
            first = outbox[0]
            self._encode_batch(outbox, len(outbox), end - self.queued_total)
            if type(first) is bytes and len(first) > _WRITTEN_ALONE:
                break

    def _encode_batch(self, outbox: deque[PipeItem], waiting: int, budget: int) -> None:
        """Encode as many messages as the budget is good for, judging by the size of two of them."""
        first = outbox[0]
        if type(first) is bytes and len(first) > COALESCED_LENGTH:
            n = 1  # sealed by itself
        else:
            guess = max(size_of(first), size_of(outbox[-1])) + OVERHEAD
            n = min(waiting, budget // guess + 1, BATCH_MESSAGES)
        queued = len(self._buffers)
        batch: list[Any] = take(outbox, n)
        try:
            if n < 2 or not self._encode_small(batch):
                rest: deque[PipeItem] = deque(batch)
                FramewiseEncoder.encode(self, rest, budget)
                outbox.extendleft(reversed(rest))
        except BaseException:
            # A signal handler raised. The messages are for the next connection, unless some are in the queue already.
            if len(self._buffers) == queued:
                outbox.extendleft(reversed(batch))
            raise

    def _encode_small(self, batch: list[Any]) -> bool:
        """Encode a batch into one buffer if it is all plain messages of small parts."""
        kinds = set(map(type, batch))
        if kinds == {bytes}:
            parts, flags = batch, bytes(len(batch))
        elif kinds == {tuple}:
            parts = [*chain.from_iterable(batch)]
            flags = b"".join([b"\1" * (len(message) - 1) + b"\0" for message in batch])
        else:
            return False
        lengths = [*map(len, parts)]
        if max(lengths) > COALESCED_LENGTH:
            return False
        headers = [*map(self._last_headers.__getitem__, map(OVERHEAD.__add__, lengths))]
        data = self._sealer.seal_all(headers, flags, parts)
        self._append(data, len(batch), len(batch), sum(lengths))
        return True

    def _frame(self, flags: bytes, data: Buffer) -> Buffer:
        return self._sealer.seal(self._last_headers[OVERHEAD + len(data)], flags[0], data)


class WrappedCurveEncoder(FramewiseEncoder):
    """The same where a frame has to go through something else, too: the handshake's encoder makes it."""

    __slots__ = ("_around", "_sealer")

    def __init__(self, plain: Encoder, sealer: Sealer) -> None:
        super().__init__()
        self.take_over(plain)
        self._sealer = sealer
        self._around = plain.last_frame

    def _frame(self, flags: bytes, data: Buffer) -> Buffer:
        return self._around(bytes(self._sealer.seal(b"", flags[0], data)))


class CurveDecoder(SealedDecoder):
    """Takes messages out of their boxes."""

    __slots__ = ("_opener",)

    counter = "curve_traffic"

    def __init__(self, plain: Decoder, opener: Opener) -> None:
        super().__init__(plain)
        self._opener = opener

    def _open_all(self, frames: list[bytes], found: list[Any]) -> bytes:
        flags = self._opener.open_all(frames, found)
        if not flags:
            self._end(*self._what_is_wrong(frames[0]))
        return flags

    def _what_is_wrong(self, frame: bytes) -> tuple[str, int]:
        """Why this is not the peer's next message."""
        if frame[:8] != MESSAGE:
            return "a frame that is not encrypted", UNEXPECTED_COMMAND
        if len(frame) < OVERHEAD:
            return "a MESSAGE that is too short", MALFORMED_MESSAGE
        if not self._opener.is_next(frame[8:16]):
            return "a MESSAGE again, or out of order", INVALID_SEQUENCE
        return "a MESSAGE that cannot be decrypted", CRYPTOGRAPHIC
