"""PAIR: exactly two sockets."""

from __future__ import annotations

import pytest

import purezmq as zmq


@pytest.fixture
def pair(new_socket, endpoint, link):
    a, b = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    link(a, b, endpoint)
    return a, b


def test_both_may_send_whenever_they_like(pair):
    a, b = pair
    for number in range(50):
        a.send(b"a%d" % number)
        b.send(b"b%d" % number)
    assert [b.recv() for _ in range(50)] == [b"a%d" % number for number in range(50)]
    assert [a.recv() for _ in range(50)] == [b"b%d" % number for number in range(50)]


def test_a_third_socket_stays_outside(new_socket, pair):
    a, b = pair
    b.send(b"first")
    assert a.recv() == b"first"
    third = new_socket(zmq.PAIR, linger=0, sndtimeo=100)
    third.connect(a.LAST_ENDPOINT.decode())
    try:
        third.send(b"let me in")
    except zmq.Again:
        pass
    assert a.poll(100) == 0
    a.send(b"for the first")
    assert b.recv() == b"for the first"


def test_without_a_peer_sending_waits(new_socket, endpoint):
    lonely = new_socket(zmq.PAIR, sndtimeo=30)
    lonely.bind(endpoint)
    with pytest.raises(zmq.Again):
        lonely.send(b"x")


def test_when_the_peer_leaves_its_place_is_free(new_socket, endpoint, link, eventually):
    a, first = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    address = link(a, first, endpoint)
    first.send(b"first")
    assert a.recv() == b"first"
    first.close()
    eventually(lambda: a.poll(0, zmq.POLLOUT) == 0, "the first peer to be gone")
    second = new_socket(zmq.PAIR)
    second.connect(address)
    second.send(b"second")
    assert a.recv() == b"second"
