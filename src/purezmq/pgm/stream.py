"""The messages inside PGM: an endless stream of ZMTP 1.0 frames, cut into packets.

A packet's payload is an offset of two bytes and a slice of the stream. The offset says where in the slice the first
message begins that begins there at all; 0xFFFF: none does. With it a receiver finds its way into the stream, when it
comes late or after a loss. Parts of a message after the first do not count: nobody can start to read there.
"""

from __future__ import annotations

from collections import deque
from struct import Struct

from ..base.message import Part, PipeItem, Subscription, was_sent
from ..base.pipe import UNLIMITED

NO_MESSAGE_STARTS = 0xFFFF
OFFSET_SIZE = 2

_MORE = 1
_LONG = 0xFF
_LONGEST_SHORT_BODY = 253  # a frame's length counts the flags as well, and 255 announces the long form
_LONG_HEADER = Struct(">BQB")
_OFFSET = Struct(">H")

# Bodies up to this size are copied into one chunk with their headers; larger ones are cut where they are.
_LARGEST_COPIED = 4096

# As in zmtp.decoder: nothing else limits the number of parts that a source can make us collect for one message.
_MOST_PARTS = 1 << 20


class StreamWriter:
    """Turns messages into payloads."""

    __slots__ = ("_chunks", "_current", "_payload_size", "_pos", "bytes_out", "completed")

    def __init__(self, payload_size: int) -> None:
        self._payload_size = payload_size
        self._chunks: deque[bytes | memoryview] = deque()  # of the message that is being sent
        self._current: PipeItem | None = None
        self._pos = 0  # how much of the first chunk is gone
        self.completed = 0  # messages that the last payload completed
        self.bytes_out = 0  # of user data

    @property
    def has_rest(self) -> bool:
        """True in the middle of a message."""
        return bool(self._chunks)

    def next_payload(self, outbox: deque[PipeItem]) -> bytes:
        """As much as fits into one packet; empty if there is nothing to send."""
        room = self._payload_size - OFFSET_SIZE
        offset = NO_MESSAGE_STARTS
        pieces: list[bytes | memoryview] = []
        used = 0
        self.completed = 0
        while used < room:
            if not self._chunks:
                if not outbox:
                    break
                if not self._start(outbox.popleft()):
                    continue
                if offset == NO_MESSAGE_STARTS:
                    offset = used
            used += self._take(room - used, pieces)
        if not pieces:
            return b""
        return _OFFSET.pack(offset) + b"".join(pieces)

    def drop(self) -> None:
        """Forget the message that is being sent."""
        if self._chunks:
            self._chunks.clear()
            self._give_back()

    def _start(self, message: PipeItem) -> bool:
        if isinstance(message, Subscription):
            return False  # a publisher has none to send, and nobody would listen
        self._current = message
        self._pos = 0
        if isinstance(message, bytes):
            self._add_frame(message, 0)
            return True
        last = len(message) - 1
        for index, part in enumerate(message):
            self._add_frame(part, _MORE if index < last else 0)
        return True

    def _add_frame(self, body: Part, flags: int) -> None:
        size = len(body) if isinstance(body, bytes) else body.nbytes
        if size <= _LONGEST_SHORT_BODY:
            header = bytes((size + 1, flags))
        else:
            header = _LONG_HEADER.pack(_LONG, size + 1, flags)
        self.bytes_out += size
        if size <= _LARGEST_COPIED:
            self._chunks.append(header + body)
        else:
            self._chunks.append(header)
            self._chunks.append(memoryview(body).cast("B"))

    def _take(self, room: int, pieces: list[bytes | memoryview]) -> int:
        """Move at most ``room`` bytes of the first chunk to the pieces; returns how many."""
        chunk = self._chunks[0]
        left = len(chunk) - self._pos
        if left > room:
            pieces.append(chunk[self._pos : self._pos + room])
            self._pos += room
            return room
        pieces.append(chunk[self._pos :] if self._pos else chunk)
        self._pos = 0
        self._chunks.popleft()
        if not self._chunks:
            self.completed += 1
            self._give_back()
        return left

    def _give_back(self) -> None:
        message, self._current = self._current, None
        if message is not None:
            was_sent(message)


class StreamReader:
    """Turns the payloads of one source into messages.

    ``is_joined``: we know where in the stream we are. If not, payloads are skipped up to the next beginning of a
    message. Parts are kept until their message is complete, so that a loss in its middle removes all of it.
    """

    __slots__ = (
        "_data",
        "_flags",
        "_max_msg_size",
        "_missing",
        "_parts",
        "_pieces",
        "_pos",
        "bytes_in",
        "failure",
        "has_undecoded",
        "is_joined",
        "messages_in",
    )

    def __init__(self, max_msg_size: int = -1) -> None:
        self._max_msg_size = max_msg_size if max_msg_size >= 0 else UNLIMITED
        self.is_joined = False
        self.has_undecoded = False  # decode() stopped for want of room
        self.failure = ""  # why the stream was left: for whoever looks, who also clears it
        self.messages_in = 0
        self.bytes_in = 0
        self._data = b""
        self._pos = 0
        self._parts: list[bytes] = []
        self._pieces: list[bytes] = []  # of a body that began in an earlier payload ...
        self._flags = 0  # ... its flags ...
        self._missing = 0  # ... and how much of it is still to come

    def leave(self) -> bool:
        """Something is missing: forget what is incomplete, and look for the next message. True: we were joined."""
        was_joined, self.is_joined = self.is_joined, False
        self.has_undecoded = False
        self._data = b""
        self._pos = 0
        self._parts = []
        self._pieces = []
        self._missing = 0
        return was_joined

    def feed(self, payload: bytes) -> None:
        """Take the next payload; everything before it must have been decoded."""
        if len(payload) <= OFFSET_SIZE:
            return
        if not self.is_joined:
            (offset,) = _OFFSET.unpack_from(payload)
            if offset == NO_MESSAGE_STARTS:
                return
            start = OFFSET_SIZE + offset
            if start > len(payload):
                self._fail("bad_offset")
                return
            self.is_joined = True
            self._data, self._pos = payload, start
        elif self._missing:
            piece = payload[OFFSET_SIZE : OFFSET_SIZE + self._missing]
            self._pieces.append(piece)
            self._missing -= len(piece)
            self._data, self._pos = payload, OFFSET_SIZE + len(piece)
        elif self._pos < len(self._data):  # the header of a frame was cut
            self._data, self._pos = self._data[self._pos :] + payload[OFFSET_SIZE:], 0
        else:
            self._data, self._pos = payload, OFFSET_SIZE

    def decode(self, inbox: deque[PipeItem], room: int) -> int:
        """Append at most ``room`` messages to the inbox; returns how many."""
        if room <= 0:
            self.has_undecoded = True
            return 0
        self.has_undecoded = False
        count = 0
        if self._pieces:
            if self._missing:
                return 0
            body = b"".join(self._pieces)
            self._pieces = []
            count = self._add_frame(body, self._flags, inbox)
        data = self._data
        pos = self._pos
        size = len(data)
        while count < room:
            left = size - pos
            if left < 2:
                break
            length = data[pos]
            body_at = pos + 2
            if length == _LONG:
                if left < _LONG_HEADER.size:
                    break
                length = int.from_bytes(data[pos + 1 : pos + 9], "big")
                body_at = pos + _LONG_HEADER.size
            if length == 0 or length - 1 > self._max_msg_size:
                self.messages_in += count
                self._fail("message_too_large" if length else "bad_frame")
                return count
            pos = body_at + length - 1
            flags = data[body_at - 1]
            if pos > size:
                self._pieces = [data[body_at:]]
                self._flags = flags
                self._missing = pos - size
                pos = size
                break
            if flags & _MORE or self._parts:
                count += self._add_frame(data[body_at:pos], flags, inbox)
                if self.failure:
                    self.messages_in += count
                    return count
            else:
                inbox.append(data[body_at:pos])
                self.bytes_in += length - 1
                count += 1
        else:
            self.has_undecoded = pos < size
        self._pos = pos
        self.messages_in += count
        return count

    def _add_frame(self, body: bytes, flags: int, inbox: deque[PipeItem]) -> int:
        """A frame is complete. Returns how many messages that completed (0 or 1)."""
        self.bytes_in += len(body)
        if flags & _MORE:
            self._parts.append(body)
            if len(self._parts) > _MOST_PARTS:
                self._fail("too_many_parts")
            return 0
        if self._parts:
            inbox.append((*self._parts, body))
            self._parts = []
        else:
            inbox.append(body)
        return 1

    def _fail(self, why: str) -> None:
        self.leave()
        self.failure = why
