"""Anything a peer can send: nothing raises, nothing grows without bound, and cutting makes no difference."""

from __future__ import annotations

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from purezmq.base.message import PipeItem
from purezmq.zmtp.connection import Connection

from .helpers import (
    GREETING,
    NOW,
    PLENTY,
    exchange,
    feed,
    make,
    random_pieces,
    ready,
    send,
    shaken_hands,
    take_output,
)
from .test_legacy import GREETING_20

SIZES = (254, 255, 256, 257, 8192, 8193, 70_000)
TYPES = ("PULL", "XPUB", "ROUTER")

bodies = st.one_of(
    st.binary(max_size=20),
    st.builds(
        lambda n, b: bytes((b,)) * n,
        st.sampled_from((254, 255, 256, 257, 8192, 8193, 70_000)),
        st.integers(0, 255),
    ),
)
messages = st.one_of(bodies, st.lists(bodies, min_size=2, max_size=5).map(tuple))
# Repeated now and then, so that runs occur.
streams = st.lists(st.tuples(messages, st.sampled_from((1, 1, 2, 9, 70))), max_size=8).map(
    lambda pairs: [message for message, times in pairs for _ in range(times)]
)

# Fragments that lead deeper into the parser than noise does.
fragments = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            GREETING,
            GREETING[:10],
            GREETING_20,
            ready(b"PUSH"),
            ready(b"SUB"),
            b"\x04\x07\x04PING\x00\x05",
            b"\x04\x0b\x09SUBSCRIBEA",
            b"\x01\x00",
            b"\x00\x05hello" * 20,
            b"\x02" + bytes(6) + b"\x01\x00" + bytes(256),
            b"\x02\x00\x00\x00\x00\x40\x00\x00\x00",
            b"\x06\x00\x00\x00\x00\x40\x00\x00\x00",
            b"\x02\xff",
            b"\xff" * 9,
        ]
    ),
)
garbage = st.lists(fragments, max_size=12).map(b"".join)
openings = st.sampled_from(
    [
        b"",
        GREETING,
        GREETING + ready(b"PUSH"),
        GREETING + ready(b"SUB"),
        GREETING_20 + b"\x00\x00",
        b"\x01\x00",
    ]
)


@settings(max_examples=150, deadline=None)
@given(streams, st.integers(0, 1 << 30), st.sampled_from([(3, 1), (2, 0), (1, 0)]))
def test_what_is_encoded_is_decoded(stream: list[PipeItem], seed: int, version: tuple[int, int]) -> None:
    opening = {(3, 1): GREETING + ready(b"PAIR"), (2, 0): GREETING_20 + b"\x00\x00", (1, 0): b"\x01\x00"}[
        version
    ]
    sender, receiver = make("PAIR"), make("PAIR")
    for connection in (sender, receiver):
        feed(connection, opening)
        assert connection.version == version
        take_output(connection)
    assert feed(receiver, send(sender, *stream), random_pieces(seed)) == stream


def state_of(connection: Connection, got: list[PipeItem]) -> object:
    failure = connection.failure
    return (
        [repr(item) for item in got],
        connection.is_ready,
        connection.version,
        connection.peer_socket_type,
        connection.peer_routing_id,
        connection.properties,
        failure and (failure.counter, failure.event, failure.value, failure.retry),
        connection.messages_in,
    )


@settings(max_examples=300, deadline=None)
@given(
    openings,
    garbage,
    st.integers(0, 1 << 30),
    st.sampled_from(["PULL", "XPUB", "ROUTER"]),
    st.sampled_from([-1, 300]),
)
def test_cutting_makes_no_difference(
    opening: bytes, data: bytes, seed: int, socket_type: str, limit: int
) -> None:
    """Whatever comes, and in whatever pieces: nothing raises, and the same comes out."""
    seen = []
    for pieces in (
        lambda d: iter((d,)),
        lambda d: (d[i : i + 1] for i in range(len(d))),
        random_pieces(seed),
    ):
        connection = make(socket_type, max_msg_size=limit)
        got = feed(connection, opening + data, pieces)
        seen.append(state_of(connection, got))
        connection.deadline_reached(NOW + 1e6)
        take_output(connection)
    assert seen[0] == seen[1] == seen[2]


@settings(max_examples=100, deadline=None)
@given(openings, garbage, st.integers(1, 5))
def test_little_room_makes_no_difference(opening: bytes, data: bytes, room: int) -> None:
    free, tight = make("XPUB"), make("XPUB")
    expected = feed(free, opening + data)
    tight.receive(opening + data, NOW)
    inbox: deque[PipeItem] = deque()
    for _ in range(len(data) + 100):
        before = len(inbox)
        assert tight.decode(inbox, room, NOW) == len(inbox) - before <= room
        if not tight.has_undecoded:
            break
    assert [repr(item) for item in inbox] == [repr(item) for item in expected]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 500), messages), max_size=30))
def test_two_connections_driven_at_random(steps: list[tuple[int, int, PipeItem]]) -> None:
    """Partial writes, partial reads, little room, passing time: everything arrives, in order."""
    a = make("DEALER", heartbeat_ivl_ms=50, heartbeat_timeout_ms=10_000_000)
    b = make("DEALER", heartbeat_ivl_ms=70, heartbeat_timeout_ms=10_000_000, heartbeat_ttl_ms=1_000_000)
    exchange(a, b)
    outbox: deque[PipeItem] = deque()
    inbox: deque[PipeItem] = deque()
    sent: list[PipeItem] = []
    now = NOW
    for action, number, message in steps:
        if action == 0:
            sent += [message] * (number % 20)
            outbox.extend([message] * (number % 20))
        elif action == 1:
            a.encode(outbox, number * 100)
        elif action == 2:
            _carry(a, b, number, now)
        elif action == 3:
            b.decode(inbox, number % 7, now)
        elif action == 4:
            now += number / 1000
            a.deadline_reached(now)
            b.deadline_reached(now)
        else:
            _carry(b, a, number, now)
            a.decode(deque(), 1, now)
    while outbox or a.has_output:
        a.encode(outbox, 100_000)
        _carry(a, b, PLENTY, now)
    while b.decode(inbox, PLENTY, now) or b.has_undecoded:
        pass
    assert list(inbox) == sent
    assert a.failure is None and b.failure is None


def _carry(source: Connection, target: Connection, n: int, now: float) -> None:
    data = b"".join(source.buffers_to_send())[:n]
    if data:
        source.bytes_sent(len(data))
        target.receive(data, now)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, (1 << 64) - 1), st.sampled_from([2, 3, 6, 7]))
def test_any_length_is_answered_without_allocating_it(length: int, flags: int) -> None:
    connection = shaken_hands("PULL", b"PUSH")
    feed(connection, bytes((flags,)) + length.to_bytes(8, "big"))
    buffer = connection.body_buffer()
    assert buffer is None or len(buffer) <= min(length, 64 << 20)
