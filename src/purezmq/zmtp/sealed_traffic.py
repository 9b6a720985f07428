"""What the mechanisms that encrypt have in common: after the handshake every frame is a MESSAGE with a frame inside.

The frame around it is an ordinary one: never MORE, never COMMAND. What it is says a byte of flags inside: MORE (01) and
COMMAND (02). How a frame is sealed and opened is the mechanism's: curve_traffic.py, gssapi_traffic.py. The encoders'
common part is framewise.py.
"""

from __future__ import annotations

from collections import deque
from itertools import islice, takewhile
from typing import Any

from ..base.message import PipeItem
from .decoder import MAX_COMMAND, MAX_PARTS, Decoder
from .failure import FAILED_PROTOCOL, MALFORMED_MESSAGE, Failure
from .large_body import LargeBody

MESSAGE = b"\x07MESSAGE"

# Frames opened at once: at first, and the most it grows to. A command ends it; nothing is opened twice.
_FIRST_FRAMES = 8
_MOST_FRAMES = 512


class SealedDecoder(Decoder):
    """Decrypts what the frames hold. It goes on where the decoder of the handshake stopped.

    MAXMSGSIZE counts the encrypted frame, as in libzmq.
    """

    __slots__ = ("_content", "_frames")

    counter = ""  # of the failures

    def __init__(self, plain: Decoder) -> None:
        super().__init__()
        self.take_over(plain)
        self._frames: deque[PipeItem] = deque()  # cut, not decrypted yet
        self._content: list[bytes] = []  # parts of the incomplete message

    def take_alone(self, data: bytes) -> PipeItem | None:
        """There is no short way."""
        return None

    def decode(self, inbox: deque[PipeItem], room: int) -> int:
        """Append at most ``room`` complete messages to the inbox; returns how many."""
        count = self._open_frames(inbox, room)
        while self.command is None and self.failure is None and not self._frames:
            body = self._body
            if body is not None and body.is_complete and count < room and not self._parts:
                self._body = None
                opened = self._open_body(body)
                count += 0 if opened is None else self._deliver(*opened, inbox)
                continue
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
            count += self._open_frames(inbox, room - count)
        if self._frames:
            self.has_undecoded = True
        self.messages_in += count
        return count

    def _take_command(self) -> bytes | None:
        command, self.command = self.command, None
        return command

    def _open_frames(self, inbox: deque[PipeItem], room: int) -> int:
        """Open frames until there is no room, a command to look at, or a reason to end."""
        frames = self._frames
        window = _FIRST_FRAMES
        count = 0
        while frames and count < room and self.command is None:
            first = frames[0]
            if isinstance(first, tuple):
                # Frames with MORE outside: what counts is inside.
                del frames[0]
                frames.extendleft(bytes(part) for part in first[::-1])
            batch = [*takewhile(_is_frame, islice(frames, min(room - count, window)))]
            window = min(2 * window, _MOST_FRAMES)
            opened, delivered = self._open_batch(batch, inbox)
            count += delivered
            if self.failure is not None or opened == len(frames):
                frames.clear()
            else:
                for _ in range(opened):
                    frames.popleft()
        return count

    def _open_batch(self, frames: list[Any], inbox: deque[PipeItem]) -> tuple[int, int]:
        """Open these frames, up to the first command. Returns how many, and the number of messages in them."""
        content = self._content
        at = count = 0
        while at < len(frames) and self.command is None and self.failure is None:
            found: list[Any] = []
            flags = self._open_all(frames, at, found)
            at += len(found)
            last = found.pop() if flags > 0 else b""
            if found:
                self.bytes_in += sum(map(len, found))
                if content:
                    content.append(found[0])
                    found[0] = tuple(content)
                    content.clear()
                count += len(found)
                inbox.extend(found)
            if flags > 0:
                count += self._deliver(flags, last, inbox)
        return at, count

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

    def _open_all(self, frames: list[bytes], start: int, found: list[Any]) -> int:
        """Open frames from there on and append what is in them, the first at least.

        Up to and including the first with flags, which are returned; 0 if none has any. Negative, with the failure set:
        the next frame is anything but the peer's next message.
        """
        raise NotImplementedError

    def _open_body(self, body: LargeBody) -> tuple[int, bytes] | None:
        """Flags and data of a large frame; None, with the failure set, for anything but the peer's next message."""
        raise NotImplementedError

    def _command_of(self, flags: int, data: bytes) -> bytes | None:
        """The command that a frame with these flags is; None if it is a message."""
        return data if flags & 2 else None

    def _end(self, what: str, value: int) -> None:
        self.failure = Failure(f"the peer sent {what}", self.counter, event=FAILED_PROTOCOL, value=value)


def _is_frame(item: PipeItem) -> bool:
    return type(item) is not tuple
