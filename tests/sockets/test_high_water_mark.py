"""High-water marks: how many messages wait, and what happens to the next one."""

from __future__ import annotations

import pytest

import purezmq as zmq


def send_until_full(socket, message=b"x", limit=100_000):
    """The number of messages that were taken without waiting."""
    for count in range(limit):
        try:
            socket.send(message, zmq.DONTWAIT)
        except zmq.Again:
            return count
    pytest.fail(f"still not full after {limit} messages")


def receive_all(socket):
    count = 0
    while socket.poll(50):
        socket.recv()
        count += 1
    return count


@pytest.mark.parametrize(("sndhwm", "rcvhwm"), [(5, 7), (1, 1), (1, 100), (100, 1)])
@pytest.mark.parametrize("order", ["bind first", "connect first"])
def test_over_inproc_both_marks_add_up(new_socket, sndhwm, rcvhwm, order):
    push, pull = new_socket(zmq.PUSH, sndhwm=sndhwm), new_socket(zmq.PULL, rcvhwm=rcvhwm)
    if order == "bind first":
        pull.bind("inproc://adds-up")
        push.connect("inproc://adds-up")
    else:
        push.connect("inproc://adds-up")
        pull.bind("inproc://adds-up")
    assert send_until_full(push) == sndhwm + rcvhwm
    assert receive_all(pull) == sndhwm + rcvhwm


@pytest.mark.parametrize(("sndhwm", "rcvhwm"), [(0, 5), (5, 0), (0, 0)])
def test_over_inproc_one_zero_means_no_limit(new_socket, link, sndhwm, rcvhwm):
    push, pull = new_socket(zmq.PUSH, sndhwm=sndhwm), new_socket(zmq.PULL, rcvhwm=rcvhwm)
    link(pull, push, "inproc://no-limit")
    for _ in range(20_000):
        push.send(b"x", zmq.DONTWAIT)
    assert sum(1 for _ in iter(lambda: pull.poll(0) and pull.recv(), 0)) == 20_000


def test_before_there_is_a_binder_the_senders_mark_alone_counts(new_socket):
    push = new_socket(zmq.PUSH, sndhwm=9)
    push.connect("inproc://pending")
    assert send_until_full(push) == 9


@pytest.mark.parametrize("transport", ["tcp", "ipc", "tls+tcp", "ws"])
def test_a_connecting_sender_queues_up_to_its_mark_before_anyone_listens(
    new_socket, make_future_endpoint, transport
):
    push = new_socket(zmq.PUSH, sndhwm=9)
    push.connect(make_future_endpoint(transport))
    assert send_until_full(push) == 9


def test_a_mark_counts_messages_not_parts(new_socket):
    push = new_socket(zmq.PUSH, sndhwm=3)
    push.connect("inproc://parts")
    for _ in range(3):
        push.send_multipart([b"a", b"b", b"c", b"d"], zmq.DONTWAIT)
    with pytest.raises(zmq.Again):
        push.send_multipart([b"a", b"b"], zmq.DONTWAIT)


def test_a_full_pipe_takes_more_from_its_low_water_mark_on(new_socket, link):
    push, pull = new_socket(zmq.PUSH, sndhwm=10), new_socket(zmq.PULL, rcvhwm=10)
    link(pull, push, "inproc://low-water-mark")
    assert send_until_full(push) == 20
    received = 0
    while not push.poll(0, zmq.POLLOUT):
        pull.recv()
        received += 1
        assert received <= 20
    assert received == 10
    assert send_until_full(push) == 10


def test_over_a_wire_a_reader_that_stops_stops_the_writer_and_nothing_is_lost(
    new_socket, wire_endpoint, link
):
    push, pull = (
        new_socket(zmq.PUSH, sndhwm=10, sndbuf=20_000),
        new_socket(zmq.PULL, rcvhwm=10, rcvbuf=20_000),
    )
    link(pull, push, wire_endpoint)
    message = bytes(10_000)
    sent = 0
    while push.poll(200, zmq.POLLOUT):
        push.send(message, zmq.DONTWAIT)
        sent += 1
        assert sent < 5_000
    assert sent >= 20
    received = 0
    while received < sent:
        assert len(pull.recv()) == 10_000
        received += 1
    push.send(b"goes on")
    assert pull.recv() == b"goes on"


def test_a_blocked_sender_continues_when_the_reader_does(new_socket, endpoint, link, in_thread):
    push, pull = new_socket(zmq.PUSH, sndhwm=5), new_socket(zmq.PULL, rcvhwm=5)
    link(pull, push, endpoint)
    data = bytes(50_000)

    def send_many():
        for number in range(500):
            push.send_multipart([b"%d" % number, data])

    sending = in_thread(send_many)
    assert [int(pull.recv_multipart()[0]) for _ in range(500)] == list(range(500))
    sending.result()


def test_a_publisher_never_waits_and_drops_for_the_slow_one_only(new_socket, endpoint, link):
    pub = new_socket(zmq.XPUB, sndhwm=100, xpub_verbose=1)
    slow, quick = new_socket(zmq.SUB, rcvhwm=10), new_socket(zmq.SUB, rcvhwm=0)
    link(pub, slow, quick, endpoint)
    for sub in (slow, quick):
        sub.subscribe(b"")
        assert pub.recv() == b"\x01"
    data = bytes(100_000)
    for number in range(300):
        pub.send_multipart([b"%d" % number, data], zmq.DONTWAIT)
        assert quick.recv_multipart()[0] == b"%d" % number
    numbers = []
    while slow.poll(300):
        numbers.append(int(slow.recv_multipart()[0]))
    assert len(numbers) < 300
    assert numbers == sorted(numbers)


def test_the_mark_can_be_raised_on_a_living_connection(new_socket, link):
    push, pull = new_socket(zmq.PUSH, sndhwm=5), new_socket(zmq.PULL, rcvhwm=5)
    link(pull, push, "inproc://raised")
    push.sndhwm = 15
    assert send_until_full(push) == 20
