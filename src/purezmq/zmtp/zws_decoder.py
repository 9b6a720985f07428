"""From received bytes to messages, for ZWS 2.0. Two speeds: runs of equal frames (run.py), and one by one.

libzmq takes unfragmented binary messages only. Browsers and proxies may cut a message into fragments, so here they are
put together again, within MAXMSGSIZE.
"""

from __future__ import annotations

from collections import deque
from struct import Struct

from ..base.message import PipeItem
from .decoder import LARGE_BODY, MAX_PARTS, NO_LIMIT, Decoder
from .failure import Failure
from .framing import MORE
from .masking import mask, rotated
from .run import RUN_MESSAGES, find_run_of
from .zws_framing import BINARY, CLOSE, MASKED, PING, PONG

_unpack_medium = Struct(">H").unpack_from
_unpack_large = Struct(">Q").unpack_from

_FINAL = 0x80
_COMMAND = 2
_FRAGMENTS = {0x02, 0x00, 0x80}  # the first, those between, the last
_CONTROL = {CLOSE, PING, PONG}
_LONGEST_CONTROL = 125
_MOST_CONTROL = 1 << 10  # control frames that wait to be looked at

# Frames unmasked together. A peer that makes us try in vain wastes no more than that.
_UNMASKED_AT_ONCE = 64
# The most frames that are cut one by one between two looks for a run.
_LAST_WINDOW = 512

_NO_KEY = b"\0\0\0\0"


class ZwsDecoder(Decoder):
    """Like its base, which see; ``control`` collects the control frames (opcode, payload) that were met."""

    __slots__ = ("_fragments", "_fragments_size", "_is_masked", "_key", "_opcode", "control")

    def __init__(self, max_msg_size: int, *, is_masked: bool) -> None:
        super().__init__(max_msg_size)
        self._is_masked = MASKED if is_masked else 0
        self._fragments: list[bytes] = []  # payloads of an incomplete message, its flags included
        self._fragments_size = 0
        self._opcode = 0  # of the frame whose large body is being received
        self._key = _NO_KEY  # and its mask, as it applies from the beginning of the body
        self.control: list[tuple[int, bytes]] = []

    def feed(self, data: bytes) -> None:
        """Keep received bytes for ``decode``."""
        self._is_idle = False
        body = self._body
        if body is not None and not body.is_complete:
            data = data[self._fill(body, data) :]
        self._data = self._data[self._pos :] + data if self._pos < len(self._data) else data
        self._pos = 0

    # -- one frame -------------------------------------------------------------------------------------

    def _next_payload(self, max_length: int) -> tuple[int, bytes] | None:
        """Opcode and payload of the next frame, taken off; None if it is incomplete or bad (``failure``)."""
        data = self._data
        pos = self._pos
        available = len(data) - pos
        if available < 2:
            return None
        opcode = data[pos]
        length = data[pos + 1]
        if length & MASKED != self._is_masked:
            self._fail("bad_frame", "a frame that is masked" if length & MASKED else "a frame without a mask")
            return None
        length &= 127
        start = pos + 2
        if length == 126:
            if available < 4:
                return None
            (length,) = _unpack_medium(data, start)
            start += 2
        elif length == 127:
            if available < 10:
                return None
            (length,) = _unpack_large(data, start)
            start += 8
        if not self._is_acceptable(opcode, length, max_length):
            return None
        key = _NO_KEY
        if self._is_masked:
            key = data[start : start + 4]
            start += 4
        end = start + length
        if end > len(data):
            # With its first byte, which has the flags.
            if end - len(data) >= LARGE_BODY and start < len(data) and max_length == NO_LIMIT:
                self._start_large(opcode, length, start, key)
            return None
        self._pos = end
        payload = data[start:end]
        return opcode, mask(payload, key) if self._is_masked else payload

    def _is_acceptable(self, opcode: int, length: int, max_length: int) -> bool:
        if opcode in _CONTROL:
            if length > _LONGEST_CONTROL:
                self._fail("bad_frame", f"a control frame of {length} bytes")
            return length <= _LONGEST_CONTROL
        if opcode == BINARY and not self._fragments:
            if not length:
                self._fail("bad_frame", "an empty WebSocket message, without the byte for flags")
                return False
            return self._accepts(length - 1, max_length)
        if opcode in _FRAGMENTS and (opcode == 0x02) != bool(self._fragments):
            return self._accepts(max(0, self._fragments_size + length - 1), max_length)
        kind = "a text message" if opcode & 15 == 1 else f"a WebSocket frame that begins with {opcode:#04x}"
        self._fail("bad_frame", kind)
        return False

    def _start_large(self, opcode: int, length: int, start: int, key: bytes) -> None:
        """The rest of this frame gets memory of its own. A whole message's flags are told apart at once."""
        data = self._data
        flags = 0
        if opcode == BINARY:
            flags = data[start] ^ key[0]
            start += 1
            length -= 1
            key = rotated(key, 1)
        self._opcode = opcode
        self._key = key
        self._body = self._start_body(flags, length, data[start:])
        self._pos = len(data)

    def _take_large(self) -> tuple[int, int, bytes]:
        """Opcode, flags and what belongs to them, of the completed large frame."""
        body = self._body
        assert body is not None
        self._body = None
        data = body.take()
        if self._is_masked:
            data = mask(data, self._key)
        return self._opcode, body.flags, data

    def _put_together(self, opcode: int, payload: bytes) -> tuple[int, bytes] | None:
        """Flags and body of a message that came in fragments, when this was the last one."""
        fragments = self._fragments
        fragments.append(payload)
        self._fragments_size += len(payload)
        if len(fragments) > MAX_PARTS:
            self._fail("bad_frame", f"a message in more than {MAX_PARTS} fragments")
            return None
        if not opcode & _FINAL:
            return None
        whole = b"".join(fragments)
        fragments.clear()
        self._fragments_size = 0
        if not whole:
            self._fail("bad_frame", "an empty WebSocket message, without the byte for flags")
            return None
        return whole[0], whole[1:]

    def _next_body(self, max_length: int) -> tuple[int, bytes] | None:
        """Flags and body of the next message; None if there is none yet. Control frames are put aside."""
        while True:
            if self._body is not None:
                if not self._body.is_complete:
                    return None
                opcode, flags, data = self._take_large()
                if opcode == BINARY:
                    return flags, data
                payload = data
            else:
                found = self._next_payload(max_length)
                if found is None:
                    return None
                opcode, payload = found
                if opcode == BINARY:
                    return payload[0], payload[1:]
            if opcode in _CONTROL:
                self.control.append((opcode, payload))
                if opcode == CLOSE:
                    self._pos = len(self._data)  # RFC 6455, 5.5.1: nothing follows, and what does is nothing
                if len(self.control) > _MOST_CONTROL:
                    self._fail("bad_frame", "too many control frames")
                    return None
                continue
            whole = self._put_together(opcode, payload)
            if whole is not None or self.failure is not None:
                return whole

    # -- messages --------------------------------------------------------------------------------------

    def next_frame(self, max_length: int) -> bytes | None:
        """The body of the next frame, whatever its flags; None if incomplete or too long (``failure``)."""
        found = self._next_body(max_length)
        return None if found is None else found[1]

    def take_alone(self, data: bytes) -> PipeItem | None:
        """These received bytes as a message, if they are exactly one small frame of one and nothing is pending."""
        size = len(data)
        if not self._is_idle or size < 3 or data[0] != BINARY or data[1] & 127 > 125:
            return None
        if self._is_masked:
            if size != (data[1] ^ MASKED) + 6:
                return None
            payload = mask(memoryview(data)[6:], data[2:6])
            if not payload or payload[0]:
                return None
            message = payload[1:]
        else:
            if size != data[1] + 2 or data[2]:
                return None
            message = data[3:]
        self.messages_in += 1
        self.bytes_in += len(message)
        return message

    def decode(self, inbox: deque[PipeItem], room: int) -> int:
        """Append at most ``room`` complete messages to the inbox; returns how many."""
        self.has_undecoded = False
        parts = self._parts
        count = 0
        attempt_at = 0  # frames until the next look for a run
        window = RUN_MESSAGES
        while count < room:
            if not attempt_at and not parts and self._body is None:
                taken = self._cut_run(inbox, room - count)
                count += taken
                if not taken:
                    window = min(2 * window, _LAST_WINDOW)
                    attempt_at = window
                elif taken >= _UNMASKED_AT_ONCE:
                    window = RUN_MESSAGES // 2
                else:
                    window = attempt_at = RUN_MESSAGES
                continue
            attempt_at -= 1
            found = self._next_body(NO_LIMIT)
            if found is None:
                break
            flags, body = found
            if flags & _COMMAND:
                self.command = body
                break
            self.bytes_in += len(body)
            if flags & MORE:
                parts.append(body)
                if len(parts) > MAX_PARTS:
                    self._fail("bad_frame", f"a message of more than {MAX_PARTS} parts")
                    break
                continue
            if parts:
                inbox.append((*parts, body))
                parts.clear()
            else:
                inbox.append(body)
            count += 1
        else:
            body_waits = self._body is not None and self._body.is_complete
            self.has_undecoded = body_waits or self._pos < len(self._data)
        self.messages_in += count
        is_empty = self._pos == len(self._data) and self._body is None
        self._is_idle = is_empty and not parts and not self._fragments and not self.control
        return count

    def _cut_run(self, inbox: deque[PipeItem], room: int) -> int:
        """Take one-part messages of equal length that follow each other, if there are enough; returns how many."""
        data = self._data
        pos = self._pos
        if len(data) - pos < 3 * RUN_MESSAGES or data[pos] != BINARY:
            return 0
        length = data[pos + 1]
        if length & MASKED != self._is_masked or length & 127 == 127:
            return 0
        header = 2
        length &= 127
        if length == 126:
            (length,) = _unpack_medium(data, pos + 2)
            header = 4
        blank = header + (5 if self._is_masked else 1)  # up to the body
        stride = blank + length - 1
        if not length or stride * RUN_MESSAGES > len(data) - pos or length - 1 > self._max_length:
            return 0
        if data[pos + stride : pos + stride + header] != data[pos : pos + header]:
            return 0
        if self._is_masked:
            clear = self._unmask_run(pos, header, stride, room)
            if clear is None:
                return 0
            data, pos = clear, 0
        elif data[pos + header]:
            return 0  # flags: not a message of one part
        run = find_run_of(data[pos : pos + blank], length - 1)
        found: list[PipeItem] = []
        count = run.cut(data, pos, len(data), found, room)
        inbox.extend(found)
        self._pos += count * stride
        self.bytes_in += count * (length - 1)
        return count

    def _unmask_run(self, pos: int, header: int, stride: int, room: int) -> bytes | None:
        """The run from ``pos`` on in clear, with zeros for the keys and with its headers; None if it is no run.

        Our own encoder masks many frames together (zws_framing.py); whoever draws a key per frame is served one by one.
        """
        data = self._data
        key = data[pos + header : pos + header + 4]
        after = pos + stride + header
        if data[after : after + 4] != rotated(key, stride):
            return None
        count = min((len(data) - pos) // stride, room, _UNMASKED_AT_ONCE)
        # The pattern as it is at the beginning of the frame, so that it fits at the place of the key.
        clear = bytearray(mask(data[pos : pos + count * stride], rotated(key, -header)))
        for place in range(header):
            clear[place::stride] = data[pos + place : pos + count * stride : stride]
        return bytes(clear) if not clear[header + 4] else None

    def _fail(self, counter: str, reason: str) -> None:
        if self.failure is None:
            self.failure = Failure(f"the peer sent {reason}", counter)
