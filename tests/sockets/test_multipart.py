"""Messages of several parts arrive whole, or not at all."""

from __future__ import annotations

import pytest

import purezmq as zmq


@pytest.fixture
def pair(new_socket, endpoint, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)
    return push, pull


def test_parts_are_sent_one_by_one_and_rcvmore_tells_when_to_stop(pair):
    push, pull = pair
    push.send(b"a", zmq.SNDMORE)
    push.send(b"b", zmq.SNDMORE)
    push.send(b"c")
    received = []
    while True:
        received.append(pull.recv())
        if not pull.get(zmq.RCVMORE):
            break
    assert received == [b"a", b"b", b"c"]
    assert pull.rcvmore == 0


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"", b""],
        [b"x"],
        [b"", b"body"],
        [b"a", b"", b"b"],
        [bytes(n) for n in range(300)],
        [bytes(100_000)] * 3,
    ],
    ids=["empty", "two empty", "one", "delimiter", "empty inside", "300 parts", "large parts"],
)
def test_what_goes_in_comes_out(pair, parts):
    push, pull = pair
    push.send_multipart(parts)
    push.send(b"next")
    assert pull.recv_multipart() == parts
    assert pull.recv_multipart() == [b"next"]


def test_a_thousand_parts(pair):
    push, pull = pair
    parts = [b"%d" % number for number in range(1000)]
    push.send_multipart(parts)
    assert pull.recv_multipart() == parts


def test_parts_may_be_mixed_kinds_of_buffers(pair):
    push, pull = pair
    push.send_multipart([b"bytes", bytearray(b"bytearray"), memoryview(b"memoryview"), zmq.Frame(b"frame")])
    assert pull.recv_multipart() == [b"bytes", b"bytearray", b"memoryview", b"frame"]


def test_sndmore_to_send_multipart_continues_the_message(pair):
    push, pull = pair
    push.send_multipart([b"a", b"b"], zmq.SNDMORE)
    push.send_multipart([b"c", b"d"])
    assert pull.recv_multipart() == [b"a", b"b", b"c", b"d"]


def test_nothing_is_visible_before_the_last_part_is_sent(pair):
    push, pull = pair
    push.send(b"first", zmq.SNDMORE)
    assert pull.poll(50) == 0
    push.send(b"last")
    assert pull.recv_multipart() == [b"first", b"last"]


def test_when_the_first_part_is_there_all_parts_are(pair):
    push, pull = pair
    push.send_multipart([b"%d" % number for number in range(50)])
    assert pull.recv() == b"0"
    for number in range(1, 50):
        assert pull.recv(zmq.DONTWAIT) == b"%d" % number


def test_closing_in_the_middle_delivers_nothing(new_socket, endpoint, link):
    pull, push, other = new_socket(zmq.PULL), new_socket(zmq.PUSH), new_socket(zmq.PUSH)
    link(pull, push, other, endpoint)
    push.send(b"whole")
    push.send(b"half", zmq.SNDMORE)
    push.close()
    assert pull.recv_multipart() == [b"whole"]
    other.send_multipart([b"from", b"another"])
    assert pull.recv_multipart() == [b"from", b"another"]
    assert pull.poll(50) == 0


def test_messages_of_two_senders_do_not_mix(new_socket, endpoint, link):
    pull, one, two = new_socket(zmq.PULL), new_socket(zmq.PUSH), new_socket(zmq.PUSH)
    link(pull, one, two, endpoint)
    for number in range(100):
        one.send(b"one", zmq.SNDMORE)
        two.send(b"two", zmq.SNDMORE)
        one.send(b"%d" % number, zmq.SNDMORE)
        two.send(b"%d" % number)
        one.send(b"end")
    received = [pull.recv_multipart() for _ in range(200)]
    assert [m for m in received if m[0] == b"one"] == [[b"one", b"%d" % n, b"end"] for n in range(100)]
    assert [m for m in received if m[0] == b"two"] == [[b"two", b"%d" % n] for n in range(100)]


def test_part_wise_and_whole_receiving_may_be_mixed(pair):
    push, pull = pair
    push.send_multipart([b"a", b"b", b"c"])
    push.send_multipart([b"d"])
    assert pull.recv() == b"a"
    assert pull.recv_multipart() == [b"b", b"c"]
    assert pull.recv_multipart() == [b"d"]


def test_every_frame_knows_whether_more_follow(pair):
    push, pull = pair
    push.send_multipart([b"a", b"b"])
    first, last = pull.recv_multipart(copy=False)
    assert (first.more, last.more) == (True, False)
    assert (first.bytes, last.bytes) == (b"a", b"b")


def test_dontwait_needs_no_repeating_inside_a_message(pair):
    push, pull = pair
    push.send(b"a", zmq.SNDMORE | zmq.DONTWAIT)
    push.send(b"b", zmq.DONTWAIT)
    assert pull.recv_multipart() == [b"a", b"b"]
