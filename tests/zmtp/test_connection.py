"""A connection as a whole: what its user sees of greeting, handshake and traffic together."""

from __future__ import annotations

from collections import deque

import pytest

from purezmq.base.message import PipeItem, Subscription
from purezmq.zmtp import large_body
from purezmq.zmtp.compat import COMPATIBLE
from purezmq.zmtp.connection import Connection, ConnectionConfig

from .helpers import (
    GREETING,
    NOW,
    PLENTY,
    SPLITS,
    exchange,
    feed,
    joined,
    make,
    ready,
    send,
    shaken_hands,
    take_output,
)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(a, b) for a, accepted in COMPATIBLE.items() for b in sorted(accepted)]
)
def test_two_of_us_talk(ours: str, theirs: str) -> None:
    a, b = joined(ours, theirs)
    messages: list[PipeItem] = [b"x", (b"y", b""), bytes(100_000), *[b"z"] * 100]
    a.encode(deque(messages), PLENTY)
    assert exchange(a, b) == ([], messages)
    assert (a.messages_out, a.bytes_out) == (b.messages_in, b.bytes_in)


def test_the_signature_is_all_that_leaves_before_the_peer_speaks() -> None:
    connection = make("PULL")
    assert take_output(connection) == b"\xff" + bytes(7) + b"\x01\x7f"
    assert not connection.is_ready and connection.version == (0, 0)


def test_application_messages_wait_for_the_handshake() -> None:
    connection = make("PUSH")
    outbox: deque[PipeItem] = deque([b"eager"])
    for data in (b"", GREETING[:20], GREETING[20:]):
        feed(connection, data)
        connection.encode(outbox, PLENTY)
        assert len(outbox) == 1
    feed(connection, ready(b"PULL"))
    connection.encode(outbox, PLENTY)
    assert not outbox
    assert take_output(connection).endswith(ready(b"PUSH") + b"\x00\x05eager")


@pytest.mark.parametrize("split", SPLITS)
def test_messages_right_behind_ready_are_not_lost(split: str) -> None:
    connection = make("PULL")
    assert feed(connection, GREETING + ready(b"PUSH") + b"\x00\x01a\x01\x01b\x00\x01c", SPLITS[split]) == [
        b"a",
        (b"b", b"c"),
    ]


def test_nothing_is_decoded_before_the_handshake_is_done() -> None:
    connection = make("PULL")
    connection.receive(GREETING, NOW)
    assert connection.decode(deque(), PLENTY, NOW) == 0


@pytest.mark.parametrize("socket_type", ["PUB", "XPUB"])
def test_publishers_get_subscriptions(socket_type: str) -> None:
    connection = shaken_hands(socket_type, b"SUB")
    got = feed(connection, b"\x04\x0b\x09SUBSCRIBEA" + b"\x00\x02\x01B" + b"\x04\x07\x06CANCEL")
    assert [repr(item) for item in got] == ["Subscription(+b'A')", repr(b"\x01B"), "Subscription(-b'')"]


def test_others_get_none() -> None:
    connection = shaken_hands("PULL", b"PUSH")
    assert feed(connection, b"\x04\x0b\x09SUBSCRIBEA" + b"\x00\x01m") == [b"m"]


def test_subscriptions_count_as_messages_where_room_is_short() -> None:
    connection = shaken_hands("XPUB", b"SUB")
    connection.receive(b"\x04\x0b\x09SUBSCRIBEA" * 5, NOW)
    inbox: deque[PipeItem] = deque()
    assert connection.decode(inbox, 3, NOW) == 3
    assert connection.has_undecoded
    assert connection.decode(inbox, 3, NOW) == 2
    assert not connection.has_undecoded
    assert all(isinstance(item, Subscription) for item in inbox)


@pytest.mark.parametrize(
    "command",
    [
        b"\x04\x00",  # empty
        b"\x04\x0c\x0aFROBNICATEx",  # unknown
        b"\x04\x03\x09ab",  # the name runs past the end
        b"\x05\x04\x03FOO",  # MORE
        b"\x04\x0a\x05ERROR\x03400",  # too late
        ready(b"REQ"),  # a second one
        b"\x04\x05\x04PONG",
    ],
)
def test_what_is_ignored_between_messages(command: bytes) -> None:
    connection = shaken_hands("PULL", b"PUSH")
    for split in SPLITS.values():
        assert feed(connection, b"\x01\x01a" + command + b"\x00\x01b" + command, split) == [(b"a", b"b")]
    assert not connection.is_closed and not connection.has_output


def test_a_ping_inside_a_message_is_answered() -> None:
    connection = shaken_hands("PULL", b"PUSH")
    assert feed(connection, b"\x01\x02p1\x04\x09\x04PING\x00\x00zz\x00\x02p2") == [(b"p1", b"p2")]
    assert take_output(connection) == b"\x04\x07\x04PONGzz"


def test_a_pong_goes_behind_what_is_encoded_and_before_what_is_not() -> None:
    connection = shaken_hands("PAIR", b"PAIR")
    outbox: deque[PipeItem] = deque([b"1", b"2"])
    connection.encode(outbox, 1)
    feed(connection, b"\x04\x07\x04PING\x00\x00")
    connection.encode(outbox, PLENTY)
    assert take_output(connection) == b"\x00\x011" + b"\x04\x05\x04PONG" + b"\x00\x012"


def test_what_came_before_a_bad_frame_is_delivered() -> None:
    connection = shaken_hands("PULL", b"PUSH", max_msg_size=100)
    assert feed(connection, b"\x00\x01a" * 100 + b"\x00\x65") == [b"a"] * 100
    assert connection.failure is not None and connection.failure.counter == "max_msg_size"
    assert connection.failure.event == "" and connection.is_closed and connection.is_ready


def test_output_of_a_failed_connection_is_not_sent_but_counted() -> None:
    connection = shaken_hands("PAIR", b"PAIR")
    connection.encode(deque([b"lost", b"too"]), PLENTY)
    feed(connection, b"\x02" + b"\xff" * 8)
    assert connection.is_closed
    assert not connection.has_output and connection.buffers_to_send() == [] and connection.output_size == 0
    assert connection.unsent_messages() == 2
    assert connection.drop_output() == 2


def test_large_messages_use_the_body_buffer() -> None:
    a, b = joined("PUSH", "PULL")
    body = bytes(range(256)) * 1024
    wire = send(a, body)
    assert feed(b, wire[:1000]) == []
    buffer = b.body_buffer()
    assert buffer is not None
    rest = wire[1000:]
    buffer[: len(rest)] = rest
    b.body_received(len(rest), NOW)
    assert b.body_buffer() is None
    inbox: deque[PipeItem] = deque()
    assert b.decode(inbox, PLENTY, NOW) == 1
    assert inbox[0] == body


def test_failure_while_feeding_a_large_body(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(large_body, "FIRST_ALLOCATION", 1000)
    for direct in (True, False):
        connection = shaken_hands("PULL", b"PUSH")
        feed(connection, b"\x02" + (1 << 20).to_bytes(8, "big"))
        with monkeypatch.context() as patch:
            patch.setattr(large_body, "allocate", no_memory)
            if direct:
                connection.body_received(1000, NOW)
            else:
                connection.receive(bytes(1000), NOW)
        assert connection.failure is not None and connection.failure.counter == "bad_frame"


def test_partly_written_output_stays_in_order() -> None:
    a, b = joined("PUSH", "PULL")
    outbox: deque[PipeItem] = deque([b"x" * 10, (b"y", b"z" * 20_000), b"w"])
    expected = list(outbox)
    got: list[PipeItem] = []
    a.encode(outbox, PLENTY)
    while a.has_output:
        data = b"".join(a.buffers_to_send())[:777]
        a.bytes_sent(len(data))
        got += feed(b, data)
    assert got == expected
    assert a.output_size == 0 and a.unsent_messages() == 0


def test_configuration_is_shared_and_connections_are_not() -> None:
    config = ConnectionConfig("ROUTER")
    first, second = Connection(config, NOW), Connection(config, NOW)
    feed(first, GREETING + ready(b"REQ"))
    assert first.is_ready and not second.is_ready
    assert take_output(second) == config.signature
