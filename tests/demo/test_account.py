"""The account is what the demo stands on: it must notice every way in which messages can be missing."""

from __future__ import annotations

from demo.account import Account, Row, described
from demo.publish_subscribe.streams import Stream


def test_complete_when_every_message_has_arrived_once() -> None:
    account = Account()
    account.compare("stage", "messages", ["a", "b"], ["b", "a"])
    assert account.is_complete
    assert account.complaints() == []


def test_empty_account_is_not_complete() -> None:
    assert not Account().is_complete


def test_names_missing_repeated_and_unknown_messages() -> None:
    account = Account()
    account.compare("stage", "messages", ["a", "b", "c"], ["b", "b", "x"])
    assert not account.is_complete
    assert account.complaints() == [
        "stage, messages: missing: a, c",
        "stage, messages: received but not sent: b, x",
    ]


def test_equal_numbers_do_not_hide_a_complaint() -> None:
    assert not Row("stage", "messages", 2, 2, ("one was lost, another came twice",)).is_complete


def test_row_without_names_still_complains() -> None:
    account = Account()
    account.add(Row("stage", "messages", 3, 2))
    assert account.complaints() == ["stage, messages: sent 3, received 2"]


def test_failure_of_a_stage_is_remembered() -> None:
    account = Account()
    account.compare("stage", "messages", ["a"], ["a"])
    account.fail("stage", "it broke")
    assert not account.is_complete
    assert account.complaints() == ["stage: it broke"]


def test_long_lists_are_shortened() -> None:
    account = Account()
    account.compare("stage", "messages", map(str, range(25)), [])
    assert account.complaints() == ["stage, messages: missing: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 15 more"]


def test_table_lines_up() -> None:
    account = Account()
    account.add(Row("stage", "messages", 1000, 999))
    assert account.table().splitlines() == [
        "stage  messages  sent  received  missing",
        "-----  --------  ----  --------  -------",
        "stage  messages  1000       999        1",
    ]


def test_drops_are_described() -> None:
    assert described({"frontend": {}, "backend": {"full": 0}}) == "nothing"
    assert described({"frontend": {}, "backend": {"full": 2}}) == "2 at its backend (full)"


def take(stream: Stream, *numbers: int) -> None:
    for number in numbers:
        stream.take(number, is_right=True)


def test_stream_without_gap() -> None:
    stream = Stream(5)
    take(stream, 5, 6, 7)
    stream.close(8)
    assert (stream.received, stream.missing, stream.wrong) == (3, [], [])


def test_stream_notices_gap_in_the_middle_and_at_the_end() -> None:
    stream = Stream(5)
    take(stream, 5, 8)
    stream.close(11)
    assert (stream.received, stream.missing, stream.wrong) == (2, [6, 7, 9, 10], [])


def test_stream_notices_repetition_and_wrong_content() -> None:
    stream = Stream(0)
    take(stream, 0, 1, 1)
    stream.take(2, is_right=False)
    stream.close(3)
    assert (stream.received, stream.missing, stream.wrong) == (2, [], [1, 2])
