"""Command bodies."""

from __future__ import annotations

import pytest

from purezmq.base.message import GroupChange, Subscription
from purezmq.zmtp.command import (
    decode_error,
    encode_change,
    encode_command,
    encode_error,
    encode_ping,
    encode_pong,
    encode_ready,
    split_command,
)


def test_bodies_as_libzmq_writes_them() -> None:
    assert encode_ping(12) == b"\x04PING\x00\x0c"
    assert encode_pong(b"") == b"\x04PONG"
    assert encode_change(Subscription(True, b"A")) == b"\x09SUBSCRIBEA"
    assert encode_change(Subscription(False, b"")) == b"\x06CANCEL"
    assert encode_change(GroupChange(True, b"g")) == b"\x04JOINg"
    assert encode_change(GroupChange(False, b"g")) == b"\x05LEAVEg"
    assert encode_error("400") == b"\x05ERROR\x03400"
    assert encode_ready((("Socket-Type", b"DEALER"),)) == b"\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"


def test_a_pong_echoes_sixteen_bytes_at_most() -> None:
    assert encode_pong(bytes(range(20))) == b"\x04PONG" + bytes(range(16))


def test_splitting_undoes_encoding() -> None:
    for name, data in [(b"", b""), (b"X", b""), (b"READY", b"\0\1"), (bytes(255), b"data")]:
        assert split_command(encode_command(name, data)) == (name, data)


@pytest.mark.parametrize("body", [b"", b"\x01", b"\x05REA", b"\xff" + bytes(254)])
def test_a_name_beyond_the_end_is_no_command(body: bytes) -> None:
    assert split_command(body) is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"\x00", ""), (b"\x03400", "400"), (b"\x02ok and more", "ok"), (b"\x01\xff", "\ufffd")],
)
def test_reasons_of_errors(data: bytes, reason: str) -> None:
    assert decode_error(data) == reason


@pytest.mark.parametrize("data", [b"", b"\x20abc"])
def test_malformed_reasons_of_errors(data: bytes) -> None:
    assert decode_error(data) is None


def test_a_reason_is_cut_to_what_its_length_byte_can_say() -> None:
    assert decode_error(encode_error("é" * 200)[6:]) is not None
