"""CURVE after the handshake: every frame is a MESSAGE command that holds an encrypted frame.

    07 MESSAGE nonce(8) box[flags(1) data]      in an ordinary message frame: never MORE, never COMMAND

The nonce must grow from frame to frame, so nothing can be repeated or change its place. Boxes are made and opened by
the batch (sealing.py).
"""

from __future__ import annotations

from collections import deque
from itertools import chain, repeat, starmap
from typing import Any

from ..base.message import PipeItem, size_of
from .decoder import Decoder
from .encoder import BATCH_MESSAGES, COALESCED_LENGTH, Buffer, Encoder
from .failure import CRYPTOGRAPHIC, INVALID_SEQUENCE, MALFORMED_MESSAGE, UNEXPECTED_COMMAND
from .framewise import FramewiseEncoder
from .large_body import LargeBody
from .sealed_traffic import MESSAGE, SealedDecoder
from .sealing import BAD, OVERHEAD, Opener, Sealer


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
            self._encode_batch(outbox, len(outbox), end - self.queued_total)

    def _encode_batch(self, outbox: deque[PipeItem], waiting: int, budget: int) -> None:
        """Encode as many messages as the budget is good for, judging by the size of two of them."""
        guess = max(size_of(outbox[0]), size_of(outbox[-1])) + OVERHEAD
        n = min(waiting, budget // guess + 1, BATCH_MESSAGES)
        batch: list[Any] = [*starmap(outbox.popleft, repeat((), n))]
        queued = len(self._buffers)
        try:
            if n < 2 or not self._encode_small(batch):
                rest: deque[PipeItem] = deque(batch)
                super().encode(rest, budget)
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
        self.messages_out += len(batch)
        self.bytes_out += sum(lengths)
        self._append(data, len(batch))
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

    def _open_all(self, frames: list[bytes], start: int, found: list[Any]) -> int:
        """Open frames and append what is in them, up to and including the first with flags, which are returned."""
        flags = self._opener.open_all(frames, start, len(frames), found)
        if flags == BAD:
            frame = frames[start + len(found)]
            if self._looks_good(frame[:16], len(frame)):
                self._end("a MESSAGE that cannot be decrypted", CRYPTOGRAPHIC)
        return flags

    def _open_body(self, body: LargeBody) -> tuple[int, bytes] | None:
        frame = body.memory()
        if not self._looks_good(bytes(frame[:16]), len(frame)):
            return None
        opened = self._opener.open_in_place(frame)
        if opened is None:
            self._end("a MESSAGE that cannot be decrypted", CRYPTOGRAPHIC)
        return opened

    def _looks_good(self, head: bytes, length: int) -> bool:
        """False, with the failure set, for anything but the peer's next MESSAGE."""
        if head[:8] != MESSAGE:
            self._end("a frame that is not encrypted", UNEXPECTED_COMMAND)
        elif length < OVERHEAD:
            self._end("a MESSAGE that is too short", MALFORMED_MESSAGE)
        elif not self._opener.is_next(head):
            self._end("a MESSAGE again, or out of order", INVALID_SEQUENCE)
        else:
            return True
        return False
