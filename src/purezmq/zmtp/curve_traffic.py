"""CURVE after the handshake: every frame is a MESSAGE command that holds an encrypted frame.

    07 MESSAGE nonce(8) box[flags(1) data]      in an ordinary message frame: never MORE, never COMMAND

The flags inside are MORE (01) and COMMAND (02). The nonce must grow from frame to frame, so nothing can be repeated or
change its place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..base import sodium
from ..base.message import PipeItem
from .decoder import MAX_COMMAND, MAX_PARTS, Decoder
from .encoder import Buffer, Encoder
from .failure import (
    CRYPTOGRAPHIC,
    FAILED_PROTOCOL,
    INVALID_SEQUENCE,
    MALFORMED_MESSAGE,
    UNEXPECTED_COMMAND,
    Failure,
)
from .framewise import FramewiseEncoder
from .framing import LAST_HEADERS

Seal = Callable[[bytes, bytes, bytes], bytes]  # (content, nonce, key), either way

_NAME = b"\x07MESSAGE"
_SMALLEST = 33  # name, nonce, authenticator and the flags


class CurveEncoder(FramewiseEncoder):
    """Encrypts what it encodes. It goes on where the encoder of the handshake stopped."""

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
        return b"".join((LAST_HEADERS[16 + len(box)], _NAME, short_nonce, box))


class WrappedCurveEncoder(CurveEncoder):
    """The same where frames have another shape than ZMTP's: the handshake's encoder makes them."""

    __slots__ = ("_around",)

    def __init__(self, plain: Encoder, seal: Seal, key: bytes, prefix: bytes, nonce: int) -> None:
        super().__init__(plain, seal, key, prefix, nonce)
        self._around = plain.last_frame

    def _frame(self, flags: bytes, data: Buffer) -> bytes:
        frame = super()._frame(flags, data)
        return self._around(frame[9 if frame[0] else 2 :])  # without its header: short, or LONG


class CurveDecoder(Decoder):
    """Decrypts what the frames hold. It goes on where the decoder of the handshake stopped.

    MAXMSGSIZE counts the encrypted frame, as in libzmq.
    """

    __slots__ = ("_content", "_crypto_error", "_frames", "_key", "_last_nonce", "_prefix", "_unseal")

    def __init__(self, plain: Decoder, unseal: Seal, key: bytes, prefix: bytes, last_nonce: bytes) -> None:
        super().__init__()
        self.take_over(plain)
        self._unseal = unseal
        self._crypto_error = sodium.crypto_error()
        self._key = key
        self._prefix = prefix
        self._last_nonce = last_nonce  # big endian, so it compares as bytes
        self._frames: deque[PipeItem] = deque()  # cut, not decrypted yet
        self._content: list[bytes] = []  # parts of the incomplete message

    def take_alone(self, data: bytes) -> PipeItem | None:
        """There is no short way."""
        return None

    def decode(self, inbox: deque[PipeItem], room: int) -> int:
        """Append at most ``room`` complete messages to the inbox; returns how many."""
        count = self._decrypt(inbox, room)
        while self.command is None and self.failure is None and not self._frames:
            messages, size = self.messages_in, self.bytes_in
            cut = super().decode(self._frames, room - count)
            self.messages_in, self.bytes_in = messages, size
            # What is authentic is taken whether the frame around it claims to be a command or not, and what is not
            # must not get past us. (libzmq decrypts such a frame and drops it.)
            outer = self._take_command()
            if outer is not None:
                self._frames.append(outer)
            elif not cut:
                break
            count += self._decrypt(inbox, room - count)
        if self._frames:
            self.has_undecoded = True
        return count

    def _take_command(self) -> bytes | None:
        command, self.command = self.command, None
        return command

    def _decrypt(self, inbox: deque[PipeItem], room: int) -> int:
        """Open frames until there is no room, a command to look at, or a reason to end."""
        frames = self._frames
        content = self._content
        count = 0
        while frames and count < room and self.command is None:
            frame = frames.popleft()
            if type(frame) is not bytes:
                assert isinstance(frame, tuple)
                # Frames with MORE outside: what counts is inside.
                frames.extendleft(bytes(part) for part in frame[::-1])
                continue
            opened = self._open(frame)
            if opened is None:
                frames.clear()
                break
            flags = opened[0]
            data = opened[1:]
            if flags & 2:
                if len(data) > MAX_COMMAND:
                    self._end(f"a command of {len(data)} bytes", MALFORMED_MESSAGE)
                    break
                self.command = data
                continue
            self.bytes_in += len(data)
            if flags & 1:
                content.append(data)
                if len(content) > MAX_PARTS:
                    self._end(f"a message of more than {MAX_PARTS} parts", MALFORMED_MESSAGE)
                    break
                continue
            if content:
                content.append(data)
                inbox.append(tuple(content))
                content.clear()
            else:
                inbox.append(data)
            count += 1
        self.messages_in += count
        return count

    def _open(self, frame: bytes) -> bytes | None:
        """Flags and data; None, with the failure set, for anything but the peer's next message."""
        if frame[:8] != _NAME:
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

    def _end(self, what: str, value: int) -> None:
        self.failure = Failure(f"the peer sent {what}", "curve_traffic", event=FAILED_PROTOCOL, value=value)
