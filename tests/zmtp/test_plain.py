"""PLAIN: what is not in the transcripts."""

from __future__ import annotations

import pytest

from purezmq.zmtp import zap
from purezmq.zmtp.connection import Connection, ConnectionConfig

from .helpers import GREETING, NOW, SPLITS, exchange, feed, make, send, take_output

PLAIN_GREETING = GREETING.replace(b"NULL\0", b"PLAIN")


def client(**options: object) -> Connection:
    options = {"plain_username": b"user", "plain_password": b"word", **options}
    return make("DEALER", mechanism="PLAIN", **options)


def server(**options: object) -> Connection:
    return make("ROUTER", mechanism="PLAIN", as_server=True, **options)


def command(body: bytes) -> bytes:
    return bytes((4, len(body))) + body


@pytest.mark.parametrize(
    ("user", "word"), [(b"", b""), (b"u", b""), (b"\xff\0", b"x" * 255), (b"u" * 255, b"")]
)
def test_credentials_reach_the_handler_as_they_are(user, word):
    a, b = client(plain_username=user, plain_password=word), server()
    exchange(a, b)
    assert b.zap_request == (b"PLAIN", user, word)
    assert not a.is_ready and not b.is_ready
    b.zap_answered(200, NOW, b"joe", {"X": b"y"})
    exchange(a, b)
    assert a.is_ready and b.is_ready
    assert b.properties["User-Id"] == b"joe" and b.properties["X"] == b"y"
    assert feed(b, send(a, b"hello")) == [b"hello"]


def test_what_is_too_long_cannot_be_configured():
    with pytest.raises(ValueError):
        ConnectionConfig("DEALER", mechanism="PLAIN", plain_password=b"x" * 256)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(
    "data", [b"", b"\x01", b"\x01u", b"\x01u\x01", b"\x01u\x01pp", b"\x05u\x01p", b"\x00", b"\xff" * 20]
)
def test_a_hello_must_fit(data, split):
    connection = server()
    feed(connection, PLAIN_GREETING + command(b"\x05HELLO" + data), SPLITS[split])
    assert connection.failure is not None and connection.failure.value == 0x10000013
    assert connection.zap_request is None


@pytest.mark.parametrize(
    "body", [b"", b"\x05READY", b"\x07WELCOME", b"\x08INITIATE", b"\x05ERROR\x03400", b"\x09HELLO"]
)
def test_a_server_wants_hello_first(body):
    connection = server()
    feed(connection, PLAIN_GREETING + command(body))
    assert connection.failure is not None and connection.failure.value == 0x10000001


def test_nothing_is_read_while_the_handler_thinks():
    connection = server()
    early = command(b"\x08INITIATE\x0bSocket-Type\0\0\0\x06DEALER") + b"\x00\x02hi"
    assert feed(connection, PLAIN_GREETING + command(b"\x05HELLO\x01u\x01p") + early) == []
    assert connection.zap_request == (b"PLAIN", b"u", b"p")
    connection.zap_answered(200, NOW)
    assert connection.is_ready
    assert feed(connection, b"") == [b"hi"]


def test_a_flood_while_the_handler_thinks_ends_the_connection():
    connection = server()
    feed(connection, PLAIN_GREETING + command(b"\x05HELLO\x01u\x01p"))
    for _ in range(20):
        feed(connection, bytes(10_000))
    assert connection.is_closed and connection.zap_request is None
    connection.zap_answered(200, NOW)  # too late
    assert not connection.is_ready


def test_the_handlers_words_are_for_our_log_only():
    connection = server()
    feed(connection, PLAIN_GREETING + command(b"\x05HELLO\x01u\x06secret"))
    take_output(connection)
    connection.zap_answered(400, NOW, text="no such user")
    assert "no such user" in connection.failure.reason and "secret" not in repr(connection.failure)
    assert take_output(connection) == b"\x04\x09\x5eRROR\x03400"


def test_300_is_silent():
    connection = server()
    feed(connection, PLAIN_GREETING + command(b"\x05HELLO\x01u\x01p"))
    take_output(connection)
    connection.zap_answered(300, NOW)
    assert take_output(connection) == b"" and connection.failure.value == 300


def test_two_clients_are_told_what_is_wrong():
    a, b = client(), client()
    exchange(a, b)
    assert "PLAIN_SERVER" in (a.failure or b.failure).reason
    assert "word" not in repr(a.failure) + repr(b.failure)


@pytest.mark.parametrize("error", [b"\x05ERROR", b"\x5eRROR"])
@pytest.mark.parametrize("welcome", [False, True])
def test_an_error_of_either_spelling_at_either_time(error, welcome):
    connection = client()
    feed(
        connection,
        PLAIN_GREETING + (command(b"\x07WELCOME") if welcome else b"") + command(error + b"\x03500"),
    )
    assert (connection.failure.event, connection.failure.value) == ("HANDSHAKE_FAILED_AUTH", 500)
    assert not connection.failure.retry


def test_an_error_must_fit():
    connection = client()
    feed(connection, PLAIN_GREETING + command(b"\x5eRROR\x09400"))
    assert connection.failure.value == 0x10000015


def test_a_peer_that_hangs_up_on_our_credentials_is_explained():
    connection = client()
    assert connection.hint_at_end == ""
    feed(connection, PLAIN_GREETING)
    assert "ZAP handler" in connection.hint_at_end


def test_without_a_handler_plain_lets_nobody_in():
    config = ConnectionConfig("ROUTER", mechanism="PLAIN", as_server=True)
    failure = zap.without_handler(config)
    assert failure is not None and failure.retry and "inproc://zeromq.zap.01" in failure.reason
