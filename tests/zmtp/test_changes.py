"""Subscriptions in a row are cut as the ordinary way would, and it gets what is anything else."""

import random

import pytest

from purezmq.base.message import Subscription
from purezmq.zmtp.changes import cut_changes
from purezmq.zmtp.command import encode_change, encode_command
from purezmq.zmtp.framing import command_frame

from .helpers import PLENTY, SPLITS, feed, make, take_output


def frame_of(subscribe, topic):
    return command_frame(encode_change(Subscription(subscribe, topic)))


def shown(found):
    return [(item.subscribe, item.topic) for item in found]


def test_subscriptions_and_cancellations():
    data = b"xx" + frame_of(True, b"abc") + frame_of(False, b"") + frame_of(True, b"z" * 245)
    found = []
    assert cut_changes(data, 2, found, PLENTY) == len(data)
    assert shown(found) == [(True, b"abc"), (False, b""), (True, b"z" * 245)]


def test_no_more_than_there_is_room_for():
    one = frame_of(True, b"a")
    found = ["before"]
    assert cut_changes(one * 5, 0, found, 2) == 2 * len(one)
    assert len(found) == 3
    assert cut_changes(one, 0, found, 0) == 0


@pytest.mark.parametrize(
    "other",
    [
        b"",
        b"\x04",
        frame_of(True, b"abc")[:-1],
        b"\x00\x03abc",
        b"\x06\x04\x03ABC",
        frame_of(True, b"z" * 246),  # a long frame
        command_frame(encode_command(b"PING", b"\0\0")),
        command_frame(encode_command(b"SUBSCRIBES", b"abc")),
        command_frame(b"\x09SUBSC") + b"RIBEabc",  # the name runs past the end
        command_frame(b""),
    ],
)
def test_anything_else_is_left(other):
    one = frame_of(False, b"abc")
    found = []
    assert cut_changes(one + other, 0, found, PLENTY) == len(one)
    assert shown(found) == [(False, b"abc")]


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS.keys())
@pytest.mark.parametrize("limit", [-1, 200])
def test_a_publisher_hears_them_between_messages_and_other_commands(split, limit):
    publisher = make("XPUB", max_msg_size=limit)
    subscriber = make("SUB")
    while not (publisher.is_ready and subscriber.is_ready):
        feed(publisher, take_output(subscriber))
        feed(subscriber, take_output(publisher))
    rng = random.Random(7)
    data, expected = b"", []
    for _ in range(300):
        kind, topic = rng.randrange(6), bytes(rng.choices(b"abc", k=rng.randrange(120)))
        if kind < 4:
            data += frame_of(kind < 2, topic)
            expected.append((kind < 2, topic))
        elif kind == 4:
            data += bytes((0, len(topic))) + topic
            expected.append(topic)
        else:
            data += command_frame(encode_command(b"PING", b"\0\0abc"))
    found = feed(publisher, data, split)
    assert [item if type(item) is bytes else (item.subscribe, item.topic) for item in found] == expected
    assert publisher.messages_in == sum(type(item) is bytes for item in expected)
    assert publisher.failure is None
