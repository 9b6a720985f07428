"""From bytes to messages: every kind of frame, every way of cutting the stream."""

from __future__ import annotations

import random
from collections import deque

import pytest

from purezmq.base.message import PipeItem
from purezmq.zmtp.decoder import LARGE_BODY, LARGE_CHUNK, MAX_COMMAND, NO_LIMIT, Decoder

from .helpers import PLENTY, SPLITS, random_pieces


def frame(body: bytes, flags: int = 0, long: bool = False) -> bytes:
    if len(body) > 255 or long:
        return bytes((flags | 2,)) + len(body).to_bytes(8, "big") + body
    return bytes((flags, len(body))) + body


def encoded(message: PipeItem) -> bytes:
    """The plain way to write a message, as a check on all others."""
    assert isinstance(message, bytes | tuple)
    parts = message if isinstance(message, tuple) else (message,)
    return b"".join(frame(bytes(p), 1) for p in parts[:-1]) + frame(bytes(parts[-1]))


def decoded(data: bytes, split: str = "whole", **options: int) -> list[PipeItem]:
    decoder = Decoder(**options)
    inbox: deque[PipeItem] = deque()
    for piece in SPLITS[split](data):
        decoder.feed(piece)
        decoder.decode(inbox, PLENTY)
        assert decoder.command is None
    assert decoder.failure is None
    return list(inbox)


def random_messages(seed: int, count: int) -> list[PipeItem]:
    """Runs of equal shapes, mixed with anything."""
    rng = random.Random(seed)
    messages: list[PipeItem] = []
    while len(messages) < count:
        parts = rng.choice((1, 1, 2, 3, 6))
        sizes = [rng.choice((0, 1, 5, 10, 100, 200, 254, 255, 256, 257, 1000)) for _ in range(parts)]
        for _ in range(rng.choice((1, 1, 2, 7, 8, 9, 15, 64, 65, 130))):
            if rng.random() < 0.02:
                sizes[rng.randrange(parts)] += 1
            message = tuple(rng.randbytes(size) for size in sizes)
            messages.append(message[0] if parts == 1 else message)
    return messages[:count]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(
    "size", [0, 1, 2, 10, 254, 255, 256, 257, 1000, 8192, 8193, LARGE_BODY - 1, LARGE_BODY + 9]
)
def test_sizes(size: int, split: str) -> None:
    if split == "bytes" and size > 1000:
        pytest.skip("slow, and the seeds do it")
    messages: list[PipeItem] = [b"first", bytes(size), (bytes(size), b"second"), (b"", bytes(size)), b"last"]
    assert decoded(b"".join(map(encoded, messages)), split) == messages


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("seed", range(4))
def test_runs_and_everything_between_them(seed: int, split: str) -> None:
    messages = random_messages(seed, 400)
    data = b"".join(map(encoded, messages))
    assert decoded(data, split) == messages


@pytest.mark.parametrize("size", [0, 1, 10, 255, 256, 1000, 8192])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 63, 64, 65, 72, 200])
def test_long_runs(size: int, count: int) -> None:
    rng = random.Random(size)
    messages: list[PipeItem] = [rng.randbytes(size) for _ in range(count)]
    data = b"".join(map(encoded, messages))
    assert decoded(data + encoded(b"end")) == [*messages, b"end"]
    assert decoded(data + b"\x01\x01x" + encoded(b"end")) == [*messages, (b"x", b"end")]
    # The last one is not complete.
    assert decoded(data[:-1]) == (messages[:-1] if size else messages[: count - 1])


def test_a_body_that_looks_like_headers_is_still_a_body() -> None:
    messages: list[PipeItem] = [b"\x00\x0a" * 5] * 100 + [b"\x00\x0a\x00"] * 100
    assert decoded(b"".join(map(encoded, messages))) == messages


def test_a_run_that_changes_in_any_header_byte_ends_there() -> None:
    for position in range(9):
        for value in (1, 2, 4, 255):
            run = bytearray(frame(bytes(256)) * 24)
            at = 12 * 265 + position
            run[at] = (run[at] + value) % 256
            assert _all_ways(bytes(run)) is not None


def _all_ways(data: bytes) -> object:
    """Decode in one go and in pieces; both must come to the same end."""
    results = []
    for split in ("whole", "seed1"):
        decoder = Decoder()
        inbox: deque[PipeItem] = deque()
        commands = []
        for piece in SPLITS[split](data):
            decoder.feed(piece)
            decoder.decode(inbox, PLENTY)
            while decoder.command is not None:
                commands.append(decoder.command)
                decoder.command = None
                decoder.decode(inbox, PLENTY)
        failure = decoder.failure and decoder.failure.counter
        results.append((list(inbox), commands, failure, decoder.messages_in, decoder.bytes_in))
    assert results[0] == results[1]
    return results[0]


def test_reserved_flag_bits_and_needless_long_forms_are_tolerated() -> None:
    data = b"\xf8\x03abc" + frame(b"xyz", long=True) + frame(b"", long=True) + b"\xf9\x01a\xf8\x01b"
    assert decoded(data * 30) == [b"abc", b"xyz", b"", (b"a", b"b")] * 30


def test_counters_count_messages_and_user_bytes() -> None:
    messages = random_messages(9, 300)
    decoder = Decoder()
    inbox: deque[PipeItem] = deque()
    for piece in random_pieces(3)(b"".join(map(encoded, messages)) + b"\x04\x02\x01X" * 3):
        decoder.feed(piece)
        decoder.decode(inbox, PLENTY)
        while decoder.command is not None:
            decoder.command = None
            decoder.decode(inbox, PLENTY)
    assert decoder.messages_in == len(messages)
    assert decoder.bytes_in == sum(len(m) if isinstance(m, bytes) else sum(map(len, m)) for m in inbox)  # type: ignore[arg-type, union-attr]


@pytest.mark.parametrize("room", [1, 2, 7, 8, 20, 64, 100])
@pytest.mark.parametrize("seed", range(3))
def test_room_is_never_exceeded_and_nothing_is_lost(room: int, seed: int) -> None:
    messages = random_messages(seed, 300)
    decoder = Decoder()
    decoder.feed(b"".join(map(encoded, messages)))
    got: list[PipeItem] = []
    while True:
        inbox: deque[PipeItem] = deque()
        n = decoder.decode(inbox, room)
        assert n == len(inbox) <= room
        got += inbox
        if not decoder.has_undecoded:
            break
    assert got == messages
    assert decoder.decode(deque(), room) == 0 and not decoder.has_undecoded


def test_no_room_at_all() -> None:
    decoder = Decoder()
    decoder.feed(b"\x00\x01a")
    inbox: deque[PipeItem] = deque()
    assert decoder.decode(inbox, 0) == 0
    assert decoder.has_undecoded and not inbox


def test_an_incomplete_message_is_not_delivered() -> None:
    decoder = Decoder()
    inbox: deque[PipeItem] = deque()
    for piece in (b"\x01\x01a", b"\x01\x00", b"\x01\x01b"):
        decoder.feed(piece)
        assert decoder.decode(inbox, PLENTY) == 0
        assert not decoder.has_undecoded
    decoder.feed(b"\x00\x01c")
    assert decoder.decode(inbox, PLENTY) == 1
    assert list(inbox) == [(b"a", b"", b"b", b"c")]


def test_commands_stop_decoding_and_disturb_nothing() -> None:
    decoder = Decoder()
    decoder.feed(
        b"\x01\x01a" + b"\x04\x03\x02HI" + b"\x05\x00" + b"\x00\x01b" + b"\x06" + bytes(7) + b"\x01!"
    )
    inbox: deque[PipeItem] = deque()
    commands = []
    for _ in range(4):
        decoder.decode(inbox, PLENTY)
        commands.append(decoder.command)
        decoder.command = None
    assert commands == [b"\x02HI", b"", b"!", None]
    assert list(inbox) == [(b"a", b"b")]


def test_the_chunk_after_a_cut_frame_is_not_copied_but_comes_out_in_order() -> None:
    """A frame across the border of two large chunks is completed by itself."""
    messages: list[PipeItem] = [bytes([n % 256]) * 1000 for n in range(200)]
    data = b"".join(map(encoded, messages))
    for cut in (1, 2, 8, 9, 10, 500, 1008, 1009, 1010, 50_000):
        for room in (1, 5, PLENTY):
            decoder = Decoder()
            inbox: deque[PipeItem] = deque()
            for piece in (data[:cut], data[cut : cut + LARGE_CHUNK], data[cut + LARGE_CHUNK :]):
                decoder.feed(piece)
                decoder.decode(inbox, room)
            while decoder.has_undecoded:
                decoder.decode(inbox, room)
            assert list(inbox) == messages
            assert decoder.waiting_bytes == 0


@pytest.mark.parametrize("limit", [0, 3, 100, 255, 300])
@pytest.mark.parametrize("split", ["whole", "bytes"])
def test_a_frame_over_the_limit_fails_before_its_body_is_here(limit: int, split: str) -> None:
    decoder = Decoder(limit)
    inbox: deque[PipeItem] = deque()
    data = frame(bytes(limit)) * 20 + frame(bytes(limit + 1))[: 2 if limit < 255 else 9]
    for piece in SPLITS[split](data):
        decoder.feed(piece)
        decoder.decode(inbox, PLENTY)
    assert list(inbox) == [bytes(limit)] * 20
    assert decoder.failure is not None and decoder.failure.counter == "max_msg_size"
    assert str(limit) in decoder.failure.reason


def test_the_limit_is_for_frames_not_for_messages() -> None:
    assert decoded(encoded((bytes(60),) * 3), max_msg_size=64) == [(bytes(60),) * 3]


@pytest.mark.parametrize("length", [NO_LIMIT + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
def test_impossible_lengths_fail(length: int) -> None:
    decoder = Decoder()
    decoder.feed(b"\x02" + length.to_bytes(8, "big"))
    assert decoder.decode(deque(), PLENTY) == 0
    assert decoder.failure is not None and decoder.failure.counter == "bad_frame"


def test_endless_commands_fail() -> None:
    decoder = Decoder()
    decoder.feed(b"\x06" + (MAX_COMMAND + 1).to_bytes(8, "big"))
    decoder.decode(deque(), PLENTY)
    assert decoder.failure is not None and decoder.failure.counter == "malformed_command"


def test_endless_messages_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("purezmq.zmtp.decoder.MAX_PARTS", 1000)
    decoder = Decoder()
    decoder.feed(b"\x01\x00" * 10_000)
    decoder.decode(deque(), PLENTY)
    assert decoder.failure is not None and decoder.failure.counter == "bad_frame"
    assert "1000 parts" in decoder.failure.reason
