"""What the mechanisms that encrypt have in common: after the handshake every frame is a MESSAGE with a frame inside.

The frame around it is an ordinary one: never MORE, never COMMAND. What it is says a byte of flags inside: MORE (01) and
COMMAND (02). How a frame is sealed and opened is the mechanism's: curve_traffic.py, gssapi_traffic.py. The encoders'
common part is framewise.py.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from ..base.message import PipeItem
from .decoder import MAX_COMMAND, MAX_PARTS, Decoder
from .failure import FAILED_PROTOCOL, MALFORMED_MESSAGE, Failure
from .frames import take

MESSAGE = b"\x07MESSAGE"

# Frames opened at once: at first, and then twice as many every time.
_FIRST_FRAMES = 8


class SealedDecoder(Decoder):
    """Decrypts what the frames hold. It goes on where the decoder of the handshake stopped.

    MAXMSGSIZE counts the encrypted frame, as in libzmq.
    """

    __slots__ = ("_content", "_frames", "_opened")

    counter = ""  # of the failures
    most_frames = 512  # opened at once

    def __init__(self, plain: Decoder) -> None:
        super().__init__()
        self.take_over(plain)
        self._frames: deque[PipeItem] = deque()  # cut, not decrypted yet
        self._opened: deque[tuple[int, bytes]] = deque()  # flags and data, behind a command
        self._content: list[bytes] = []  # parts of the incomplete message

    def take_alone(self, data: bytes) -> PipeItem | None:
        """There is no short way."""
        return None

    def decode(self, inbox: deque[PipeItem], room: int) -> int:
        """Append at most ``room`` complete messages to the inbox; returns how many."""
        count = self._open_frames(inbox, room)
        while self.command is None and self.failure is None and not (self._frames or self._opened):
            messages, size = self.messages_in, self.bytes_in
            cut = Decoder.decode(self, self._frames, room - count)
            self.messages_in, self.bytes_in = messages, size
            # What is authentic is taken whether the frame around it claims to be a command or not, and what is not
            # must not get past us. (libzmq decrypts such a frame and drops it.)
            outer = self._take_command()
            if outer is not None:
                self._frames.append(outer)
            elif not cut:
                break
            count += self._open_frames(inbox, room - count)
        if self._frames or self._opened:
            self.has_undecoded = True
        self.messages_in += count
        return count

    def _take_command(self) -> bytes | None:
        command, self.command = self.command, None
        return command

    def _open_frames(self, inbox: deque[PipeItem], room: int) -> int:
        """Open frames until there is no room, a command to look at, or a reason to end."""
        frames, opened = self._frames, self._opened
        window = min(_FIRST_FRAMES, self.most_frames)
        count = 0
        while count < room and self.command is None and self.failure is None:
            if opened:
                first, data = opened.popleft()
                count += self._deliver(first, data, inbox)
            elif frames:
                batch = self._next_frames(min(room - count, window))
                window = min(2 * window, self.most_frames)
                found: list[Any] = []
                flags = self._open_all(batch, found)
                if len(found) < len(batch):
                    frames.extendleft(reversed(batch[len(found) :]))
                if self._content or flags.strip(b"\0"):
                    opened.extend(zip(flags, found, strict=True))
                else:
                    inbox.extend(found)
                    count += len(found)
                    self.bytes_in += sum(map(len, found))
            else:
                break
        return count

    def _next_frames(self, n: int) -> list[Any]:
        """At most so many of the frames that were cut, at least one."""
        frames = self._frames
        first = frames[0]
        if isinstance(first, tuple):
            # Frames with MORE outside: what counts is inside.
            del frames[0]
            frames.extendleft([bytes(part) for part in first[::-1]])
        batch = take(frames, min(n, len(frames)))
        kinds = [*map(type, batch)]
        if tuple in kinds:
            end = kinds.index(tuple)
            frames.extendleft(reversed(batch[end:]))
            del batch[end:]
        return batch

    def _deliver(self, flags: int, data: bytes, inbox: deque[PipeItem]) -> int:
        """Put a part or command where it belongs. Returns 1 if that makes a message, else 0."""
        if flags > 1:
            command = self._command_of(flags, data)
            if command is not None:
                if len(data) > MAX_COMMAND:
                    self._end(f"a command of {len(data)} bytes", MALFORMED_MESSAGE)
                else:
                    self.command = command
                return 0
        self.bytes_in += len(data)
        content = self._content
        if flags & 1:
            content.append(data)
            if len(content) > MAX_PARTS:
                self._end(f"a message of more than {MAX_PARTS} parts", MALFORMED_MESSAGE)
            return 0
        if content:
            content.append(data)
            inbox.append(tuple(content))
            content.clear()
        else:
            inbox.append(data)
        return 1

    def _open_all(self, frames: list[bytes], found: list[Any]) -> bytes:
        """Open frames up to the first that is not acceptable, append what is in them, and return their flags.

        With the failure set if it is already the first that is anything but the peer's next message.
        """
        raise NotImplementedError

    def _command_of(self, flags: int, data: bytes) -> bytes | None:
        """The command that a frame with these flags is; None if it is a message."""
        return data if flags & 2 else None

    def _end(self, what: str, value: int) -> None:
        self.failure = Failure(f"the peer sent {what}", self.counter, event=FAILED_PROTOCOL, value=value)
