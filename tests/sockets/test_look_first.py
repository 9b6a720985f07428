"""A receiver whose only peer has written something reads it without asking the poller, except now and then."""

from __future__ import annotations

import select
import threading
import time

import pytest

import purezmq as zmq

SOON_MS = 5000


@pytest.fixture
def pair(new_socket, link, make_endpoint):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    push.send(b"hello")
    assert pull.recv(timeout=SOON_MS) == b"hello"
    return push, pull


def wait_for_bytes(pull):
    """Until something is in the system's buffer. Whoever calls this keeps the I/O thread from reading it."""
    (stream,) = pull._pump.streams
    assert select.select([stream.fd], [], [], SOON_MS / 1000)[0]


def receive_what_is_there(push, pull, number):
    pull._pump.claim("the test")  # hands off, I/O thread
    try:
        push.send(b"%d" % number)
        wait_for_bytes(pull)
        assert pull.recv(timeout=SOON_MS) == b"%d" % number
    finally:
        pull._pump.unclaim("the test")


def test_what_is_there_is_read_without_the_poller(pair):
    push, pull = pair
    pump = pull._pump
    for number in range(10):
        pump.asks_at, pump.looks = float("inf"), 0
        receive_what_is_there(push, pull, number)
        assert (pump.asks_at, pump.looks) == (float("inf"), 0)  # one look, which found it


def test_the_poller_has_its_turn(pair):
    push, pull = pair
    pump = pull._pump
    for number in range(10):
        pump.asks_at = 0.0
        receive_what_is_there(push, pull, number)
        assert pump.asks_at > 0.0


def test_a_look_in_vain_is_not_repeated_at_once(pair):
    _, pull = pair
    pump = pull._pump
    found = []
    pump.looks = 0
    for _ in range(6):
        pump.asks_at = float("inf")
        with pytest.raises(zmq.Again):
            pull.recv(timeout=1)
        found.append(pump.looks)
    assert found == [-2, -1, 0, -2, -1, 0]


def test_newcomers_are_let_in_beside_a_busy_peer(new_socket, make_endpoint, link):
    first, second, pull = new_socket(zmq.PUSH), new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, first, make_endpoint("tcp"))
    stop = threading.Event()

    def talk():
        while not stop.is_set():
            first.send(b"busy")

    talker = threading.Thread(target=talk)
    talker.start()
    try:
        second.connect(pull.LAST_ENDPOINT)
        second.send(b"new")
        give_up = time.monotonic() + 30
        while pull.recv(timeout=SOON_MS) != b"new":
            assert time.monotonic() < give_up, "the newcomer was not heard"
    finally:
        stop.set()
        while True:
            try:
                pull.recv(timeout=100)
            except zmq.Again:
                break
        talker.join(SOON_MS / 1000)
    assert not talker.is_alive()
