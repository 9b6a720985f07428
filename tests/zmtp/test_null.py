"""The NULL handshake: who may talk, what is announced, and how it goes wrong."""

from __future__ import annotations

import pytest

from purezmq.zmtp import failure
from purezmq.zmtp.connection import MAX_HANDSHAKE_BYTES
from purezmq.zmtp.metadata import MAX_PROPERTIES, encode_property

from .helpers import GREETING, NOW, exchange, feed, make, ready, take_output


def command(name: bytes, data: bytes = b"") -> bytes:
    body = bytes((len(name),)) + name + data
    return b"\x06" + len(body).to_bytes(8, "big") + body


def test_two_sides_learn_about_each_other() -> None:
    dealer = make("DEALER", routing_id=b"me", properties=(("X-colour", b"blue"),))
    router = make("ROUTER")
    exchange(dealer, router)
    assert dealer.is_ready and router.is_ready
    assert router.peer_routing_id == b"me"
    assert router.peer_socket_type == "DEALER"
    assert router.properties == {"Socket-Type": b"DEALER", "Identity": b"me", "X-colour": b"blue"}
    assert dealer.peer_socket_type == "ROUTER"
    assert dealer.version == router.version == (3, 1)


def test_the_failure_names_both_socket_types() -> None:
    connection = make("REQ")
    feed(connection, GREETING + ready(b"PUB"))
    assert connection.is_closed and not connection.is_ready
    assert connection.failure is not None
    assert "REQ" in connection.failure.reason and "PUB" in connection.failure.reason
    assert connection.failure.counter == "bad_socket_type"
    assert connection.failure.event == ""
    assert connection.failure.kind == "protocol" and not connection.failure.retry


@pytest.mark.parametrize("theirs", [b"BOGUS", b"pull", b"PULL\0", b"", b"\xff\xfe"])
def test_the_type_must_match_exactly(theirs: bytes) -> None:
    connection = make("PUSH")
    feed(connection, GREETING + ready(theirs))
    assert connection.failure is not None and connection.failure.counter == "bad_socket_type"


def test_every_socket_type_property_is_checked() -> None:
    connection = make("PULL")
    feed(connection, GREETING + ready(b"PUSH", encode_property("SOCKET-TYPE", b"REQ")))
    assert connection.failure is not None and connection.failure.counter == "bad_socket_type"


def test_a_missing_socket_type_is_tolerated() -> None:
    connection = make("PULL")
    feed(connection, GREETING + command(b"READY"))
    assert connection.is_ready
    assert connection.peer_socket_type == ""


def test_the_last_identity_counts_and_the_first_of_other_duplicates_is_kept() -> None:
    extra = b"".join(
        encode_property(*p) for p in [("Identity", b"a"), ("X-a", b"1"), ("Identity", b"b"), ("X-a", b"2")]
    )
    connection = make("ROUTER")
    feed(connection, GREETING + ready(b"DEALER", extra))
    assert connection.peer_routing_id == b"b"
    assert connection.properties["X-a"] == b"1"


def test_long_and_odd_identities_are_taken_as_they_are() -> None:
    identity = b"\0" + bytes(range(256)) + b"x" * 43
    connection = make("ROUTER")
    data = encode_property("Socket-Type", b"DEALER") + encode_property("Identity", identity)
    feed(connection, GREETING + command(b"READY", data))
    assert connection.peer_routing_id == identity


@pytest.mark.parametrize(
    ("frame", "counter", "event", "value"),
    [
        (ready(b"PUSH", b"\x05"), "bad_metadata", "", 0),
        (command(b"READY", encode_property("A", b"") * (MAX_PROPERTIES + 1)), "bad_metadata", "", 0),
        (b"\x00\x05hello", "unexpected_command", failure.FAILED_PROTOCOL, failure.UNEXPECTED_COMMAND),
        (b"\x04\x00", "unexpected_command", failure.FAILED_PROTOCOL, failure.UNEXPECTED_COMMAND),
        (command(b"HELLO"), "unexpected_command", failure.FAILED_PROTOCOL, failure.UNEXPECTED_COMMAND),
        (
            command(b"ERROR", b"\x20abc"),
            "malformed_command",
            failure.FAILED_PROTOCOL,
            failure.MALFORMED_ERROR,
        ),
        (command(b"ERROR", b"\x03400"), "error_command", failure.FAILED_AUTH, 400),
        (command(b"ERROR", b"\x03300"), "error_command", failure.FAILED_AUTH, 300),
        (command(b"ERROR", b"\x04nope"), "error_command", "", 0),
        (b"\x06" + (MAX_HANDSHAKE_BYTES + 1).to_bytes(8, "big"), "malformed_command", "", 0),
        (b"\x06" + b"\xff" * 8, "bad_frame", "", 0),
    ],
)
def test_ways_to_fail(frame: bytes, counter: str, event: str, value: int) -> None:
    connection = make("PULL")
    feed(connection, GREETING + frame)
    assert connection.failure is not None
    assert (connection.failure.counter, connection.failure.event, connection.failure.value) == (
        counter,
        event,
        value,
    )
    assert not connection.failure.retry
    assert connection.is_closed
    assert b"READY" in take_output(connection)  # as if nothing had happened: the peer may find it helpful


def test_the_size_limit_holds_for_ready_too() -> None:
    connection = make("PULL", max_msg_size=16)
    feed(connection, GREETING + ready(b"PUSH"))
    assert connection.failure is not None and connection.failure.counter == "max_msg_size"


def test_a_closed_connection_ignores_everything() -> None:
    connection = make("PULL")
    feed(connection, GREETING + ready(b"REQ"))
    first = connection.failure
    take_output(connection)
    assert feed(connection, GREETING + ready(b"PUSH")) == []
    connection.deadline_reached(NOW + 1000)
    assert connection.failure is first
    assert connection.deadline() is None
    assert connection.body_buffer() is None
    assert take_output(connection) == b""


# ZAP


def test_ready_waits_for_the_verdict() -> None:
    connection = make("ROUTER", zap_required=True)
    feed(connection, GREETING + ready(b"DEALER") + b"\x00\x01x")
    assert connection.zap_request == (b"NULL",)
    assert not connection.is_ready
    assert b"READY" not in take_output(connection)
    connection.zap_answered(200, NOW, b"alice", {"Level": b"7", "Socket-Type": b"!"})
    assert connection.is_ready and connection.zap_request is None
    assert b"READY" in take_output(connection)
    assert feed(connection, b"") == [b"x"]
    # The handler's word counts more than the peer's.
    assert connection.properties == {"Socket-Type": b"!", "User-Id": b"alice", "Level": b"7"}


def test_a_verdict_may_come_before_ready() -> None:
    connection = make("ROUTER", zap_required=True)
    feed(connection, GREETING)
    connection.zap_answered(200, NOW)
    assert not connection.is_ready
    feed(connection, ready(b"DEALER"))
    assert connection.is_ready


@pytest.mark.parametrize("ready_comes_first", [True, False])
@pytest.mark.parametrize("status", [400, 500])
def test_refusal_is_told_to_the_peer(status: int, ready_comes_first: bool) -> None:
    connection = make("ROUTER", zap_required=True)
    feed(connection, GREETING + ready(b"DEALER") * ready_comes_first)
    take_output(connection)
    connection.zap_answered(status, NOW)
    if not ready_comes_first:
        # libzmq would not act on it before its own READY has left.
        assert connection.failure is None and not connection.is_ready and not connection.has_output
        assert str(status) in connection.hint_at_end
        feed(connection, ready(b"DEALER"))
        assert not connection.is_ready
    assert connection.failure is not None
    assert (connection.failure.event, connection.failure.value) == (failure.FAILED_AUTH, status)
    assert connection.is_closed
    # A closed connection that still has something to say.
    assert take_output(connection) == b"\x04\x0a\x05ERROR\x03" + str(status).encode()


def test_a_temporary_refusal_is_silent() -> None:
    connection = make("ROUTER", zap_required=True)
    feed(connection, GREETING)
    take_output(connection)
    connection.zap_answered(300, NOW)
    assert connection.failure is not None and connection.failure.value == 300
    assert not connection.has_output


def test_verdicts_nobody_asked_for_are_ignored() -> None:
    connection = make("ROUTER")
    connection.zap_answered(400, NOW)
    assert not connection.is_closed


def test_data_ahead_of_the_handshake_is_bounded() -> None:
    connection = make("ROUTER", zap_required=True)
    feed(connection, GREETING + ready(b"DEALER"))
    for _ in range(100):
        feed(connection, bytes(1000))
    assert connection.failure is not None and connection.failure.counter == "unexpected_command"
