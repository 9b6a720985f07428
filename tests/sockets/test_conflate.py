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


def numbers_until_the_last(pull, last):
    numbers = [int(pull.recv())]
    while numbers[-1] != last:
        numbers.append(int(pull.recv()))
    return numbers


@pytest.mark.parametrize("scheme", ["tcp", "inproc"])
def test_set_after_connect_it_acts_on_later_connects_only(new_socket, make_future_endpoint, scheme):
    first, second = make_future_endpoint(scheme), make_future_endpoint(scheme)
    push = new_socket(zmq.PUSH)
    push.connect(first)
    push.conflate = 1
    for number in range(5):
        push.send(b"%d" % number)
    push.connect(second)
    early, late = new_socket(zmq.PULL), new_socket(zmq.PULL)
    early.bind(first)
    assert numbers_until_the_last(early, 4) == [0, 1, 2, 3, 4]
    push.disconnect(first)
    for number in range(5):
        push.send(b"%d" % number)
    late.bind(second)
    assert numbers_until_the_last(late, 4) == [4]


@pytest.mark.parametrize("scheme", ["tcp", "inproc"])
def test_set_after_bind_it_acts_on_later_binds_only(new_socket, make_endpoint, scheme, eventually):
    pull = new_socket(zmq.PULL)
    pull.bind(make_endpoint(scheme))
    early = pull.LAST_ENDPOINT.decode()
    pull.conflate = 1
    pull.bind(make_endpoint(scheme))
    late = pull.LAST_ENDPOINT.decode()

    push = new_socket(zmq.PUSH)
    push.connect(early)
    for number in range(5):
        push.send(b"%d" % number)
    assert numbers_until_the_last(pull, 4) == [0, 1, 2, 3, 4]
    assert "conflated" not in pull.stats()["drops"]
    push.disconnect(early)

    push.connect(late)
    for number in range(200):
        push.send(b"%d" % number)
    eventually(
        lambda: pull.get(zmq.EVENTS) and "conflated" in pull.stats()["drops"], "old ones to be dropped"
    )
    assert len(numbers_until_the_last(pull, 199)) < 200
