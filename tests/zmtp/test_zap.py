"""The words of ZAP: requests, replies, and what holds without a handler."""

from __future__ import annotations

import pytest

from purezmq.zmtp import zap
from purezmq.zmtp.config import ConnectionConfig

GOOD = [b"", b"1.0", b"1", b"200", b"OK", b"joe", b"\x01X\0\0\0\x01y"]


def test_a_request():
    config = ConnectionConfig("ROUTER", b"me", "PLAIN", as_server=True, zap_domain=b"d")
    assert zap.encode_request(config, "127.0.0.1", (b"PLAIN", b"u", b"p")) == (
        *(b"", b"1.0", b"1", b"d", b"127.0.0.1", b"me", b"PLAIN", b"u", b"p"),
    )


def test_a_good_reply():
    verdict = zap.decode_reply(GOOD)
    assert isinstance(verdict, zap.Verdict)
    assert (verdict.status, verdict.text, verdict.user_id) == (200, "OK", b"joe")
    assert verdict.properties == {"X": b"y"}


@pytest.mark.parametrize(
    ("index", "value", "error"),
    [
        (0, b"x", zap.MALFORMED_REPLY),
        (1, b"1.1", zap.BAD_VERSION),
        (1, b"", zap.BAD_VERSION),
        (2, b"2", zap.BAD_REQUEST_ID),
        (3, b"201", zap.INVALID_STATUS_CODE),
        (3, b"", zap.INVALID_STATUS_CODE),
        (3, b"200 ", zap.INVALID_STATUS_CODE),
        (6, b"\x01", zap.INVALID_METADATA),
    ],
)
def test_a_bad_reply_is_no_reply(index, value, error):
    failure = zap.decode_reply([*GOOD[:index], value, *GOOD[index + 1 :]])
    assert (failure.event, failure.value) == ("HANDSHAKE_FAILED_PROTOCOL", error)


@pytest.mark.parametrize("count", [0, 1, 6, 8])
def test_a_reply_has_seven_frames(count):
    failure = zap.decode_reply((GOOD * 2)[:count])
    assert failure.value == zap.MALFORMED_REPLY


@pytest.mark.parametrize(
    ("mechanism", "as_server", "domain", "enforce", "asked"),
    [
        ("NULL", False, b"", False, False),
        ("NULL", False, b"", True, False),
        ("NULL", False, b"d", False, True),
        ("PLAIN", True, b"", False, True),
        ("PLAIN", False, b"d", True, False),
        ("CURVE", True, b"", False, True),
        ("CURVE", True, b"", True, False),
        ("CURVE", True, b"d", True, True),
        ("CURVE", False, b"d", True, False),
    ],
)
def test_who_asks(mechanism, as_server, domain, enforce, asked):
    assert zap.is_asked(mechanism, as_server, domain, enforce) is asked


@pytest.mark.parametrize("enforce", [False, True])
def test_null_without_a_handler(enforce):
    config = ConnectionConfig("ROUTER", zap_domain=b"d", zap_enforce_domain=enforce)
    assert (zap.without_handler(config) is None) is not enforce
