from __future__ import annotations

import json

import pytest

from purezmq.cli.forms import NULL, WHOLE, Form, separator_from


def test_a_line_is_a_message_of_one_part() -> None:
    form = Form()
    assert form.parts_of(b"a\tb") == [b"a\tb"]
    assert form.text_of([b"a"]) == b"a\n"


def test_parts_are_kept_apart_in_print_even_without_a_separator() -> None:
    assert Form().text_of([b"a", b"b"]) == b"a\tb\n"


def test_separator_cuts_and_joins() -> None:
    form = Form(separator=b"|")
    assert form.parts_of(b"|a||b") == [b"", b"a", b"", b"b"]
    assert form.text_of([b"", b"a", b"", b"b"]) == b"|a||b\n"


def test_whole_prints_exactly_what_came() -> None:
    assert Form(framing=WHOLE).text_of([b"a\n", b"b"]) == b"a\nb"


def test_null_ends_each_message() -> None:
    assert Form(framing=NULL).text_of([b"a\nb"]) == b"a\nb\0"


def test_hex_both_ways() -> None:
    form = Form(hex=True, separator=b" ")
    assert form.parts_of(b"00ff 41") == [b"\x00\xff", b"A"]
    assert form.text_of([b"\x00\xff", b"A"]) == b"00ff 41\n"


def test_bad_hex_is_a_value_error_that_shows_it() -> None:
    with pytest.raises(ValueError, match="is not hex: b'zz'"):
        Form(hex=True).parts_of(b"zz")


def test_json_has_text_where_it_can_and_hex_where_it_must() -> None:
    text = Form(json=True).text_of(["ä".encode(), b"\xff"])
    assert json.loads(text) == {"parts": ["ä", {"hex": "ff"}]}
    assert text.endswith(b"\n")


def test_json_and_hex_together_give_plain_hex() -> None:
    assert json.loads(Form(json=True, hex=True).text_of([b"AB"])) == {"parts": ["4142"]}


@pytest.mark.parametrize(
    ("routing_id", "text"),
    [(b"\0\x01\x02\x03\x04", b"0x0001020304"), (b"worker-1", b"worker-1"), (b"0x41", b"0x30783431")],
)
def test_what_a_router_prints_can_be_sent_back(routing_id: bytes, text: bytes) -> None:
    form = Form(first_is_id=True)
    assert form.text_of([routing_id, b"hello"]) == text + b"\thello\n"
    assert form.parts_of(text + b"\thello") == [routing_id, b"hello"]


def test_a_router_line_without_an_id_is_refused() -> None:
    with pytest.raises(ValueError, match="routing id"):
        Form(first_is_id=True).parts_of(b"hello")


def test_topic_goes_before_the_message() -> None:
    assert Form(topic=b"news").parts_of(b"hello") == [b"news", b"hello"]


def test_subscriptions_are_words() -> None:
    assert Form().notice_of(True, b"news") == b"subscribe news\n"
    assert Form().notice_of(False, b"news") == b"cancel news\n"
    assert json.loads(Form(json=True).notice_of(True, b"\xff")) == {"subscribe": {"hex": "ff"}}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(",", b","), (r"\t", b"\t"), (r"\0", b"\0"), (r"\x1f", b"\x1f"), ("·", "·".encode())],
)
def test_separator_escapes(typed: str, meant: bytes) -> None:
    assert separator_from(typed) == meant
