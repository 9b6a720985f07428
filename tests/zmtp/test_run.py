"""Finding and cutting runs of equal shapes."""

from __future__ import annotations

import pytest

from purezmq.base.message import PipeItem
from purezmq.zmtp.run import RUN_MESSAGES, find_run

from .helpers import PLENTY
from .test_decoder import encoded


def cut(data: bytes, room: int = PLENTY) -> tuple[int, list[PipeItem]] | None:
    run = find_run(data, 0, len(data), PLENTY)
    if run is None:
        return None
    found: list[PipeItem] = []
    assert run.cut(data, 0, len(data), found, room) == len(found)
    return run.stride, found


@pytest.mark.parametrize("count", [8, 9, 64, 71, 72, 200])
@pytest.mark.parametrize(
    "message", [b"", b"x" * 10, b"x" * 300, (b"id", b""), (b"id", b"", b"x" * 300, b"y")]
)
def test_whole_blocks_are_cut(message: PipeItem, count: int) -> None:
    data = encoded(message)
    assert cut(data * count) == (len(data), [message] * (count // 8 * 8))


@pytest.mark.parametrize("size", [1100, 8192, 20_000])
def test_messages_of_more_than_a_kib_are_cut_one_by_one(size: int) -> None:
    data = encoded(b"x" * size)
    assert cut(data * 3 + data[:-1]) == (size + 9, [b"x" * size] * 3)
    assert cut(data * 3 + encoded(b"y" * (size + 1)) * 3) == (size + 9, [b"x" * size] * 3)


def test_room_limits_what_is_cut() -> None:
    assert cut(encoded(b"abc") * 100, 20) == (5, [b"abc"] * 16)
    assert cut(encoded(b"x" * 2000) * 100, 3) == (2009, [b"x" * 2000] * 3)


@pytest.mark.parametrize("at", range(30))
def test_a_block_that_is_not_uniform_is_left_alone(at: int) -> None:
    messages: list[PipeItem] = [b"abc"] * 30
    messages[at] = b"abcd"
    found = cut(b"".join(map(encoded, messages)))
    if at < 2:
        return  # it does not even look like a run, or is one of four bytes
    assert found is not None
    assert found[1] == [b"abc"] * min(at // 8 * 8, 24)


@pytest.mark.parametrize(
    "data",
    [
        encoded(b"abc") * (RUN_MESSAGES - 1),
        b"\x04\x01\x00" * 100,  # commands
        b"\x08\x01\x00" * 100,  # reserved bits
        encoded((b"a",) * 5) * 100,  # many parts
        encoded((b"a", b"b" * 2000)) * 100,  # large ones in several parts
        encoded(b"x" * 40_000) * 100,
        b"\x01\x01x" * 100,  # no end in sight
        (encoded(b"abc") + encoded(b"ab")) * 50,
    ],
)
def test_what_is_no_run(data: bytes) -> None:
    assert find_run(data, 0, len(data), PLENTY) is None


def test_frames_over_the_limit_are_no_run() -> None:
    data = encoded(b"x" * 300) * 100
    assert find_run(data, 0, len(data), 300) is not None
    assert find_run(data, 0, len(data), 299) is None
