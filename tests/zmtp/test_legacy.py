"""Peers from before ZMTP 3.0 (most of it is in the vectors raw20, raw10 and raw_rev0)."""

from __future__ import annotations

from collections import deque

import pytest

from purezmq.base.message import Subscription
from purezmq.zmtp.connection import MAX_HANDSHAKE_BYTES

from .helpers import NOW, PLENTY, SPLITS, feed, make, send, take_output

GREETING_20 = b"\xff" + bytes(7) + b"\x01\x7f\x01\x05"


def old_frame(body: bytes, more: bool = False) -> bytes:
    length = len(body) + 1
    head = bytes((length,)) if length < 255 else b"\xff" + length.to_bytes(8, "big")
    return head + bytes((more,)) + body


@pytest.mark.parametrize("split", SPLITS)
def test_sizes_around_the_long_form_of_1_0(split: str) -> None:
    connection = make("PAIR")
    bodies = [bytes(n) for n in (0, 1, 252, 253, 254, 255, 256, 70000)]
    data = old_frame(b"id") + b"".join(map(old_frame, bodies))
    if split == "bytes":
        bodies, data = bodies[:-1], data[:-70010]
    assert feed(connection, data, SPLITS[split]) == bodies
    assert connection.version == (1, 0)
    assert connection.peer_routing_id == b"id"
    take_output(connection)
    assert send(connection, *bodies) == b"".join(map(old_frame, bodies))
    assert connection.messages_in == connection.messages_out == len(bodies)
    assert connection.bytes_in == connection.bytes_out == sum(map(len, bodies))


@pytest.mark.parametrize("split", SPLITS)
def test_multipart_in_1_0(split: str) -> None:
    connection = make("PAIR")
    data = old_frame(b"") + old_frame(b"a", True) + old_frame(b"", True) + old_frame(b"c") + old_frame(b"d")
    assert feed(connection, data, SPLITS[split]) == [(b"a", b"", b"c"), b"d"]
    take_output(connection)
    assert send(connection, (b"a", b"", b"c")) == data[2:-3]


def test_a_large_frame_in_1_0_gets_its_own_memory() -> None:
    connection = make("PAIR")
    body = bytes(range(256)) * 1000
    assert feed(connection, b"\x01\x00" + old_frame(body)[:100_000]) == []
    buffer = connection.body_buffer()
    assert buffer is not None
    rest = old_frame(body)[100_000:]
    buffer[: len(rest)] = rest
    inbox: deque[object] = deque()
    connection.body_received(len(rest), NOW)
    assert connection.decode(inbox, 1, NOW) == 1  # type: ignore[arg-type]
    assert inbox == deque([body])


def test_room_is_respected_in_1_0() -> None:
    connection = make("PAIR")
    connection.receive(old_frame(b"id") + old_frame(b"x") * 5, NOW)
    inbox: deque[object] = deque()
    assert connection.decode(inbox, 3, NOW) == 3  # type: ignore[arg-type]
    assert connection.has_undecoded
    assert connection.decode(inbox, 3, NOW) == 2  # type: ignore[arg-type]
    assert not connection.has_undecoded


@pytest.mark.parametrize("data", [b"\x00", b"\x01\x00\x00", b"\x01\x00\xff" + bytes(9)])
def test_a_1_0_frame_without_flags_is_no_zmtp(data: bytes) -> None:
    connection = make("PULL")
    feed(connection, data)
    assert connection.failure is not None and connection.failure.counter == "bad_frame"


def test_limits_hold_for_1_0() -> None:
    connection = make("PULL", max_msg_size=10)
    assert feed(connection, b"\x01\x00" + old_frame(bytes(10))) == [bytes(10)]
    feed(connection, old_frame(bytes(11))[:1])
    assert connection.failure is not None and connection.failure.counter == "max_msg_size"


def test_the_identity_is_bounded() -> None:
    connection = make("ROUTER")
    feed(connection, b"\xff" + (MAX_HANDSHAKE_BYTES + 2).to_bytes(8, "big") + b"\x00")
    assert connection.failure is not None and connection.failure.counter == "malformed_command"


@pytest.mark.parametrize("options", [{"zap_required": True}])
@pytest.mark.parametrize("greeting", [GREETING_20, b"\x01\x00"])
def test_security_is_not_downgraded(options: dict[str, object], greeting: bytes) -> None:
    connection = make("PULL", **options)  # type: ignore[arg-type]
    feed(connection, greeting)
    assert connection.failure is not None and connection.failure.counter == "legacy_refused"
    assert not connection.failure.retry


def test_subscriptions_are_messages_before_3_1() -> None:
    for opening in (GREETING_20 + b"\x00\x00", b"\x01\x00"):
        connection = make("SUB")
        feed(connection, opening)
        take_output(connection)
        body = send(connection, Subscription(True, b"A"), Subscription(False, b"A"))
        assert b"\x01A" in body and b"\x00A" in body and b"SUBSCRIBE" not in body


@pytest.mark.parametrize("socket_type", ["PUB", "XPUB"])
def test_a_publisher_subscribes_a_1_0_peer_to_everything(socket_type: str) -> None:
    connection = make(socket_type)
    connection.receive(b"\x01\x00" + old_frame(b"\x01A"), NOW)
    assert connection.is_ready and connection.has_undecoded
    inbox: deque[object] = deque()
    assert connection.decode(inbox, 0, NOW) == 0  # type: ignore[arg-type]
    assert connection.decode(inbox, PLENTY, NOW) == 2  # type: ignore[arg-type]
    assert isinstance(inbox[0], Subscription) and inbox[0].subscribe and inbox[0].topic == b""
    assert inbox[1] == b"\x01A"


def test_a_2_0_peer_gets_no_answer_to_commands_and_no_heartbeat() -> None:
    connection = make("DEALER", heartbeat_ivl_ms=100)
    assert feed(connection, GREETING_20 + b"\x00\x00" + b"\x04\x08\x04PING\x00\x00x" + b"\x00\x01m") == [b"m"]
    assert b"PONG" not in take_output(connection)
    assert connection.deadline() is None
