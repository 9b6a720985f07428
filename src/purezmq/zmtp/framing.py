"""The layout of frames, and tables of ready-made frame headers.

ZMTP 2.0 and later: ``flags length body``, the length in one byte or, with the LONG flag, in eight.
ZMTP 1.0: ``length flags body``, where the length counts the flags byte and FF announces an eight byte length.

Only the headers differ, so one encoder (encoder.py) serves both, given the matching pair of tables.
"""

from __future__ import annotations

from struct import pack

MORE = 1
LONG = 2
COMMAND = 4

# Headers up to this body length are kept once made; longer frames are too rare for it to matter.
_CACHED_LENGTHS = 8192


class HeaderTable(dict[int, bytes]):
    """Body length -> frame header. Headers are made on first use."""

    def __init__(self, flags: int) -> None:
        super().__init__()
        self.flags = flags

    def make(self, length: int) -> bytes:
        """The header of a ZMTP 2.0 or 3.x frame with this body length."""
        return pack(">BB", self.flags, length) if length < 256 else pack(">BQ", self.flags | LONG, length)

    def __missing__(self, length: int) -> bytes:
        header = self.make(length)
        if length <= _CACHED_LENGTHS:
            self[length] = header
        return header


class OldHeaderTable(HeaderTable):
    """The same for ZMTP 1.0, which counts the flags byte as part of the body."""

    def make(self, length: int) -> bytes:
        """The header of a ZMTP 1.0 frame with this body length."""
        # libzmq switches to the long form at 254, since FF is the mark of the long form itself.
        return (
            pack(">BB", length + 1, self.flags)
            if length < 254
            else pack(">BQB", 0xFF, length + 1, self.flags)
        )


LAST_HEADERS = HeaderTable(0)
MORE_HEADERS = HeaderTable(MORE)
COMMAND_HEADERS = HeaderTable(COMMAND)
OLD_LAST_HEADERS = OldHeaderTable(0)
OLD_MORE_HEADERS = OldHeaderTable(MORE)


def command_frame(body: bytes) -> bytes:
    """A whole command frame."""
    return COMMAND_HEADERS[len(body)] + body
