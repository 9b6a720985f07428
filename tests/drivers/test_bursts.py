"""How many messages are gathered for a write, and what happens to the rest of a burst."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

import purezmq as zmq
from purezmq.drivers.io_thread import LARGEST_BURST, TICK_S
from purezmq.drivers.watching import CAN_WATCH

SOON_MS = 2000


@pytest.fixture
def pump(new_socket):
    return new_socket(zmq.PUSH)._pump


@pytest.fixture
def left_alone(new_socket, link, make_endpoint, eventually):
    """A sender's pump and its receiver. The I/O thread keeps away; whatever else happens writes nothing by itself."""
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    push.send(b"first")
    assert pull.recv() == b"first"
    pump = push._pump
    # So its ticks do not interfere, nor the end of its last step.
    eventually(lambda: not pump.hot and not pump.lock.locked(), "the I/O thread has lost its interest")
    pump.hot = True  # or whatever happens to the socket writes what was gathered
    return pump, pull


def test_a_tail_that_is_never_the_same_halves_the_bursts(pump):
    pump.burst = 400
    pump._tail_found(17)
    assert (pump.burst, pump.burst_limit) == (200, 200)
    pump._tail_found(18)
    assert (pump.burst, pump.burst_limit) == (100, 100)


def test_what_is_sent_from_pause_to_pause_is_remembered(pump):
    pump.burst = 64
    pump.end_at_pause(64)
    pump._tail_found(36)
    pump.burst = 32
    for _ in range(3):
        pump.end_at_pause(32)
    pump._tail_found(4)  # a hundred again
    assert pump.burst == 100
    ends = []
    for burst in (70, 70, 70, 70):
        pump.burst = burst
        pump.end_at_pause(ends[-1] if ends else 0)
        ends.append(pump.burst)
    assert ends == [70, 30, 70, 30]


def test_more_is_tried_after_some_bursts_without_a_tail(pump):
    pump.burst = 64
    pump._tail_found(1)
    assert pump.burst_limit == 32
    limits = []
    for turn in range(200):
        pump.io_thread.last_flush_end = pump.last_flush = now = 1000.0 + turn
        pump._adapt_burst(32, 10, now + 32e-6)
        limits.append(pump.burst_limit)
    assert max(limits) == limits[-1] == LARGEST_BURST
    assert all(after in (before, min(2 * before, LARGEST_BURST)) for before, after in pairwise(limits))
    assert limits.count(32) > 1


def test_the_rest_of_a_burst_leaves_while_the_sender_does_other_things(new_socket, link, make_endpoint):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    for count in (777, 333, 1, 52, 999, 2, 100, 100, 100, 100):
        for number in range(count):
            push.send(b"%d" % number)
        received = [pull.recv(timeout=SOON_MS) for _ in range(count)]  # the sender waits for that
        assert received == [b"%d" % number for number in range(count)]


@pytest.mark.parametrize("kind", [zmq.DEALER, zmq.PUB])
def test_the_rest_of_a_burst_leaves_to_every_peer(new_socket, link, make_endpoint, kind):
    other = zmq.SUB if kind == zmq.PUB else zmq.DEALER
    sender, receivers = new_socket(kind, sndhwm=0), [new_socket(other) for _ in range(4)]
    for receiver in receivers:
        if kind == zmq.PUB:
            receiver.subscribe(b"")
        link(sender, receiver, make_endpoint("tcp"))
    sender.wait_for_peers(4, timeout=SOON_MS)
    if kind == zmq.PUB:
        sender.wait_for_subscribers(4, timeout=SOON_MS)
    for count in (1000, 10, 4, 400, 400, 400, 800):
        for number in range(count):
            sender.send(b"%d" % number)
        each = count if kind == zmq.PUB else count // 4
        for receiver in receivers:
            assert len([receiver.recv(timeout=SOON_MS) for _ in range(each)]) == each


@pytest.mark.parametrize("peers", [1, 2, 10])
def test_a_publisher_rests_after_a_write_to_many(new_socket, link, make_endpoint, peers):
    publisher, subscribers = new_socket(zmq.PUB), [new_socket(zmq.SUB) for _ in range(peers)]
    for subscriber in subscribers:
        subscriber.subscribe(b"")
        link(publisher, subscriber, make_endpoint("tcp"))
    publisher.wait_for_subscribers(peers, timeout=SOON_MS)
    pump = publisher._pump
    with pump.lock:
        pump.core.pattern.gathered.box.outbox.extend([b"1", b"2"])
        began = time.monotonic()
        pump.lane_pipe.link.flush(began)
    took = pump.last_flush - began
    assert pump.has_left.ready_at - pump.last_flush == pytest.approx(min(500e-6, took * (peers - 1) / peers))
    for subscriber in subscribers:
        assert [subscriber.recv(timeout=SOON_MS) for _ in range(2)] == [b"1", b"2"]


def test_a_socket_in_use_is_read_in_the_background_when_it_is_left_alone(
    new_socket, link, make_endpoint, eventually
):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    for _ in range(5):
        for _ in range(50):
            push.send(b"x")
        pull.recv(timeout=SOON_MS)
        time.sleep(TICK_S)
    waiting = 5 * 50 - 5
    eventually(lambda: sum(pipe["queue_in"] for pipe in pull.peers()) == waiting, "all are in the inbox")
    assert [pull.recv(zmq.DONTWAIT) for _ in range(waiting)] == [b"x"] * waiting


@pytest.mark.skipif(CAN_WATCH, reason="whatever a tick finds is written, because others look for tails")
def test_as_many_messages_as_before_a_write_are_no_tail(left_alone, eventually):
    pump, pull = left_alone
    pump.lane_out.extend([b"x"] * 5)
    pump.burst, pump.burst_limit = 50, LARGEST_BURST
    assert pump.tick()
    pump.last_flush += 0.001  # five were written, and five more have come
    assert pump.tick()
    assert (pump.burst, pump.burst_limit) == (50, LARGEST_BURST)
    eventually(lambda: pump.tick() and pump.burst_limit < LARGEST_BURST, "the tail was found")
    assert pump.burst_limit == 25
    eventually(lambda: not pump.tick(), "the socket is quiet")
    assert [pull.recv(timeout=SOON_MS) for _ in range(5)] == [b"x"] * 5


def test_what_was_left_is_written_when_the_sender_has_paused_and_bursts_stay_as_long(left_alone, eventually):
    pump, pull = left_alone
    pump.burst = 50
    pump.lane_out.extend([b"x"] * 5)
    pump.flush_gathered()
    assert len(pump.lane_out) == 5  # nobody has left a mark: the sender is at it
    pump.has_left.is_set = True
    pump.last_left = float("inf")  # not long ago
    pump.flush_gathered()
    assert (len(pump.lane_out), pump.has_left.is_set, pump.burst) == (0, False, 50)
    pump.has_left.is_set = True
    pump.lane_out.append(b"x")
    pump.last_left = 0.0  # one message since then
    pump.flush_gathered()
    assert pump.burst == 1  # a sender that takes its time writes itself
    eventually(lambda: not pump.tick(), "the socket is quiet")
    assert [pull.recv(timeout=SOON_MS) for _ in range(6)] == [b"x"] * 6


@pytest.mark.skipif(not CAN_WATCH, reason="timers are for those who can watch")
def test_the_end_of_a_burst_is_looked_for_soon_if_there_was_one_lately(left_alone, eventually, monkeypatch):
    # On a loaded machine the I/O thread may come late without a sender that keeps it from coming.
    monkeypatch.setattr("purezmq.drivers.io_thread._LONG_S", 1000.0)
    pump, pull = left_alone
    mark = pump.has_left

    def leave():
        pump.io_thread.last_flush_end = float("inf")  # there was no pause
        assert pump.leave()

    pump.burst = 50
    for turn in range(3):
        pump.lane_out.append(b"%d" % turn)
        leave()
        assert pull.recv(timeout=SOON_MS) == b"%d" % turn
        eventually(lambda: not mark.is_expected, "it was looked for")
        assert mark.pause_s == 0.0
        pump.burst = 50  # it was taken for a sender that writes itself
    pauses = []
    for _ in range(12):
        mark.is_set = False
        mark.expects_at = 0.0
        leave()  # and it writes before anybody looks
        eventually(lambda: not mark.is_expected, "it was looked for")
        pauses.append(mark.pause_s)
        assert mark.expects_at >= time.monotonic() + mark.pause_s - SOON_MS / 1000
    assert pauses == pytest.approx([min(200e-6 * 2**n, 50e-3) for n in range(12)])
    mark.expects_at = time.monotonic() + 1000
    leave()
    assert not mark.is_expected
    pump.lane_out.append(b"tail")
    mark.expects_at = 0.0
    leave()
    assert pull.recv(timeout=SOON_MS) == b"tail"
    eventually(lambda: not mark.is_expected and mark.pause_s == 0.0, "there was something again")


@pytest.mark.skipif(not CAN_WATCH, reason="timers are for those who can watch")
def test_a_sender_that_does_not_pause_is_left_in_peace(left_alone, eventually, monkeypatch):
    monkeypatch.setattr("purezmq.drivers.io_thread._LONG_S", -1.0)  # it took long to get the interpreter
    pump, pull = left_alone
    pauses = []
    for _ in range(3):
        pump.burst = 50
        pump.has_left.expects_at = 0.0
        pump.io_thread.last_flush_end = float("inf")
        pump.lane_out.append(b"x")
        assert pump.leave()
        assert pull.recv(timeout=SOON_MS) == b"x"
        eventually(lambda: not pump.has_left.is_expected, "it was looked for")
        pauses.append(pump.has_left.pause_s)
    assert pauses == pytest.approx([200e-6, 400e-6, 800e-6])


@pytest.mark.parametrize("way", ["send", "send_multipart", "send_many"])
def test_the_first_message_after_a_pause_is_written_at_once_whatever_the_burst(left_alone, way):
    push, pull = left_alone[0].face(), left_alone[1]
    pump = left_alone[0]
    pump.burst = 50
    pump.io_thread.last_flush_end = time.monotonic() - 1.0
    if way == "send":
        push.send(b"x")
    elif way == "send_multipart":
        push.send_multipart([b"x", b""])
    else:
        push.send_many([b"x"])
    assert not pump.lane_out and not pump.has_left.is_set
    assert pull.recv_multipart(timeout=SOON_MS)[0] == b"x"


def test_a_socket_in_which_somebody_is_at_work_is_left_alone(pump):
    pump.has_left.is_set = True
    with pump.lock:
        pump.flush_gathered()
    assert pump.has_left.is_set


def test_a_closed_socket_is_watched_no_longer(new_socket):
    pump = new_socket(zmq.PUSH)._pump
    pump.has_left.is_set = pump.finished = True
    pump.flush_gathered()
    assert not pump.has_left.is_set
    pump.finished = False


@pytest.mark.skipif(not CAN_WATCH, reason="the mark is for those who can watch it")
@pytest.mark.parametrize("kind", [zmq.PUSH, zmq.PUB, zmq.DEALER])
def test_a_sender_that_leaves_something_leaves_a_mark(new_socket, link, make_endpoint, eventually, kind):
    other = {zmq.PUSH: zmq.PULL, zmq.PUB: zmq.SUB, zmq.DEALER: zmq.DEALER}[kind]
    sender, receiver = new_socket(kind), new_socket(other)
    if kind == zmq.PUB:
        receiver.subscribe(b"")
    link(sender, receiver, make_endpoint("tcp"))
    if kind == zmq.PUB:
        sender.wait_for_subscribers(1, timeout=SOON_MS)
    pump = sender._pump
    sender.send(b"first")
    assert receiver.recv(timeout=SOON_MS) == b"first"
    eventually(lambda: not pump.hot and pump.lane_out is not None, "the socket is quiet")
    marks = []
    with pump.lock:  # nobody writes meanwhile
        pump.burst = 50
        for send in (sender.send, lambda data: sender.send_multipart([data, data])):
            pump.has_left.is_set = False
            pump.io_thread.last_flush_end = float("inf")  # there was no pause
            send(b"x")
            marks.append(pump.has_left.is_set)
        pump.keep_hot()
    assert marks == [True, True]
    assert receiver.recv(timeout=SOON_MS) == b"x"
    assert receiver.recv_multipart(timeout=SOON_MS) == [b"x", b"x"]
