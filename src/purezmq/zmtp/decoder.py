"""From received bytes to messages (ZMTP 2.0 and 3.x; legacy.py has the variant for 1.0).

Received chunks are ``bytes``, so a slice of one is the message, with no further copy. Whole plain messages are cut by
frames.py; what it leaves, such as commands, limits and incomplete frames, is looked at here. A body of which 64 KiB or
more are missing gets memory of its own.
"""

from __future__ import annotations

from collections import deque
from struct import Struct

from ..base.message import PipeItem
from .changes import cut_changes
from .failure import Failure
from .frames import cut_messages
from .framing import COMMAND, LONG, MORE
from .large_body import LargeBody

unpack_length = Struct(">Q").unpack_from

# No machine has the address space for more (x86-64 and ARM64: 47 or 48 bits); libzmq fails to allocate it.
NO_LIMIT = (1 << 47) - 1

# A body with this much missing is read into its own memory instead of through shared chunks.
LARGE_BODY = 64 << 10

# From this size on, joining a chunk to what is left of the one before costs more than treating the frame on the
# border by itself.
LARGE_CHUNK = 16 << 10

# A command is read whole before it is looked at. The longest useful one is SUBSCRIBE, and a topic of a
# megabyte is no topic.
MAX_COMMAND = 1 << 20

# Nothing else limits the number of parts that a peer can make us collect for a single message.
MAX_PARTS = 1 << 20


def cut_parts(data: bytes, max_length: int) -> tuple[list[bytes], int] | None:
    """The parts, and the bytes of their headers, if the bytes are exactly the frames of one message; else None."""
    parts = []
    size = len(data)
    pos = overhead = 0
    while size - pos >= 2:
        flags = data[pos]
        if flags <= MORE:
            body = pos + 2
            end = body + data[pos + 1]
        elif flags <= MORE | LONG and size - pos >= 9:
            body = pos + 9
            (length,) = unpack_length(data, pos + 1)
            if length > max_length:
                return None
            end = body + length
        else:
            return None
        parts.append(data[body:end])
        overhead += body - pos
        if not flags & MORE:
            return (parts, overhead) if end == size else None
        pos = end
    return None


def finish_body(body: LargeBody, parts: list[bytes], found: list[PipeItem]) -> None:
    """Take the completed large body as the frame it is."""
    part = body.take()
    if parts or body.flags & MORE:
        parts.append(part)
        if not body.flags & MORE:
            found.append(tuple(parts))
            parts.clear()
    else:
        found.append(part)


class Decoder:
    """Keeps undecoded bytes and the parts of an incomplete message; cuts complete messages out.

    After ``decode``, ``command`` may hold the body of a command: deal with it, set it to None, and call
    again. ``failure`` is set once, when the peer sent what cannot be a frame or exceeds a limit.
    """

    __slots__ = (
        "_body",
        "_data",
        "_is_idle",
        "_max_length",
        "_next",
        "_next_pos",
        "_parts",
        "_pos",
        "bytes_in",
        "command",
        "failure",
        "has_undecoded",
        "messages_in",
        "takes_changes",
    )

    def __init__(self, max_msg_size: int = -1) -> None:
        self._max_length = max_msg_size if max_msg_size >= 0 else NO_LIMIT
        self._data = b""
        self._pos = 0
        self._next = b""  # decoded when _data is used up, from _next_pos
        self._next_pos = 0
        self._parts: list[bytes] = []
        self._body: LargeBody | None = None
        self._is_idle = False  # everything was decoded, nothing is half done: a whole message may come alone
        self.command: bytes | None = None
        self.takes_changes = False  # SUBSCRIBE and CANCEL are as good as messages
        self.failure: Failure | None = None
        self.has_undecoded = False  # decode stopped for lack of room, not of bytes
        self.messages_in = 0
        self.bytes_in = 0

    def take_over(self, other: Decoder) -> None:
        """Go on where another decoder stopped."""
        for name in Decoder.__slots__:
            setattr(self, name, getattr(other, name))

    @property
    def waiting_bytes(self) -> int:
        """Bytes received and not decoded (those of a large body excepted)."""
        return len(self._data) - self._pos + len(self._next) - self._next_pos

    @property
    def can_go_on(self) -> bool:
        """False in the rare moment in which an interrupted step cannot be taken again: a body that gets more memory."""
        return self._body is None or not self._body.is_full

    def feed(self, data: bytes) -> None:
        """Keep received bytes for ``decode``."""
        self._is_idle = False
        body = self._body
        if body is not None and not body.is_complete:
            taken = self._fill(body, data)
            if taken == len(data):
                return
            data = data[taken:]
        if self._pos == len(self._data) and not self._next:
            self._data = data
        elif len(data) < LARGE_CHUNK or not self._split(data):
            self._data = self._data[self._pos :] + self._next[self._next_pos :] + data
            self._next = b""
            self._next_pos = 0
        self._pos = 0

    def _split(self, data: bytes) -> bool:
        """Complete the one frame that is cut by the border, so that a large chunk need not be copied to join it."""
        if self._next:
            return False
        waiting = self._data[self._pos :]
        missing = self._frame_size((waiting + data[:9])[:9]) - len(waiting)
        if not 0 < missing < len(data):
            return False
        self._data = waiting + data[:missing]
        self._next = data
        self._next_pos = missing
        return True

    def _go_on_with_next(self) -> None:
        self._data = self._next
        self._pos = self._next_pos
        self._next = b""
        self._next_pos = 0

    def _frame_size(self, header: bytes) -> int:
        """Header and body of the frame that begins with these nine bytes; 0 if that cannot be told."""
        if header[0] & LONG:
            return 9 + int.from_bytes(header[1:9], "big")
        return 2 + header[1]

    def awaited_body(self) -> LargeBody | None:
        """The large body whose rest comes next, None if none is awaited."""
        body = self._body
        return None if body is None or body.is_complete else body

    def body_buffer(self) -> memoryview | None:
        """Memory for the rest of a large body, None if none is awaited."""
        body = self.awaited_body()
        return None if body is None else body.space()

    def body_received(self, n: int) -> None:
        """``n`` bytes were read into the body buffer."""
        body = self._body
        assert body is not None
        try:
            body.received(n)
        except MemoryError:
            self._fail_memory(body.length)

    def next_frame(self, max_length: int) -> bytes | None:
        """The body of the next frame, whatever its flags; None if incomplete or too long (``failure``)."""
        if self._next and self._pos == len(self._data):
            self._go_on_with_next()
        data = self._data
        pos = self._pos
        available = len(data) - pos
        if available < 2:
            return None
        header = 2
        length = data[pos + 1]
        if data[pos] & LONG:
            header = 9
            if available < 9:
                return None
            (length,) = unpack_length(data, pos + 1)
        if not self._accepts(length, max_length) or available < header + length:
            return None
        self._pos = pos + header + length
        return data[pos + header : self._pos]

    def take_alone(self, data: bytes) -> PipeItem | None:
        """These received bytes as a message, if they are exactly one whole message and nothing is pending.

        Request and reply arrive like this. ``decode`` prepares for thousands of messages, which costs more than
        decoding one; None leaves the bytes to ``feed`` and ``decode``.
        """
        if not self._is_idle:
            return None
        size = len(data)
        if size < 2:
            return None
        flags = data[0]
        length = data[1]
        message: PipeItem
        if not flags:
            if size != length + 2:
                return None
            message = data[2:]
            self.bytes_in += length
        elif flags == MORE and not length and size > 3 and not data[2] and size == data[3] + 4:
            message = (b"", data[4:])  # the envelope of REQ and REP
            self.bytes_in += size - 4
        else:
            found = cut_parts(data, self._max_length)
            if found is None:
                return None
            parts, overhead = found
            message = tuple(parts) if len(parts) > 1 else parts[0]
            self.bytes_in += size - overhead
        self.messages_in += 1
        return message

    def decode(self, inbox: deque[PipeItem], room: int) -> int:
        """Append at most ``room`` complete messages to the inbox; returns how many."""
        # Appending to a list is cheaper than to a deque, even though it has to be copied then.
        found: list[PipeItem] = []
        self.has_undecoded = False
        # A signal handler may raise after any call. So nothing is changed here until all is done, at the end.
        body_now = self._body
        user_bytes = 0
        parts = self._parts[:] if self._parts else []
        if body_now is not None:
            if not body_now.is_complete:
                return 0
            if room <= 0:
                self.has_undecoded = True
                return 0
            user_bytes = body_now.length
            finish_body(body_now, parts, found)
            body_now = None
        count = len(found)  # messages completed
        data = self._data
        size = len(data)
        pos = self._pos
        max_length = self._max_length
        changes = 0  # of subscriptions
        while count + changes < room:
            pos, cut, cut_bytes = cut_messages(data, pos, found, parts, room - count - changes, max_length)
            count += cut
            user_bytes += cut_bytes
            if count + changes >= room:
                self.has_undecoded = pos < size
                break
            # What it stopped at: the end, a part of a frame, or a frame that needs a look.
            body = pos + 2
            if body > size:
                break
            flags = data[pos]
            length = data[pos + 1]
            if flags & LONG:
                body = pos + 9
                if body > size:
                    break
                (length,) = unpack_length(data, pos + 1)
            if length > max_length or (flags & COMMAND and length > MAX_COMMAND):
                self._accepts(length, MAX_COMMAND if flags & COMMAND else NO_LIMIT)
                break
            end = body + length
            if end > size:
                if end - size >= LARGE_BODY and not flags & COMMAND:
                    body_now = self._start_body(flags, length, data[body:])
                    pos = size  # its bytes are counted when it is complete
                break
            if flags == COMMAND and self.takes_changes and max_length >= 255:
                before = len(found)
                changes_end = cut_changes(data, pos, found, room - count - changes)
                if changes_end > pos:
                    changes += len(found) - before
                    pos = changes_end
                    continue
            pos = end
            if flags & COMMAND:
                self.command = data[body:end]
                break
            # Reserved flags mean nothing to us.
            user_bytes += length
            parts.append(data[body:end])
            if not flags & MORE:
                found.append(tuple(parts) if len(parts) > 1 else parts[0])
                parts.clear()
                count += 1
        else:
            self.has_undecoded = pos < size
        if len(parts) > MAX_PARTS:
            self._fail("bad_frame", f"a message of more than {MAX_PARTS} parts")
        # No call from here on but the last: the bytes are forgotten in the moment in which the messages are handed out.
        self._body = body_now
        self._parts = parts
        self._pos = pos
        # Short frames that come alone are not compared with a limit below their longest.
        self._is_idle = (
            pos == size and not parts and not self._next and body_now is None and max_length >= 255
        )
        self.messages_in += count
        self.bytes_in += user_bytes
        count += changes
        inbox.extend(found)
        if self._next and self.command is None:
            if pos < size:
                self.has_undecoded = True
            else:
                self._go_on_with_next()
                count += Decoder.decode(self, inbox, room - count)  # not a subclass's
        return count

    def _start_body(self, flags: int, length: int, beginning: bytes) -> LargeBody | None:
        try:
            return LargeBody(flags, length, beginning)
        except (MemoryError, OverflowError):
            self._fail_memory(length)
            return None

    def _fill(self, body: LargeBody, data: bytes) -> int:
        try:
            return body.fill(data)
        except MemoryError:
            self._fail_memory(body.length)
            return len(data)

    def _accepts(self, length: int, max_length: int) -> bool:
        """False, with the failure set: a frame of this length may not come in."""
        if length > NO_LIMIT:
            self._fail("bad_frame", f"a frame claims a length of {length} bytes")
        elif length > self._max_length:
            self._fail("max_msg_size", f"a frame of {length} bytes, MAXMSGSIZE is {self._max_length}")
        elif length > max_length:
            self._fail("malformed_command", f"a command of {length} bytes, at most {max_length} are accepted")
        else:
            return True
        return False

    def _fail(self, counter: str, reason: str) -> None:
        self.failure = Failure(f"the peer sent {reason}", counter)

    def _fail_memory(self, length: int) -> None:
        self._body = None
        self._fail("bad_frame", f"a frame of {length} bytes, for which there is no memory")
