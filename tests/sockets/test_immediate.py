"""IMMEDIATE: messages wait only for peers that are really there."""

from __future__ import annotations

import pytest

import purezmq as zmq


def test_without_it_a_connecting_socket_takes_messages_at_once(new_socket, make_future_endpoint):
    push = new_socket(zmq.PUSH, linger=0)
    push.connect(make_future_endpoint("tcp"))
    assert push.poll(0, zmq.POLLOUT) == zmq.POLLOUT
    push.send(b"x", zmq.DONTWAIT)


@pytest.mark.parametrize("transport", ["tcp", "ipc", "tls+tcp", "ws"])
def test_with_it_only_when_the_peer_is_there(new_socket, make_future_endpoint, transport):
    endpoint = make_future_endpoint(transport)
    push, pull = new_socket(zmq.PUSH, immediate=1), new_socket(zmq.PULL)
    push.connect(endpoint)
    with pytest.raises(zmq.Again):
        push.send(b"x", zmq.DONTWAIT)
    pull.bind(endpoint)
    assert push.poll(10_000, zmq.POLLOUT) == zmq.POLLOUT
    push.send(b"now")
    assert pull.recv() == b"now"


def test_messages_go_only_to_the_peers_that_are_there(new_socket, make_endpoint, make_future_endpoint, link):
    push, pull = new_socket(zmq.PUSH, immediate=1), new_socket(zmq.PULL)
    push.connect(make_future_endpoint("tcp"))
    link(pull, push, make_endpoint("tcp"))
    for number in range(20):
        push.send(b"%d" % number)
    assert [int(pull.recv()) for _ in range(20)] == list(range(20))


def test_when_the_peer_leaves_sending_stops(new_socket, make_endpoint, link, eventually):
    push, pull = new_socket(zmq.PUSH, immediate=1, linger=0), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    push.send(b"x")
    assert pull.recv() == b"x"
    pull.close()
    eventually(lambda: push.poll(0, zmq.POLLOUT) == 0, "the loss of the peer to be noticed")
    with pytest.raises(zmq.Again):
        push.send(b"x", zmq.DONTWAIT)
