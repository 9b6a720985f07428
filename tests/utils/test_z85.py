"""Z85 (RFC 32)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purezmq.utils import z85

# RFC 32's own test case, and the example keys of libzmq's manual page zmq_curve.
RFC_DATA, RFC_TEXT = bytes.fromhex("864FD26FB559F75B"), b"HelloWorld"
KEY_DATA = bytes.fromhex("BB88471D65E2659B30C55A5321CEBB5AAB2B70A398645C26DCA2B2FCB43FC518")
KEY_TEXT = b"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"


@pytest.mark.parametrize(("data", "text"), [(RFC_DATA, RFC_TEXT), (KEY_DATA, KEY_TEXT), (b"", b"")])
def test_published_examples(data, text):
    assert z85.encode(data) == text
    assert z85.decode(text) == data


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_any_bytes_are_taken(kind):
    assert z85.encode(kind(RFC_DATA)) == RFC_TEXT
    assert z85.decode(kind(RFC_TEXT)) == RFC_DATA


def test_decode_takes_text():
    assert z85.decode(RFC_TEXT.decode()) == RFC_DATA


@given(st.binary(max_size=60))
def test_decode_undoes_encode(data):
    data = data[: len(data) // 4 * 4]
    assert z85.decode(z85.encode(data)) == data


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_encode_wants_groups_of_four(size):
    with pytest.raises(ValueError, match="multiple of 4"):
        z85.encode(bytes(size))


@pytest.mark.parametrize("size", [1, 4, 6])
def test_decode_wants_groups_of_five(size):
    with pytest.raises(ValueError, match="multiple of 5"):
        z85.decode(b"0" * size)


@pytest.mark.parametrize("text", [b"0000~", "0000 ", b"0000\xff"])
def test_a_character_outside_the_alphabet_is_a_key_error(text):
    with pytest.raises(KeyError):
        z85.decode(text)


def test_text_that_is_not_ascii_is_refused():
    with pytest.raises(ValueError, match="ASCII"):
        z85.decode("ééééé")


def test_a_group_beyond_four_bytes_is_refused():
    assert z85.decode(b"%nSc0") == b"\xff\xff\xff\xff"
    for too_large in (b"%nSc1", b"#####"):
        with pytest.raises(ValueError, match="4 bytes"):
            z85.decode(too_large)


def test_encode_wants_bytes():
    with pytest.raises(TypeError):
        z85.encode("abcd")
