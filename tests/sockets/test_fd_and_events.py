"""FD and EVENTS: what foreign event loops watch."""

from __future__ import annotations

import select
import time

import pytest

import purezmq as zmq


@pytest.fixture
def pair(new_socket, endpoint, link):
    a, b = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    link(a, b, endpoint)
    return a, b


def is_readable(fd, timeout_s=0.0):
    return bool(select.select([fd], [], [], timeout_s)[0])


def test_fileno_is_fd(new_socket):
    socket = new_socket(zmq.PULL)
    assert socket.fileno() == socket.FD == socket.get(zmq.FD) >= 0


def test_events_tell_what_can_be_done_without_waiting(pair, eventually):
    a, b = pair
    eventually(lambda: a.get(zmq.EVENTS) == zmq.POLLOUT, "the connection to take messages")
    b.send(b"x")
    eventually(lambda: a.get(zmq.EVENTS) == zmq.POLLIN | zmq.POLLOUT, "the message to show")
    a.recv()
    assert a.EVENTS == zmq.POLLOUT


def test_a_loop_that_checks_events_after_each_wake_up_misses_nothing(new_socket, endpoint, link, in_thread):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)

    def send_slowly():
        for number in range(200):
            push.send(b"%d" % number)
            if number % 20 == 0:
                time.sleep(0.005)

    sending = in_thread(send_slowly)
    received = []
    deadline = time.monotonic() + 20
    while len(received) < 200 and time.monotonic() < deadline:
        while pull.get(zmq.EVENTS) & zmq.POLLIN:
            received.append(int(pull.recv(zmq.DONTWAIT)))
        if len(received) < 200:
            select.select([pull.FD], [], [], 1)
    sending.result()
    assert received == list(range(200))


@pytest.mark.purezmq_only  # libzmq's descriptor tells only of changes
def test_fd_stays_readable_as_long_as_a_message_waits(new_socket, endpoint, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)
    push.send(b"1")
    push.send(b"2")
    assert is_readable(pull.FD, 10)
    assert pull.recv() == b"1"
    assert is_readable(pull.FD, 10)
    pull.get(zmq.EVENTS)
    assert is_readable(pull.FD, 10)
    assert pull.recv() == b"2"


@pytest.mark.purezmq_only
def test_fd_becomes_quiet_when_there_is_nothing_left(new_socket, endpoint, link, eventually):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)
    push.send(b"1")
    assert is_readable(pull.FD, 10)
    assert pull.recv() == b"1"
    # Reading EVENTS lets the socket deal with whatever else woke it, such as a heartbeat or a new connection.
    eventually(
        lambda: pull.get(zmq.EVENTS) == 0 and not is_readable(pull.FD), "the descriptor to become quiet"
    )


def test_an_idle_socket_does_not_keep_a_watcher_busy(new_socket, endpoint, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)
    push.send(b"x")
    pull.recv()
    wake_ups = 0
    deadline = time.monotonic() + 0.2
    while time.monotonic() < deadline:
        if is_readable(pull.FD, 0.05):
            wake_ups += 1
            pull.get(zmq.EVENTS)
    assert wake_ups < 10
