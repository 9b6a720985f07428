"""Properties in READY commands."""

from __future__ import annotations

import pytest

from purezmq.zmtp.metadata import MAX_PROPERTIES, decode_properties, encode_properties, encode_property

EXAMPLES = [
    ("Socket-Type", b"DEALER"),
    ("Identity", b""),
    ("X-key", bytes(300)),
    ("X-key", b"again"),
    ("", b"v"),
]


def test_decoding_undoes_encoding() -> None:
    assert decode_properties(encode_properties(EXAMPLES)) == EXAMPLES
    assert decode_properties(b"prefix" + encode_properties(EXAMPLES), 6) == EXAMPLES
    assert decode_properties(b"") == []


def test_known_names_are_recognised_in_any_case() -> None:
    assert decode_properties(encode_property("socket-TYPE", b"REP")) == [("Socket-Type", b"REP")]
    assert decode_properties(encode_property("X-Mine", b"")) == [("X-Mine", b"")]


def test_no_prefix_of_a_property_is_accepted_and_none_raises() -> None:
    data = encode_property("Socket-Type", b"DEALER")
    for size in range(1, len(data)):
        assert decode_properties(data[:size]) is None


@pytest.mark.parametrize("extra", [b"\x05", b"\x00", b"\x01A\xff\xff\xff\xff"])
def test_something_left_over_is_malformed(extra: bytes) -> None:
    assert decode_properties(encode_property("A", b"b") + extra) is None


def test_the_number_of_properties_is_bounded() -> None:
    one = encode_property("A", b"")
    assert decode_properties(one * MAX_PROPERTIES) is not None
    assert decode_properties(one * (MAX_PROPERTIES + 1)) is None
