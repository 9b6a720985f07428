"""Runs: many messages of the same shape in a row, cut at C speed.

The shape of a message is its frame headers. If the bytes at every header position repeat with the stride of
the shape, the frames are there, one after the other: each header says where the next one begins. One strided
slice per header byte checks a whole block, and one ``struct`` call cuts it.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

from ..base.message import PipeItem
from .framing import LONG, MORE

_unpack_length = Struct(">Q").unpack_from

# Fewer are not worth looking for.
RUN_MESSAGES = 8

# Cutting 64 at once costs 35 ns per message, 16 at once 45 to 65, one at once 75 to 120 (10 and 100 byte
# messages).
_BLOCKS = (64, 8)

# Beyond a KiB the strided checks cost more than they save (2000 byte messages: 305 ns, sliced 295 ns), so only the
# headers are compared there, one by one. Beyond tens of KiB the copy is all that counts. Beyond a few parts,
# the strided checks do.
_MAX_STRIDE = 1024
_MAX_LENGTH = 32 << 10
_MAX_PARTS = 4


class Run:
    """How to check and cut messages of one shape."""

    __slots__ = ("_blocks", "_headers", "_parts", "overhead", "stride")

    def __init__(self, headers: bytes, parts: list[tuple[int, int]]) -> None:
        self._headers = headers
        self._parts = len(parts)
        layout = "".join(f"{header}x{length}s" for header, length in parts)
        self.stride = Struct(layout).size
        self.overhead = len(headers)
        offsets: list[int] = []
        start = 0
        for header, length in parts:
            offsets.extend(range(start, start + header))
            start += header + length
        # Of each block size: the number of messages, what its strided slices must be, and the knife.
        self._blocks = [
            (
                n,
                [(offset, bytes((byte,)) * n) for offset, byte in zip(offsets, headers, strict=True)],
                Struct(layout * n).unpack_from,
            )
            for n in _BLOCKS
            if self.stride <= _MAX_STRIDE
        ]

    def cut(self, data: bytes, pos: int, size: int, found: list[PipeItem], room: int) -> int:
        """Cut messages of this shape from ``data[pos:size]``, at most ``room``; returns how many."""
        stride = self.stride
        parts = self._parts
        available = min((size - pos) // stride, room)
        if not self._blocks:
            return self._cut_large(data, pos, available, found)
        count = 0
        for n, checks, unpack in self._blocks:
            block = n * stride
            while available - count >= n:
                end = pos + block
                for offset, expected in checks:
                    if data[pos + offset : end : stride] != expected:
                        break
                else:
                    pieces = unpack(data, pos)
                    found.extend(pieces if parts == 1 else zip(*[iter(pieces)] * parts, strict=True))
                    pos = end
                    count += n
                    continue
                break
        return count

    def _cut_large(self, data: bytes, pos: int, available: int, found: list[PipeItem]) -> int:
        """The same for one-part messages of more than a KiB."""
        stride = self.stride
        headers = self._headers
        width = len(headers)
        before = len(found)
        for at in range(pos, pos + available * stride, stride):
            body = at + width
            if data[at:body] != headers:
                break
            found.append(data[body : at + stride])
        return len(found) - before


def find_run(data: bytes, pos: int, size: int, max_length: int) -> Run | None:
    """The shape of the message at ``pos`` if RUN_MESSAGES or more like it seem to follow, else None."""
    headers = b""
    lengths: list[tuple[int, int]] = []
    at = pos
    more = 1
    while more:
        if at + 9 > size or len(lengths) == _MAX_PARTS:
            return None
        flags = data[at]
        if flags > MORE | LONG:
            return None  # a command, or reserved bits that only the careful path knows to ignore
        header = 2
        length = data[at + 1]
        if flags & LONG:
            header = 9
            (length,) = _unpack_length(data, at + 1)
        if length > _MAX_LENGTH or length > max_length:
            return None
        headers += data[at : at + header]
        lengths.append((header, length))
        at += header + length
        more = flags & MORE
    stride = at - pos
    if stride > _MAX_STRIDE:
        # One that is no run after all costs as much as it would otherwise.
        return _make_run(headers, tuple(lengths)) if len(lengths) == 1 and at + stride <= size else None
    first = lengths[0][0]
    if stride * RUN_MESSAGES > size - pos or data[at : at + first] != headers[:first]:
        return None
    return _make_run(headers, tuple(lengths))


def find_run_of(header: bytes, length: int) -> Run:
    """Runs of one-part messages with this header and this length of the body."""
    return _make_run(header, ((len(header), length),))


@lru_cache(maxsize=64)
def _make_run(headers: bytes, parts: tuple[tuple[int, int], ...]) -> Run:
    return Run(headers, list(parts))
