"""The greeting: what we send when, and what the peer turns out to be."""

from __future__ import annotations

import pytest

from purezmq.zmtp.failure import MECHANISM_MISMATCH
from purezmq.zmtp.greeting import Greeting, encode_rest, encode_signature

from .helpers import GREETING, SPLITS, feed, make, take_output

TYPE = b"\x05"
REST = encode_rest("NULL", False)


def shake(data: bytes, split: str = "whole") -> tuple[Greeting, bytes]:
    greeting = Greeting()
    answer = b""
    for piece in SPLITS[split](data):
        if greeting.version is None:
            answer += greeting.receive(piece, TYPE, REST)
    return greeting, answer


def test_the_greeting_has_64_bytes() -> None:
    assert len(encode_signature(b"") + b"\x03" + encode_rest("CURVE", True)) == 64


def test_as_server_is_told_honestly() -> None:
    assert encode_rest("CURVE", True)[21] == 1
    assert encode_rest("CURVE", False)[21] == 0


@pytest.mark.parametrize(("length", "padding"), [(0, 1), (8, 9), (255, 256)])
def test_the_padding_holds_the_length_of_the_routing_id_plus_one(length: int, padding: int) -> None:
    assert encode_signature(bytes(length)) == b"\xff" + padding.to_bytes(8, "big") + b"\x7f"


@pytest.mark.parametrize(
    ("received", "sent"), [(0, b""), (9, b""), (10, b"\x03"), (11, b"\x03" + REST), (64, b"\x03" + REST)]
)
def test_each_step_waits_for_what_it_depends_on(received: int, sent: bytes) -> None:
    for split in SPLITS:
        assert shake(GREETING[:received], split)[1] == sent


@pytest.mark.parametrize(
    ("major", "minor", "version"),
    [(3, 0, (3, 0)), (3, 1, (3, 1)), (3, 2, (3, 1)), (2, 0, (3, 1)), (4, 0, (3, 1))],
)
def test_whatever_is_not_known_to_be_older_is_3_1(major: int, minor: int, version: tuple[int, int]) -> None:
    greeting, _ = shake(GREETING[:10] + bytes((major, minor)) + GREETING[12:] + b"and more")
    assert greeting.version == version
    assert greeting.rest == b"and more"


@pytest.mark.parametrize(("major", "version"), [(0, (1, 0)), (1, (2, 0))])
@pytest.mark.parametrize("split", SPLITS)
def test_old_majors_get_the_socket_type_and_nothing_else(
    major: int, version: tuple[int, int], split: str
) -> None:
    greeting, answer = shake(GREETING[:10] + bytes((major, 8)), split)
    assert greeting.version == version
    assert greeting.is_versioned
    assert answer == b"\x03" + TYPE


@pytest.mark.parametrize("first", [b"\x01\x00", b"G", b"\x00"])
def test_a_first_byte_other_than_ff_is_zmtp_1(first: bytes) -> None:
    greeting, answer = shake(first)
    assert greeting.version == (1, 0)
    assert not greeting.is_versioned
    assert greeting.rest == first
    assert answer == b""


def test_a_signature_with_an_even_last_byte_is_zmtp_1() -> None:
    header = b"\xff" + (4).to_bytes(8, "big") + b"\x00"
    greeting, answer = shake(header[:9])
    assert greeting.version is None
    greeting, answer = shake(header + b"abc", "bytes")
    assert greeting.version == (1, 0)
    assert answer == b""


def test_a_different_mechanism_is_named_in_the_failure() -> None:
    connection = make("PULL")
    feed(connection, GREETING.replace(b"NULL\0", b"CURVE"))
    assert connection.is_closed
    assert connection.failure is not None
    assert "NULL" in connection.failure.reason and "CURVE" in connection.failure.reason
    assert connection.failure.counter == "mechanism_mismatch"
    assert connection.failure.event == "HANDSHAKE_FAILED_PROTOCOL"
    assert connection.failure.value == MECHANISM_MISMATCH
    assert not connection.failure.retry
    # Our greeting leaves all the same: it tells the peer what does not fit.
    assert take_output(connection)[12:17] == b"NULL\0"


@pytest.mark.parametrize("name", [b"null", b"NULLO", b"NULL\0\1", b""])
def test_all_twenty_bytes_of_the_mechanism_count(name: bytes) -> None:
    connection = make("PULL")
    feed(connection, GREETING[:12] + name.ljust(20, b"\0") + bytes(32))
    assert connection.failure is not None and connection.failure.counter == "mechanism_mismatch"


def test_padding_as_server_and_filler_do_not_count() -> None:
    connection = make("PULL")
    feed(connection, b"\xff" + b"\xaa" * 8 + b"\x7f" + GREETING[10:32] + b"\x55" * 32)
    assert connection.failure is None
    assert connection.version == (3, 1)
