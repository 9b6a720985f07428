"""Peers from before ZMTP 3.0: the framing of 1.0, and the identity frame that stood for a handshake.

=============  ======================================  =================  ==============
peer           greeting                                first frame        frames
=============  ======================================  =================  ==============
1.0            none; our signature is a frame header   its identity       1.0
revision 0     12 bytes, major version 0               its identity       1.0
2.0            12 bytes, major version 1               its identity       as in 3.x
=============  ======================================  =================  ==============

None of them knows commands, properties, heartbeats or security. libzmq refuses them where security is
configured.
"""

from __future__ import annotations

from collections import deque

from ..base.message import PipeItem
from .decoder import LARGE_BODY, MAX_PARTS, NO_LIMIT, Decoder, finish_body, unpack_length
from .framing import MORE


class OldDecoder(Decoder):
    """The decoder for ZMTP 1.0: ``length flags body``, FF before a length of eight bytes."""

    __slots__ = ("_frame_flags",)

    def __init__(self, max_msg_size: int = -1) -> None:
        super().__init__(max_msg_size)
        self._frame_flags = 0

    def _frame_size(self, header: bytes) -> int:
        return 0

    def next_frame(self, max_length: int) -> bytes | None:
        """The body of the next frame; None if it is incomplete or must not come in (see ``failure``)."""
        data = self._data
        pos = self._pos
        size = len(data)
        if pos >= size:
            return None
        length = data[pos]
        body = pos + 2
        if length == 0xFF:
            body = pos + 10
            if body - 1 > size:
                return None
            (length,) = unpack_length(data, pos + 1)
        if length == 0:
            self._fail("bad_frame", "a ZMTP 1.0 frame without a flags byte (or no ZMTP at all)")
            return None
        length -= 1
        if not self._accepts(length, max_length) or body > size:
            return None
        flags = self._frame_flags = data[body - 1]
        end = body + length
        if end > size:
            if max_length == NO_LIMIT and end - size >= LARGE_BODY:
                self._body = self._start_body(flags & MORE, length, data[body:])
                self._pos = size
            return None
        self._pos = end
        return data[body:end]

    def take_alone(self, data: bytes) -> PipeItem | None:
        """Old frames look different; there is no short way for them."""
        return None

    def decode(self, inbox: deque[PipeItem], room: int) -> int:
        """Append at most ``room`` complete messages to the inbox; returns how many."""
        self.has_undecoded = False
        count = 0
        if self._body is not None:
            if not self._body.is_complete:
                return 0
            if room <= 0:
                self.has_undecoded = True
                return 0
            found: list[PipeItem] = []
            self.bytes_in += self._body.length
            finish_body(self._body, self._parts, found)
            self._body = None
            inbox.extend(found)
            count = len(found)
        while count < room:
            body = self.next_frame(NO_LIMIT)
            if body is None:
                break
            self.bytes_in += len(body)
            if self._frame_flags & MORE:
                self._parts.append(body)
                if len(self._parts) > MAX_PARTS:
                    self._fail("bad_frame", f"a message of more than {MAX_PARTS} parts")
                    break
                continue
            if self._parts:
                inbox.append((*self._parts, body))
                self._parts = []
            else:
                inbox.append(body)
            count += 1
        else:
            self.has_undecoded = self._pos < len(self._data)
        self.messages_in += count
        return count
