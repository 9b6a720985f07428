"""Encoding frame by frame, where each one has to go through something: encryption, or WebSocket's mask.

The flags are those of CURVE and of ZWS: MORE (01) and COMMAND (02).
"""

from __future__ import annotations

from collections import deque

from ..base.message import GroupChange, Parts, PipeItem, Subscription, TrackedMessage
from .command import encode_change
from .encoder import Buffer, Encoder
from .frames import COALESCED_LENGTH

LAST, MORE, COMMAND = b"\x00", b"\x01", b"\x02"

# Small frames are gathered into buffers of about this size.
_GATHERED = 64 << 10


class FramewiseEncoder(Encoder):
    """An encoder that makes every frame by ``_frame``."""

    __slots__ = ()

    def _frame(self, flags: bytes, data: Buffer) -> Buffer:
        """A whole frame."""
        raise NotImplementedError

    def write_command(self, body: bytes) -> None:
        """Queue a command, made like everything else."""
        self._append(self._frame(COMMAND, body), 0)

    def encode(self, outbox: deque[PipeItem], budget: int) -> None:
        """Move messages from the outbox into the queue until about ``budget`` bytes were added."""
        end = self.queued_total + budget
        pieces: list[Buffer] = []
        size = messages = 0
        while outbox and self.queued_total + size < end:
            message = outbox.popleft()
            if type(message) is bytes:
                self.messages_out += 1
                self.bytes_out += len(message)
                data = self._frame(LAST, message)
            else:
                data = self._frames_of(message)
            size += len(data)
            messages += 1
            if len(data) > COALESCED_LENGTH:
                # By itself: joining it with others would copy it once more.
                if pieces:
                    self._append(b"".join(pieces), messages - 1)
                    pieces.clear()
                    messages = 1
                self._append(data, messages)
                size = messages = 0
            else:
                pieces.append(data)
                if size > _GATHERED:
                    self._append(b"".join(pieces), messages)
                    pieces.clear()
                    size = messages = 0
            if type(message) is TrackedMessage:
                self._tracked.append((self.queued_total + size, message.on_sent))
        if pieces:
            self._append(b"".join(pieces), messages)

    def encode_alone(self, outbox: deque[PipeItem]) -> bytes | None:
        """The bytes of the only message of the outbox, not queued. What is not written is made once more."""
        message = outbox[0]
        if type(message) is bytes and len(message) <= COALESCED_LENGTH:
            self._alone_size = len(message)
            return bytes(self._frame(LAST, message))
        if type(message) is tuple and sum(map(len, message)) <= COALESCED_LENGTH:
            self._alone_size = sum(map(len, message))
            return self._join_parts(message)
        return None

    def _frames_of(self, message: PipeItem) -> Buffer:
        if isinstance(message, Subscription):
            if self._subscription_commands or type(message) is GroupChange:
                return self._frame(COMMAND, encode_change(message))
            return self._frame(LAST, message.as_message())
        parts = message if isinstance(message, tuple) else (message,)
        self.messages_out += 1
        self.bytes_out += sum(map(len, parts))
        return self._join_parts(parts)

    def _join_parts(self, parts: Parts) -> bytes:
        return b"".join([*(self._frame(MORE, part) for part in parts[:-1]), self._frame(LAST, parts[-1])])
