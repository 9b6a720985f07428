from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from purezmq.cli.failure import CliFailure
from purezmq.cli.forms import LINES, NULL, WHOLE, Form
from purezmq.cli.reading import Splitter, plain_read, read_messages

TEXT = b"one\n\ntwo\nthree, unfinished"


def split(framing: str, pieces: list[bytes]) -> list[bytes]:
    splitter = Splitter(framing)
    return [text for piece in pieces for text in splitter.feed(piece)] + splitter.finish()


def cut(text: bytes, places: list[int]) -> list[bytes]:
    ends = [0, *sorted(places), len(text)]
    return [text[a:b] for a, b in pairwise(ends) if a < b]


def test_lines_are_the_same_however_the_input_arrives() -> None:
    expected = [b"one", b"", b"two", b"three, unfinished"]
    assert split(LINES, [TEXT]) == expected
    assert split(LINES, [bytes([byte]) for byte in TEXT]) == expected
    for seed in range(50):
        places = random.Random(seed).sample(range(len(TEXT)), 5)
        assert split(LINES, cut(TEXT, places)) == expected, f"seed {seed}"


def test_a_last_newline_begins_no_further_message() -> None:
    assert split(LINES, [b"a\n"]) == [b"a"]


def test_carriage_returns_are_data() -> None:
    assert split(LINES, [b"a\r\n"]) == [b"a\r"]


def test_null_separated_input_may_hold_newlines() -> None:
    assert split(NULL, [b"a\nb\0c\0"]) == [b"a\nb", b"c"]


def test_whole_input_is_one_message_even_when_empty() -> None:
    assert split(WHOLE, [b"a\n", b"b\0"]) == [b"a\nb\0"]
    assert split(WHOLE, []) == [b""]


def test_empty_input_has_no_lines() -> None:
    assert split(LINES, []) == []


def test_a_long_line_in_many_pieces_is_joined_once() -> None:
    assert split(LINES, [b"x" * 100] * 1000 + [b"\n"]) == [b"x" * 100_000]


def test_files_follow_each_other_and_end_their_last_lines(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1\n2")
    (tmp_path / "b").write_bytes(b"3\n")
    batches = read_messages([str(tmp_path / "a"), str(tmp_path / "b")], Form(), plain_read)
    assert [parts for batch in batches for parts in batch] == [[b"1"], [b"2"], [b"3"]]


def test_each_whole_file_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1\n2")
    (tmp_path / "b").write_bytes(b"3\n")
    batches = read_messages([str(tmp_path / "a"), str(tmp_path / "b")], Form(framing=WHOLE), plain_read)
    assert [parts for batch in batches for parts in batch] == [[b"1\n2"], [b"3\n"]]


def test_wrong_hex_names_its_file_and_message(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"00\nxyz\n")
    with pytest.raises(CliFailure, match="a: message 2 is not hex"):
        list(read_messages([str(tmp_path / "a")], Form(hex=True), plain_read))


def failing(descriptor: int) -> bytes:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize("read", [failing])
def test_a_read_error_ends_with_a_line(tmp_path: Path, read: Callable[[int], bytes]) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(CliFailure, match="cannot read .*a: Input/output error"):
        list(read_messages([str(tmp_path / "a")], Form(), read))
