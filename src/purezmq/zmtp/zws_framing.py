"""The frames of ZWS 2.0 (RFC 45): every ZMTP frame is one WebSocket message, its first byte the flags.

    82 length  flags(1) body          from a server
    82 length  mask(4)  flags(1) body, masked     from a client

The flags are MORE (01) and COMMAND (02). PING, PONG and CLOSE are WebSocket's own.
"""

from __future__ import annotations

from collections import deque
from struct import Struct, pack

from ..base.message import PipeItem
from .encoder import Buffer, Encoder
from .frames import COALESCED_LENGTH
from .framewise import LAST, FramewiseEncoder
from .framing import HeaderTable
from .masking import Keys, mask

BINARY, CLOSE, PING, PONG = 0x82, 0x88, 0x89, 0x8A
MASKED = 0x80  # in the length byte

_pack_medium = Struct(">BBH").pack
_pack_large = Struct(">BBQ").pack

# Masked in one go: enough to spread the cost per batch.
_BATCH_MESSAGES = 256


def payload_header(opcode: int, length: int, masked: int = 0) -> bytes:
    """The header of a whole WebSocket message with a payload of this length, without the mask."""
    if length < 126:
        return bytes((opcode, masked | length))
    if length < 1 << 16:
        return _pack_medium(opcode, masked | 126, length)
    return _pack_large(opcode, masked | 127, length)


class ZwsHeaderTable(HeaderTable):
    """Body length -> WebSocket header and flags, for servers, which do not mask."""

    def make(self, length: int) -> bytes:
        """The header of a frame with this body length."""
        return payload_header(BINARY, length + 1) + pack("B", self.flags)


LAST_HEADERS = ZwsHeaderTable(0)
MORE_HEADERS = ZwsHeaderTable(1)
COMMAND_HEADERS = ZwsHeaderTable(2)


class ZwsEncoder(Encoder):
    """The encoder of a server: ordinary batches with other headers."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()
        self._last_headers = LAST_HEADERS
        self._more_headers = MORE_HEADERS
        self._subscription_commands = False

    def control_frame(self, opcode: int, payload: bytes) -> bytes:
        """PING, PONG or CLOSE."""
        return payload_header(opcode, len(payload)) + payload

    def _command_frame(self, body: bytes) -> bytes:
        return COMMAND_HEADERS[len(body)] + body


class MaskingEncoder(FramewiseEncoder):
    """The encoder of a client."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        super().__init__()
        self._subscription_commands = False
        self._keys = Keys()

    def last_frame(self, body: bytes) -> bytes:
        """A whole frame around this body."""
        return self._frame(LAST, body)

    def control_frame(self, opcode: int, payload: bytes) -> bytes:
        """PING, PONG or CLOSE."""
        key = self._keys.next()
        return payload_header(opcode, len(payload), MASKED) + key + mask(payload, key)

    def encode(self, outbox: deque[PipeItem], budget: int) -> None:
        """Move messages from the outbox into the queue until about ``budget`` bytes were added."""
        end = self.queued_total + budget
        while len(outbox) > 1 and self.queued_total < end and self._encode_same(outbox, budget):
            pass
        if outbox and self.queued_total < end:
            super().encode(outbox, end - self.queued_total)

    def _encode_same(self, outbox: deque[PipeItem], budget: int) -> bool:
        """Encode the one-part messages of the same small length that come next, if there are several.

        They are masked together, so the key of a frame is the one before it, turned by as much as the frame is long.
        What counts is kept: nobody who chose what is in them could foresee the key, for they were all queued before
        it was drawn.
        """
        first, second = outbox[0], outbox[1]
        if type(first) is not bytes or type(second) is not bytes:
            return False
        length = len(first)
        if length != len(second) or length > COALESCED_LENGTH:
            return False
        most = min(len(outbox), _BATCH_MESSAGES, budget // (length + 8) + 1)
        batch: list[bytes] = []
        while len(batch) < most:
            message = outbox[0]
            if type(message) is not bytes or len(message) != length:
                break
            batch.append(message)
            outbox.popleft()
        count = len(batch)
        header = payload_header(BINARY, length + 1, MASKED)
        # The places of the keys hold zeros: XORed with the pattern they become just the part of it that applies.
        blank = header + b"\0\0\0\0" + LAST
        data = bytearray(mask(blank.join((b"", *batch)), self._keys.next()))
        stride = len(blank) + length
        for place, byte in enumerate(header):
            data[place::stride] = bytes((byte,)) * count
        self._append(memoryview(data), count)
        self.messages_out += count
        self.bytes_out += count * length
        return True

    def _frame(self, flags: bytes, data: Buffer) -> bytes:
        key = self._keys.next()
        payload = mask(b"".join((flags, data)), key)
        return b"".join((payload_header(BINARY, len(payload), MASKED), key, payload))
