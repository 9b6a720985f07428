"""Heartbeats, with a clock that is a number."""

from __future__ import annotations

import pytest

from .helpers import NOW, exchange, feed, joined, make, send, shaken_hands, take_output

PING = b"\x04\x07\x04PING\x00\x00"
PONG = b"\x04\x05\x04PONG"


def after(connection: object, seconds: float) -> bytes:
    """Let this time pass; returns what was sent."""
    connection.deadline_reached(NOW + seconds)  # type: ignore[attr-defined]
    return take_output(connection)  # type: ignore[arg-type]


def test_a_ping_per_interval() -> None:
    connection = shaken_hands("DEALER", b"ROUTER", heartbeat_ivl_ms=100, heartbeat_timeout_ms=1000)
    assert connection.deadline() == pytest.approx(NOW + 0.1)
    assert after(connection, 0.09) == b""
    assert after(connection, 0.1) == PING
    assert after(connection, 0.19) == b""
    assert after(connection, 0.2) == PING


def test_the_time_to_live_travels_in_tenths_of_a_second() -> None:
    connection = shaken_hands("DEALER", b"ROUTER", heartbeat_ivl_ms=100, heartbeat_ttl_ms=1234)
    assert after(connection, 0.1) == b"\x04\x07\x04PING\x00\x0c"


def test_silence_after_a_ping_ends_the_connection() -> None:
    connection = shaken_hands("DEALER", b"ROUTER", heartbeat_ivl_ms=100, heartbeat_timeout_ms=300)
    for tick in (0.1, 0.2, 0.3):
        after(connection, tick)
    assert not connection.is_closed
    after(connection, 0.4)
    assert connection.failure is not None
    assert connection.failure.counter == "heartbeat_timeout"
    assert connection.failure.kind == "timeout" and connection.failure.retry
    assert connection.failure.event == ""


@pytest.mark.parametrize("life", [PONG, b"\x00\x01m", b"\x04\x02\x01X"])
def test_any_frame_are_a_sign_of_life(life: bytes) -> None:
    connection = shaken_hands("DEALER", b"ROUTER", heartbeat_ivl_ms=100, heartbeat_timeout_ms=300)
    for tick in range(1, 20):
        after(connection, tick / 10)
        feed(connection, life, now=NOW + tick / 10)
    assert not connection.is_closed


def test_part_of_a_frame_is_a_sign_of_life() -> None:
    """Not for libzmq, which then loses live peers whose frames take long."""
    connection = shaken_hands("DEALER", b"ROUTER", heartbeat_ivl_ms=100, heartbeat_timeout_ms=300)
    feed(connection, b"\x02" + (10_000).to_bytes(8, "big"))
    for tick in range(1, 20):
        after(connection, tick / 10)
        feed(connection, b"x", now=NOW + tick / 10)
    assert not connection.is_closed


def test_progress_in_a_large_body_is_a_sign_of_life() -> None:
    connection = shaken_hands("PULL", b"PUSH", heartbeat_ivl_ms=100, heartbeat_timeout_ms=200)
    feed(connection, b"\x02" + (1 << 20).to_bytes(8, "big"))
    for tick in range(1, 20):
        after(connection, tick / 10)
        assert connection.body_buffer() is not None
        connection.body_received(1000, NOW + tick / 10)
    assert not connection.is_closed


def test_no_timeout_if_it_is_zero() -> None:
    connection = shaken_hands("DEALER", b"ROUTER", heartbeat_ivl_ms=100, heartbeat_timeout_ms=0)
    for tick in range(1, 1000):
        after(connection, tick / 10)
    assert not connection.is_closed


def test_pings_do_not_pile_up_for_a_peer_that_does_not_read() -> None:
    connection = shaken_hands("DEALER", b"ROUTER", heartbeat_ivl_ms=100, heartbeat_timeout_ms=0)
    for tick in range(1, 1000):
        connection.deadline_reached(NOW + tick / 10)
    assert connection.output_size == len(PING)
    connection.bytes_sent(3)
    connection.deadline_reached(NOW + 200)
    assert connection.output_size == len(PING) - 3
    connection.bytes_sent(len(PING) - 3)
    connection.deadline_reached(NOW + 201)
    assert connection.output_size == len(PING)


def test_every_ping_is_answered_with_its_context() -> None:
    connection = shaken_hands("ROUTER", b"DEALER")
    feed(connection, b"\x04\x0a\x04PING\x00\x00abc" + PING)
    assert take_output(connection) == b"\x04\x08\x04PONGabc" + PONG


@pytest.mark.parametrize("body", [b"\x04PING", b"\x04PING\x00"])
def test_a_ping_without_time_to_live_is_ignored(body: bytes) -> None:
    connection = shaken_hands("ROUTER", b"DEALER")
    feed(connection, b"\x04" + bytes((len(body),)) + body)
    assert not connection.has_output and not connection.is_closed


def test_pongs_for_a_peer_that_does_not_read_are_bounded() -> None:
    connection = shaken_hands("ROUTER", b"DEALER")
    for _ in range(50):
        feed(connection, (b"\x04\x17\x04PING\x00\x00" + bytes(16)) * 2000)
    assert connection.output_size < 2 << 20


def test_the_peers_wish_to_be_given_up_is_granted() -> None:
    connection = shaken_hands("ROUTER", b"DEALER")
    feed(connection, b"\x04\x07\x04PING\x00\x05")
    assert connection.deadline() == pytest.approx(NOW + 0.5)
    after(connection, 0.49)
    assert not connection.is_closed
    after(connection, 0.5)
    assert connection.failure is not None and connection.failure.counter == "heartbeat_timeout"
    assert connection.failure.retry


def test_the_wish_is_renewed_by_the_next_ping_and_ended_by_other_traffic() -> None:
    connection = shaken_hands("ROUTER", b"DEALER")
    feed(connection, b"\x04\x07\x04PING\x00\x05")
    feed(connection, b"\x04\x07\x04PING\x00\x05", now=NOW + 0.4)
    assert connection.deadline() == pytest.approx(NOW + 0.9)
    feed(connection, b"\x00\x01m", now=NOW + 0.6)
    assert connection.deadline() is None


def test_a_long_wish_does_not_wrap() -> None:
    """libzmq computes 660 * 100 ms in 16 bits and closes after 464 ms."""
    connection = shaken_hands("ROUTER", b"DEALER")
    feed(connection, b"\x04\x07\x04PING" + (660).to_bytes(2, "big"))
    assert connection.deadline() == pytest.approx(NOW + 66)


def test_a_full_pipe_of_our_own_does_not_count_against_the_peer() -> None:
    """Vector heartbeat_vs_rcvhwm: libzmq loses such connections."""
    connection = shaken_hands("PULL", b"PUSH", heartbeat_ivl_ms=100, heartbeat_timeout_ms=300)
    assert after(connection, 0.1) == PING
    connection.paused(NOW + 0.15)
    for tick in range(2, 100):
        after(connection, tick / 10)
    assert not connection.is_closed
    connection.resumed(NOW + 10)
    after(connection, 10.29)
    assert not connection.is_closed
    after(connection, 10.31)
    assert connection.is_closed


def test_a_pause_without_pending_timers_arms_none() -> None:
    connection = shaken_hands("PULL", b"PUSH")
    connection.paused(NOW)
    assert connection.deadline() is None
    connection.resumed(NOW)
    assert connection.deadline() is None


def test_a_wish_read_while_paused_waits_for_the_end_of_the_pause() -> None:
    connection = shaken_hands("PULL", b"PUSH")
    connection.paused(NOW)
    feed(connection, b"\x04\x07\x04PING\x00\x05")
    assert connection.deadline() is None
    connection.resumed(NOW + 7)
    assert connection.deadline() == pytest.approx(NOW + 7.5)


def test_two_of_us_keep_each_other_alive() -> None:
    a, b = joined("PAIR", "PAIR", heartbeat_ivl_ms=100, heartbeat_ttl_ms=300)
    for tick in range(1, 50):
        now = NOW + tick / 10
        for connection in (a, b):
            connection.deadline_reached(now)
        exchange(a, b, now)
        assert not a.is_closed and not b.is_closed
    assert send(a, b"still here")


def test_handshakes_that_take_too_long() -> None:
    connection = make("PULL", handshake_ivl_ms=300)
    assert connection.deadline() == pytest.approx(NOW + 0.3)
    after(connection, 0.29)
    assert not connection.is_closed
    after(connection, 0.3)
    assert connection.failure is not None
    assert connection.failure.counter == "handshake_timeout"
    assert connection.failure.event == "HANDSHAKE_FAILED_NO_DETAIL"
    assert connection.failure.retry


def test_no_handshake_timer_if_it_is_zero() -> None:
    assert make("PULL", handshake_ivl_ms=0).deadline() is None
