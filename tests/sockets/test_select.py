"""select(): the work-alike of select.select, timeout in seconds."""

from __future__ import annotations

import socket as os_socket
import time

import pytest

import purezmq as zmq


@pytest.fixture
def pair(new_socket, endpoint, link):
    a, b = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    link(a, b, endpoint)
    return a, b


def test_readable_and_writable(pair):
    a, b = pair
    assert zmq.select([a, b], [], [], timeout=0) == ([], [], [])
    assert a.poll(10_000, zmq.POLLOUT)
    assert b.poll(10_000, zmq.POLLOUT)
    readable, writable, broken = zmq.select([a], [a, b], [], timeout=10)
    assert (readable, set(writable), broken) == ([], {a, b}, [])
    b.send(b"x")
    assert zmq.select([a], [], [], timeout=10) == ([a], [], [])


def test_the_timeout_is_in_seconds(pair):
    start = time.monotonic()
    assert zmq.select([pair[0]], [], [], timeout=0.06) == ([], [], [])
    assert 0.05 < time.monotonic() - start < 2


def test_without_timeout_it_waits(pair, in_thread):
    a, b = pair
    selecting = in_thread(zmq.select, [a], [], [])
    b.send(b"x")
    assert selecting.result() == ([a], [], [])


def test_raw_descriptors(pair):
    here, there = os_socket.socketpair()
    with here, there:
        assert zmq.select([here, pair[0]], [], [], timeout=0) == ([], [], [])
        there.send(b"x")
        readable, _, _ = zmq.select([here.fileno(), pair[0]], [], [], timeout=10)
        assert readable == [here.fileno()]
