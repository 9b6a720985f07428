"""Cutting one-part messages of mixed sizes."""

from __future__ import annotations

import random
from io import BytesIO

import pytest

from purezmq.base.message import PipeItem
from purezmq.zmtp.singles import cut_singles

from .helpers import PLENTY
from .test_decoder import encoded


def cut(data: bytes, most: int = PLENTY, max_length: int = PLENTY) -> tuple[list[PipeItem], int, int]:
    """What was cut, where the stream stands, and how many of the frames were long."""
    stream = BytesIO(data)
    found: list[PipeItem] = [b"from before"]
    long_frames = cut_singles(stream, len(data), found, min(most, len(data) + 1), max_length)
    return found[1:], stream.tell(), long_frames


MESSAGES: list[PipeItem] = [
    bytes(random.Random(n).choices(range(256), k=n)) for n in (0, 1, 10, 255, 256, 511)
]
DATA = b"".join(map(encoded, MESSAGES))


def test_everything_that_is_whole() -> None:
    assert cut(DATA) == (MESSAGES, len(DATA), 2)


def test_every_incomplete_end() -> None:
    ends = [len(b"".join(map(encoded, MESSAGES[:n]))) for n in range(len(MESSAGES) + 1)]
    for size in range(len(DATA)):
        whole = sum(end <= size for end in ends) - 1
        assert cut(DATA[:size]) == (MESSAGES[:whole], ends[whole], max(0, whole - 4)), size


OTHERS = [
    b"\x01\x01x",
    b"\x04\x01\x00",
    b"\xf8\x01x",
    b"\x03" + bytes(8),
    b"\x02\x01" + bytes(7),
    encoded(bytes(512)),
]


@pytest.mark.parametrize("other", OTHERS)
def test_it_stops_before_anything_else(other: bytes) -> None:
    assert cut(DATA + other + DATA) == (MESSAGES, len(DATA), 2)
    assert cut(other + DATA) == ([], 0, 0)


def test_it_stops_when_it_has_cut_enough() -> None:
    assert cut(DATA, most=3)[0] == MESSAGES[:3]
    assert cut(encoded(b"abc")[:-1], most=1) == ([], 0, 0)


def test_it_leaves_frames_over_the_limit() -> None:
    assert cut(DATA, max_length=256)[0] == MESSAGES[:5]
