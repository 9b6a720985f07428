"""Our side of the SOCKS5 dialogue, byte by byte: what is sent, what is understood, what is refused."""

from __future__ import annotations

import errno

import pytest

from purezmq.transports.socks import Socks5

PROXY = "the SOCKS proxy p:1080"
OK_IPV4 = b"\5\0\0\1" + bytes(4) + b"\0\1"
REQUEST = b"\5\1\0\3\x08far.host\x15\xb3"  # a name, and port 5555


def talk(username=b"", password=b"", host="far.host"):
    return Socks5(host, 5555, username, password, PROXY)


def converse(negotiation, answers, step):
    """Give it the answers in pieces of at most ``step`` bytes. Returns what it sent and what it left alone."""
    sent = negotiation.start()
    rest = answers
    while rest and not negotiation.is_over:
        count = min(step, negotiation.wanted)
        assert count > 0
        piece, rest = rest[:count], rest[count:]
        sent += negotiation.receive(piece)
    return sent, rest


@pytest.mark.parametrize("step", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "reply",
    [OK_IPV4, b"\5\0\0\4" + bytes(16) + b"\0\1", b"\5\0\0\3\x05bound\0\1", b"\5\0\0\3\0\0\1"],
    ids=["IPv4", "IPv6", "name", "empty name"],
)
def test_without_authentication(step, reply):
    negotiation = talk()
    sent, rest = converse(negotiation, b"\5\0" + reply + b"\xff the peer's greeting", step)
    assert sent == b"\5\1\0" + REQUEST
    assert rest == b"\xff the peer's greeting"
    assert (negotiation.is_over, negotiation.error_number) == (True, 0)


@pytest.mark.parametrize("step", [1, 100])
def test_with_name_and_password(step):
    negotiation = talk(b"me", b"secret")
    sent, rest = converse(negotiation, b"\5\2" + b"\1\0" + OK_IPV4, step)
    assert sent == b"\5\2\0\2" + b"\1\x02me\x06secret" + REQUEST
    assert (rest, negotiation.is_over, negotiation.error_number) == (b"", True, 0)


def test_a_proxy_that_does_not_ask_is_not_told_the_password():
    sent, _ = converse(talk(b"me", b"secret"), b"\5\0" + OK_IPV4, 100)
    assert sent == b"\5\2\0\2" + REQUEST


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("10.0.0.7", b"\1\x0a\0\0\7"),
        ("::1", b"\4" + bytes(15) + b"\1"),
        ("fe80::1%eth0", b"\4\xfe\x80" + bytes(13) + b"\1"),
        ("localhost", b"\3\x09localhost"),
    ],
)
def test_numbers_go_as_numbers_and_names_as_names(host, address):
    sent, _ = converse(talk(host=host), b"\5\0", 100)
    assert sent == b"\5\1\0" + b"\5\1\0" + address + b"\x15\xb3"


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        (1, errno.ECONNABORTED),
        (2, errno.EACCES),
        (3, errno.ENETUNREACH),
        (4, errno.EHOSTUNREACH),
        (5, errno.ECONNREFUSED),
        (6, errno.ETIMEDOUT),
        (7, errno.EOPNOTSUPP),
        (8, errno.EAFNOSUPPORT),
        (77, errno.EPROTO),
    ],
)
def test_what_the_proxy_could_not_do(reply, number):
    negotiation = talk()
    converse(negotiation, b"\5\0" + bytes([5, reply, 0, 1]) + bytes(6), 100)
    assert (negotiation.is_over, negotiation.error_number) == (True, number)
    assert negotiation.reason.startswith(f"{PROXY} cannot connect to far.host:5555: ")


@pytest.mark.parametrize(
    ("username", "answers", "number", "text"),
    [
        (b"", b"\5\xff", errno.EACCES, "set SOCKS_USERNAME and SOCKS_PASSWORD"),
        (b"", b"\5\2", errno.EACCES, "set SOCKS_USERNAME and SOCKS_PASSWORD"),
        (b"me", b"\5\xff", errno.EACCES, "takes neither"),
        (b"me", b"\5\1", errno.EACCES, "takes neither"),
        (b"me", b"\5\2\1\1", errno.EACCES, "does not accept SOCKS_USERNAME and SOCKS_PASSWORD"),
        (b"", b"HT", errno.EPROTO, "does not answer as a SOCKS5 proxy"),
        (b"", b"\4\0", errno.EPROTO, "does not answer as a SOCKS5 proxy"),
        (b"", b"\5\0HTTP/", errno.EPROTO, "does not answer as a SOCKS5 proxy"),
        (b"", b"\5\0\5\0\0\x09\1", errno.EPROTO, "unknown kind of address (9)"),
    ],
)
def test_answers_that_end_it(username, answers, number, text):
    negotiation = talk(username, b"hunter2")
    converse(negotiation, answers, 100)
    assert (negotiation.is_over, negotiation.error_number) == (True, number)
    assert text in negotiation.reason
    assert "hunter2" not in negotiation.reason
