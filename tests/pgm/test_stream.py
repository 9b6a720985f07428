"""The messages inside: whatever was sent comes out, from the beginning of some message on."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purezmq.base.message import TrackedMessage
from purezmq.pgm.stream import NO_MESSAGE_STARTS, StreamReader, StreamWriter

# A message as the sizes of its parts.
sizes = st.one_of(st.integers(0, 700), st.sampled_from([252, 253, 254, 255, 4000, 4096, 4097, 9000]))
shapes = st.lists(st.lists(sizes, min_size=1, max_size=4), max_size=12)


def make(shape):
    """Numbered messages of these shapes."""
    messages = []
    for number, parts in enumerate(shape):
        message = [bytes([number]) * size for size in parts]
        messages.append(message[0] if len(message) == 1 else tuple(message))
    return messages


def cut(messages, size=100):
    writer = StreamWriter(size)
    outbox = deque(messages)
    payloads = []
    while payload := writer.next_payload(outbox):
        assert 2 < len(payload) <= size
        payloads.append(payload)
    return payloads


def read(payloads, room=1 << 30, max_msg_size=-1):
    reader = StreamReader(max_msg_size)
    inbox = deque()
    for payload in payloads:
        if payload is None:
            reader.leave()
            continue
        reader.feed(payload)
        while True:
            reader.decode(inbox, room)
            if not reader.has_undecoded:
                break
    return list(inbox), reader


@settings(deadline=None, database=None)
@given(shapes, st.integers(3, 1428), st.integers(1, 4))
def test_what_goes_in_comes_out(shape, size, room):
    messages = make(shape)
    found, reader = read(cut(messages, size), room)
    assert found == messages
    assert reader.messages_in == len(messages)


@settings(deadline=None, database=None)
@given(shapes, st.integers(3, 300), st.lists(st.floats(0, 1, exclude_max=True), max_size=3))
def test_after_a_loss_whole_messages_are_missing_and_nothing_else(shape, size, losses):
    messages = [
        (b"%d" % number, *(message if isinstance(message, tuple) else (message,)))
        for number, message in enumerate(make(shape))
    ]
    payloads = cut(messages, size)
    lost = {int(place * len(payloads)) for place in losses}
    found, _ = read([None if number in lost else payload for number, payload in enumerate(payloads)])
    assert found == [message for message in messages if message in found]
    if not lost:
        assert found == messages


def test_the_offset_tells_the_first_beginning():
    assert cut([b"abc"])[0] == b"\0\0\x04\0abc"
    first, second = cut([b"x" * 150, b"y"])
    assert first[:2] == b"\0\0"
    assert int.from_bytes(second[:2], "big") == 150 + 2 - 98


def test_parts_are_no_beginnings():
    payloads = cut([(b"a" * 97, b"b" * 96, b"c")], 102)
    assert [int.from_bytes(payload[:2], "big") for payload in payloads] == [0] + [NO_MESSAGE_STARTS] * (
        len(payloads) - 1
    )


def test_a_payload_that_is_full_says_nothing_of_the_next_message():
    payloads = cut([b"x" * 96, b"y"])
    assert [payload[:2] for payload in payloads] == [b"\0\0", b"\0\0"]


def test_a_late_reader_begins_at_the_offset():
    payloads = cut([b"x" * 300, b"first", b"second"])
    assert read(payloads[1:])[0] == [b"first", b"second"]


def test_an_offset_at_the_end_is_legal():
    # libzmq writes it when its queue runs empty.
    found, reader = read([b"\x00\x03abc", b"\x00\x00\x02\0z"])
    assert found == [b"z"]
    assert not reader.failure


def test_payloads_without_content_are_ignored():
    assert read([b"", b"\0", b"\0\0", b"\0\0\x02\0z"])[0] == [b"z"]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"\0\x09abc", "bad_offset"),
        (b"\0\0\0\0", "bad_frame"),
        (b"\0\0\xff" + bytes(9), "bad_frame"),
        (b"\0\0\x08\0", "message_too_large"),
        (b"\0\0\xff\x7f" + bytes(8), "message_too_large"),
    ],
)
def test_nonsense_makes_the_reader_leave_until_the_next_message(payload, why):
    found, reader = read([payload], max_msg_size=5)
    assert (found, reader.failure, reader.is_joined) == ([], why, False)
    reader.failure = ""
    reader.feed(b"\0\x01?\x02\0z")
    inbox = deque()
    assert reader.decode(inbox, 10) == 1
    assert list(inbox) == [b"z"]


def test_what_came_before_nonsense_is_kept():
    found, reader = read([b"\0\0\x02\0a\x02\0b\0\0\x02\0c"])
    assert found == [b"a", b"b"]
    assert reader.messages_in == 2


def test_other_flags_than_more_are_ignored():
    assert read([b"\0\0\x02\xfea"])[0] == [b"a"]


def test_a_tracked_message_is_free_when_its_last_byte_is_in_a_packet():
    calls = []
    message = TrackedMessage((memoryview(bytes(5000)), b"x"), lambda: calls.append(1))
    writer = StreamWriter(4000)
    outbox = deque([message])
    writer.next_payload(outbox)
    assert not calls
    writer.next_payload(outbox)
    assert calls == [1]


def test_a_dropped_message_is_free_too():
    calls = []
    writer = StreamWriter(1000)
    writer.next_payload(deque([TrackedMessage((bytes(5000),), lambda: calls.append(1))]))
    assert writer.has_rest
    writer.drop()
    assert calls == [1]
    assert not writer.has_rest
    assert writer.next_payload(deque()) == b""
