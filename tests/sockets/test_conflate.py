"""CONFLATE: only the newest message waits."""

from __future__ import annotations

import pytest

import purezmq as zmq


@pytest.mark.parametrize("side", ["receiver", "sender", "both"])
def test_a_late_reader_gets_the_newest_only(new_socket, endpoint, side):
    pull = new_socket(zmq.PULL, conflate=int(side != "sender"))
    push = new_socket(zmq.PUSH, conflate=int(side != "receiver"))
    pull.bind(endpoint)
    push.connect(pull.LAST_ENDPOINT.decode())
    for number in range(200):
        push.send(b"%d" % number)
    numbers = [int(pull.recv())]
    while numbers[-1] != 199:
        numbers.append(int(pull.recv()))
    assert numbers == sorted(numbers)
    if side != "receiver" and endpoint.startswith("inproc"):
        assert numbers == [199]


def test_a_conflating_queue_before_the_connection_holds_one_message(new_socket, make_future_endpoint):
    endpoint = make_future_endpoint("tcp")
    push, pull = new_socket(zmq.PUSH, conflate=1), new_socket(zmq.PULL)
    push.connect(endpoint)
    for number in range(100):
        push.send(b"%d" % number)
    pull.bind(endpoint)
    assert pull.recv() == b"99"
    assert pull.poll(50) == 0


def test_a_conflating_socket_never_blocks_its_sender(new_socket, link):
    push, pull = new_socket(zmq.PUSH, sndhwm=1, conflate=1), new_socket(zmq.PULL, rcvhwm=1)
    link(pull, push, "inproc://never-blocks")
    for _ in range(5000):
        push.send(b"x", zmq.DONTWAIT)
    assert pull.recv() == b"x"
