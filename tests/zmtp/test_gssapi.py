"""GSSAPI's rules, with a security library that only pretends. (The real one: tests/kerberos.)"""

from __future__ import annotations

import pytest

from purezmq.base import kerberos
from purezmq.base.kerberos import KerberosError, Names
from purezmq.base.message import Subscription
from purezmq.zmtp import gssapi
from purezmq.zmtp.connection import Connection

from .helpers import GREETING, NOW, SPLITS, feed, make, send, take_output

GSSAPI_GREETING = GREETING.replace(b"NULL\0\0", b"GSSAPI")


class FakeContext:
    """Three tokens there and back; wrapping is reversing behind a mark, and counts."""

    def __init__(self, names, *, is_acceptor):
        self.is_acceptor = is_acceptor
        self.is_complete = False
        self.peer = b""
        self.sent = self.received = 0

    def step(self, token):
        if self.is_acceptor:
            if token != b"hello":
                raise KerberosError("no hello")
            self.is_complete, self.peer = True, b"alice@REALM"
            return b"welcome"
        if token is None:
            return b"hello"
        if token != b"welcome":
            raise KerberosError("no welcome")
        self.is_complete = True
        return b""

    def wrap(self, data):
        self.sent += 1
        return b"~%d~" % self.sent + bytes(data)[::-1]

    def unwrap(self, data):
        self.received += 1
        mark = b"~%d~" % self.received
        if not data.startswith(mark):
            raise KerberosError("replayed")
        return data[len(mark) :][::-1]


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    monkeypatch.setattr(gssapi, "Context", FakeContext)


def client(socket_type="DEALER", encrypts=True, **options) -> Connection:
    return make(socket_type, mechanism="GSSAPI", gssapi=Names(service=b"s", encrypts=encrypts), **options)


def server(socket_type="ROUTER", encrypts=True, **options) -> Connection:
    return make(socket_type, mechanism="GSSAPI", as_server=True, gssapi=Names(encrypts=encrypts), **options)


def run_errands(connection: Connection, has_handler: bool = False) -> None:
    """What the driver does; without a handler every principal is let in."""
    while connection.waits_for_driver:
        if connection.zap_request is not None:
            if has_handler:
                return
            connection.zap_answered(200, NOW)
            continue
        try:
            result = connection.errand()
        except KerberosError as error:
            result = error
        connection.errand_done(result, NOW)


def shake_hands(a: Connection, b: Connection, has_handler: bool = False) -> None:
    for _ in range(20):
        to_b, to_a = take_output(a), take_output(b)
        feed(b, to_b)
        feed(a, to_a)
        run_errands(a)
        run_errands(b, has_handler)


def joined(**options):
    a, b = client(**options), server(**options)
    shake_hands(a, b)
    return a, b


def command(body: bytes) -> bytes:
    return bytes((4, len(body))) + body


def initiate(token: bytes) -> bytes:
    return command(b"\x08INITIATE" + len(token).to_bytes(4, "big") + token)


def message(content: bytes, number: int, flags: int = 0) -> bytes:
    token = b"~%d~" % number + content[::-1]
    body = b"\x07MESSAGE" + len(token).to_bytes(4, "big") + token
    return bytes((flags, len(body))) + body


@pytest.mark.parametrize("encrypts", [True, False])
def test_two_sides_shake_hands_and_talk(encrypts):
    a, b = joined(encrypts=encrypts)
    assert a.is_ready and b.is_ready
    assert b.properties["User-Id"] == b"alice@REALM"
    for message_sent in (b"", b"x" * 70_000, (b"a", b"", b"c")):
        assert feed(b, send(a, message_sent)) == [message_sent]
        wire = send(b, message_sent)
        assert feed(a, wire) == [message_sent]
        assert (b"~" in wire) == encrypts


def test_the_bytes_of_the_handshake():
    a = client()
    take_output(a)
    feed(a, GSSAPI_GREETING)
    take_output(a)
    run_errands(a)
    assert take_output(a) == initiate(b"hello")
    feed(a, initiate(b"welcome"))
    run_errands(a)
    assert take_output(a) == b"\x04\x00"  # there is no token left to send
    ready = b"\x05READY\x0bSocket-Type\0\0\0\x06ROUTER\x08Identity\0\0\0\0"
    feed(a, message(b"\0" + ready, 1, flags=4))
    assert a.is_ready
    wire = take_output(a)
    assert wire[0] == 4 and wire[2:10] == b"\x07MESSAGE"  # a command frame, unlike the traffic
    assert send(a, b"hi") == message(b"\0hi", 2)


@pytest.mark.parametrize("split", SPLITS)
def test_nothing_is_read_while_a_token_is_made(split):
    b = server(encrypts=False)
    early = (
        initiate(b"hello")
        + command(b"")
        + command(b"\x05READY\x0bSocket-Type\0\0\0\x06DEALER")
        + b"\x00\x02hi"
    )
    assert feed(b, GSSAPI_GREETING + early, SPLITS[split]) == []
    assert b.errand is not None and b.waits_for_driver
    run_errands(b)
    assert b.is_ready and feed(b, b"") == [b"hi"]


def test_late_results_are_thrown_away():
    b = server()
    feed(b, GSSAPI_GREETING + initiate(b"hello"))
    b.deadline_reached(NOW + 1000)
    assert b.is_closed and b.errand is None
    assert "a call to the security library has not returned yet" in b.failure.reason
    b.errand_done(b"welcome", NOW)
    assert b.is_closed


@pytest.mark.parametrize("status", [200, 300, 400, 500])
def test_the_handler_judges_the_principal(status):
    a, b = client(), server()
    shake_hands(a, b, has_handler=True)
    assert b.zap_request == (b"GSSAPI", b"alice@REALM") and not b.is_ready
    b.zap_answered(status, NOW, b"al")
    shake_hands(a, b)
    assert b.is_ready == a.is_ready == (status == 200)
    if status == 200:
        assert b.properties["User-Id"] == b"al"
    else:
        assert b.failure.value == status
        assert (a.failure is None) == (status == 300)


def test_modes_must_agree():
    for we_encrypt in (True, False):
        a, b = client(encrypts=we_encrypt), server(encrypts=not we_encrypt)
        shake_hands(a, b)
        assert not a.is_ready and "GSSAPI_PLAINTEXT" in a.failure.reason
        assert "GSSAPI_PLAINTEXT" in b.hint_at_end


def test_our_own_credentials_may_come_back_and_the_peers_token_does_not_change():
    a = client()
    feed(a, GSSAPI_GREETING)
    a.errand_done(KerberosError("ticket expired", is_ours=True), NOW)
    assert (
        a.failure.retry and "ticket expired" in a.failure.reason and a.failure.counter == "gssapi_credentials"
    )
    a = client()
    feed(a, GSSAPI_GREETING)
    run_errands(a)
    feed(a, initiate(b"wrong"))
    run_errands(a)
    assert not a.failure.retry and a.failure.counter == "gssapi_token"
    assert (a.failure.event, a.failure.value) == ("HANDSHAKE_FAILED_PROTOCOL", 0x11000001)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(
    ("frames", "value"),
    [
        (command(b"\x08INITIATE"), 0x10000014),
        (command(b"\x08INITIATE\0\0\0\x05hell"), 0x10000014),
        (command(b"\x08INITIATE\0\0\0\x05hello!"), 0x10000014),
        (command(b"\x08INITIATE\xff\xff\xff\xff"), 0x10000014),
        (command(b"\x05HELLO"), 0x10000001),
        (command(b""), 0x10000001),
        (command(b"\xff"), 0x10000001),
        (initiate(b"bad"), 0x11000001),
        (initiate(b"hello") + command(b"\x05HELLO"), 0x10000001),
        (initiate(b"hello") + command(b"") + command(b"\x05READY"), 0x10000001),
        (initiate(b"hello") + command(b"") + command(b"\x07MESSAGE"), 0x10000016),
        (initiate(b"hello") + command(b"") + command(b"\x07MESSAGE\0\0\0\x09x"), 0x10000016),
        (initiate(b"hello") + command(b"") + message(b"\0junk", 2, flags=4), 0x11000001),
        (initiate(b"hello") + command(b"") + message(b"\0\x05HELLO", 1, flags=4), 0x10000001),
        (initiate(b"hello") + command(b"") + message(b"", 1, flags=4), 0x10000001),
    ],
)
def test_ways_to_fail_as_a_client(frames, value, split):
    b = server()
    for piece in SPLITS[split](GSSAPI_GREETING + frames):
        feed(b, piece)
        run_errands(b)
    assert b.failure is not None and b.failure.value == value and not b.is_ready


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00\x02hi",
        b"\x04\x05\x04PING",
        message(b"\0x", 1),  # READY was the first
        message(b"\0x", 3),
        message(b"", 2),
        b"\x00\x0c\x07MESSAGE\0\0\0\x01",
        b"\x00\x08\x07MESSAGE",
        b"\x00\x00",
    ],
)
def test_traffic_that_is_not_the_peers_next_message_ends_the_connection(frame):
    _, b = joined()
    assert feed(b, frame) == []
    assert b.failure is not None and b.failure.counter == "gssapi_traffic"


def test_subscriptions_have_the_form_that_libzmq_understands():
    a, b = client("SUB"), server("XPUB")
    shake_hands(a, b)
    assert feed(b, send(a, Subscription(True, b"t"))) == [b"\x01t"]  # XPUB knows what that means
    (found,) = feed(b, message(b"\x04news", 3))  # as later versions of libzmq mark it
    assert (found.subscribe, found.topic) == (True, b"news")
    (found,) = feed(b, message(b"\x08news", 4))
    assert (found.subscribe, found.topic) == (False, b"news")


def test_names_lose_the_nul_of_c():
    names = Names(b"alice\0", 1, b"zmq@host\0")
    assert (names.principal, names.service) == (b"alice", b"zmq@host")


def test_without_the_library(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "gssapi", None)
    monkeypatch.setitem(sys.modules, "gssapi.raw", None)
    assert not kerberos.is_available()
    with pytest.raises(Exception, match="purezmq\\[gssapi\\]"):
        kerberos.library()
