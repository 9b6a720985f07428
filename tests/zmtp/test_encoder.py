"""From messages to bytes: every batch comes out as the plain way would write it."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import pytest

from purezmq.base.message import PipeItem, Subscription, TrackedMessage
from purezmq.zmtp.encoder import BATCH_MESSAGES, BUFFERS_AT_ONCE, Encoder
from purezmq.zmtp.frames import COALESCED_LENGTH
from purezmq.zmtp.shared import Shared

from .helpers import PLENTY
from .test_decoder import encoded, random_messages


def written(encoder: Encoder, step: int = PLENTY) -> bytes:
    """Write everything, at most ``step`` bytes at a time."""
    output = b""
    while encoder.size:
        data = b"".join(encoder.buffers_to_send())[:step]
        assert data
        encoder.bytes_sent(len(data))
        output += data
    assert encoder.buffers_to_send() == [] and encoder.unsent_messages == 0
    return output


def encode(*messages: PipeItem, budget: int = PLENTY, step: int = PLENTY) -> bytes:
    encoder = Encoder()
    outbox = deque(messages)
    output = b""
    while outbox:
        encoder.encode(outbox, budget)
        output += written(encoder, step)
    assert encoder.messages_out == sum(not isinstance(m, Subscription) for m in messages)
    return output


SIZES = [0, 1, 10, 254, 255, 256, 1000, COALESCED_LENGTH, COALESCED_LENGTH + 1, 100_000]


@pytest.mark.parametrize("count", [1, 2, 50])
@pytest.mark.parametrize("size", SIZES)
def test_messages_of_one_size(size: int, count: int) -> None:
    message = random.Random(size).randbytes(size)
    assert encode(*[message] * count) == encoded(message) * count


@pytest.mark.parametrize("budget", [1, 100, 5000, PLENTY])
@pytest.mark.parametrize("step", [1 << 13, PLENTY])
@pytest.mark.parametrize("seed", range(4))
def test_any_mixture(seed: int, budget: int, step: int) -> None:
    rng = random.Random(seed)
    messages = random_messages(seed, 200)
    for size in SIZES:
        messages.insert(rng.randrange(len(messages)), bytes(size))
        messages.insert(rng.randrange(len(messages)), (b"id", bytes(size), b"end"))
        messages.insert(rng.randrange(len(messages)), (bytes(size), memoryview(bytes(size))))
    assert encode(*messages, budget=budget, step=step) == b"".join(map(encoded, messages))


@pytest.mark.parametrize("parts", [1, 2, 3, 8, 9, 300])
def test_multipart_messages_of_one_shape(parts: int) -> None:
    rng = random.Random(parts)
    messages: list[PipeItem] = [
        tuple(rng.randbytes(rng.randrange(300)) for _ in range(parts)) for _ in range(40)
    ]
    assert encode(*messages) == b"".join(map(encoded, messages))


def test_large_parts_go_by_reference_and_small_ones_together() -> None:
    large = bytes(COALESCED_LENGTH + 1)
    encoder = Encoder()
    encoder.encode(deque([b"a", b"b", large, (b"c", large, b"d"), b"e"]), PLENTY)
    buffers = encoder.buffers_to_send()
    assert [len(b) for b in buffers] == [3 + 3 + 9, len(large), 3 + 9, len(large), 3 + 3]
    assert buffers[1] is large and buffers[3] is large
    assert encoder.bytes_out == 5 + 2 * len(large)


def test_the_budget_stops_encoding() -> None:
    for size in (10, 1000, 100_000):
        encoder = Encoder()
        outbox: deque[PipeItem] = deque([bytes(size)] * 6000)
        encoder.encode(outbox, 65_536)
        assert 65_536 <= encoder.size <= 65_536 + size + 9 + 65_536 // 4
        assert len(outbox) + encoder.unsent_messages == 6000


def test_messages_are_taken_from_the_left_only() -> None:
    """Other threads may append while we encode."""

    class Watched(deque):  # type: ignore[type-arg]
        def clear(self) -> None:
            raise AssertionError("somebody else's message could be lost")

        pop = clear  # type: ignore[assignment]

    outbox = Watched([b"a"] * 100 + [(b"b",)] + [bytes(10_000)])
    Encoder().encode(outbox, PLENTY)
    assert not outbox


def test_unsent_messages_count_down_with_the_bytes() -> None:
    large = bytes(10_000)
    encoder = Encoder()
    encoder.encode(deque([b"a", large, b"b", (large, b"c")]), PLENTY)
    total = encoder.size
    assert encoder.unsent_messages == 4
    seen = []
    for _ in range(total):
        encoder.bytes_sent(1)
        if encoder.size:
            assert encoder.unsent_messages > 0
        seen.append(encoder.unsent_messages)
    assert seen[-1] == 0
    assert sorted(seen, reverse=True) == seen


def test_no_more_buffers_at_once_than_the_kernel_takes() -> None:
    encoder = Encoder()
    messages: list[PipeItem] = [bytes(10_000)] * 100
    encoder.encode(deque(messages), PLENTY)
    assert len(encoder.buffers_to_send()) == BUFFERS_AT_ONCE
    assert written(encoder) == b"".join(map(encoded, messages))


def tracked(told: list[str], name: str, *parts: bytes) -> TrackedMessage:
    return TrackedMessage(parts, lambda: told.append(name))


def test_tracked_messages_are_told_once_when_their_last_byte_is_written() -> None:
    told: list[str] = []
    encoder = Encoder()
    large = bytes(20_000)
    outbox: deque[PipeItem] = deque(
        [b"x", tracked(told, "a", b"small"), b"y", tracked(told, "b", b"id", large), b"z"]
    )
    encoder.encode(outbox, PLENTY)
    encoder.bytes_sent(3 + 6)
    assert told == []
    encoder.bytes_sent(1)
    assert told == ["a"]
    encoder.bytes_sent(3 + 4 + 9 + 19_999)
    assert told == ["a"]
    encoder.bytes_sent(1)
    assert told == ["a", "b"]
    written(encoder)
    assert told == ["a", "b"]


def test_a_single_tracked_message() -> None:
    told: list[str] = []
    encoder = Encoder()
    encoder.encode(deque([tracked(told, "only", b"one")]), PLENTY)
    assert written(encoder) == b"\x00\x03one"
    assert told == ["only"]


def test_dropping_counts_the_half_written_and_tells_the_tracked() -> None:
    told: list[str] = []
    encoder = Encoder()
    encoder.encode(deque([b"a", bytes(10_000), tracked(told, "t", b"x"), Subscription(True, b"")]), PLENTY)
    encoder.bytes_sent(50)
    assert encoder.drop() == 3
    assert told == ["t"]
    assert encoder.size == 0 and encoder.buffers_to_send() == [] and encoder.drop() == 0
    encoder.encode(deque([b"new"]), PLENTY)
    assert written(encoder) == b"\x00\x03new"


HEADS = [(0, b"\x04\x0a"), (245, b"\x04\xff"), (246, b"\x06" + (256).to_bytes(8, "big"))]


@pytest.mark.parametrize(("size", "head"), HEADS)
def test_subscriptions_are_commands_for_3_1(size: int, head: bytes) -> None:
    topic = b"T" * size
    assert encode(Subscription(True, topic)) == head + b"\x09SUBSCRIBE" + topic
    body = b"\x06CANCEL" + topic
    assert (
        encode(b"x", Subscription(False, topic), b"y")
        == b"\x00\x01x\x04" + bytes((len(body),)) + body + b"\x00\x01y"
    )


@pytest.mark.parametrize("size", [254, 255, 256])
def test_subscriptions_are_messages_for_3_0(size: int) -> None:
    """A topic of 255 bytes makes libzmq send a frame that nobody can parse; see vector raw30_sub_topic_255_bug."""
    encoder = Encoder()
    encoder.use_version((3, 0))
    encoder.encode(deque([Subscription(True, bytes(size))]), PLENTY)
    assert written(encoder) == encoded(b"\x01" + bytes(size))


@pytest.mark.parametrize("count", [1, 2, 50, BATCH_MESSAGES])
@pytest.mark.parametrize("size", [0, 1, 10, 254, 255, 256, 1000])
def test_messages_that_are_in_no_outbox(size: int, count: int) -> None:
    message = random.Random(size).randbytes(size)
    encoder = Encoder()
    assert encoder.encode_many([message] * count, PLENTY)
    assert encoder.messages_out == encoder.unsent_messages == count
    assert encoder.bytes_out == size * count
    assert written(encoder) == encoded(message) * count


@pytest.mark.parametrize("seed", range(20))
def test_messages_of_many_sizes_that_are_in_no_outbox(seed: int) -> None:
    rng = random.Random(seed)
    messages = [
        rng.randbytes(rng.choice([5, 5, 5, rng.choice(SIZES[:-2])])) for _ in range(rng.randint(1, 100))
    ]
    encoder = Encoder()
    assert encoder.encode_many(messages, PLENTY)
    assert encoder.bytes_out == sum(map(len, messages))
    assert written(encoder) == b"".join(map(encoded, messages))


def test_what_has_to_go_through_an_outbox() -> None:
    for messages, budget in (
        ([], PLENTY),
        ([b"x"] * (BATCH_MESSAGES + 1), PLENTY),
        ([bytes(100)] * 100, 5000),
        ([b"small", bytes(COALESCED_LENGTH + 1)], PLENTY),
        ([b"small", bytes(COALESCED_LENGTH + 1), b"small"], PLENTY),
    ):
        encoder = Encoder()
        assert not encoder.encode_many(messages, budget)
        assert not encoder.size and not encoder.messages_out
    old = Encoder()
    old.use_version((1, 0))
    assert not old.encode_many([b"x", b"y"], PLENTY)
    assert not old.size


@pytest.mark.parametrize("is_wanted", [False, True])
def test_a_publishers_connections_find_what_another_has_encoded(is_wanted: bool) -> None:
    shared = Shared()
    shared.is_wanted = is_wanted
    encoders = [Encoder(), Encoder()]
    batch: list[Any] = [(b"of", b"two parts"), (b"", b"two"), (b"a", b"third")]
    for encoder in encoders:
        encoder.shared = shared
        assert encoder.encode_many(batch, PLENTY)
        assert (encoder.messages_out, encoder.unsent_messages, encoder.bytes_out) == (3, 3, 20)
    first, second = (encoder.buffers_to_send()[0] for encoder in encoders)
    assert bytes(first) == bytes(second) == b"".join(map(encoded, batch))
    assert (first is second) == is_wanted
    odd: list[Any] = [b"one", TrackedMessage((b"two",), lambda: None)]
    assert not encoders[0].encode_many(odd, PLENTY), "each of the other's end has to be told"
