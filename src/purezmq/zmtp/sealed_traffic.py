"""What the mechanisms that encrypt have in common: after the handshake every frame is a MESSAGE with a frame inside.

The frame around it is an ordinary one: never MORE, never COMMAND. What it is says a byte of flags inside: MORE (01) and
COMMAND (02). How a frame is sealed and opened is the mechanism's: curve_traffic.py, gssapi_traffic.py. The encoders'
common part is framewise.py.
"""

from __future__ import annotations

from collections import deque

from ..base.message import PipeItem
from .decoder import MAX_COMMAND, MAX_PARTS, Decoder
from .failure import FAILED_PROTOCOL, MALFORMED_MESSAGE, Failure

MESSAGE = b"\x07MESSAGE"


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
        return count

    def _take_command(self) -> bytes | None:
        command, self.command = self.command, None
        return command

    def _open_frames(self, inbox: deque[PipeItem], room: int) -> int:
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
            if flags > 1:
                command = self._command_of(flags, data)
                if command is not None:
                    if len(data) > MAX_COMMAND:
                        self._end(f"a command of {len(data)} bytes", MALFORMED_MESSAGE)
                        break
                    self.command = command
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
        raise NotImplementedError

    def _command_of(self, flags: int, data: bytes) -> bytes | None:
        """The command that a frame with these flags is; None if it is a message."""
        return data if flags & 2 else None

    def _end(self, what: str, value: int) -> None:
        self.failure = Failure(f"the peer sent {what}", self.counter, event=FAILED_PROTOCOL, value=value)
