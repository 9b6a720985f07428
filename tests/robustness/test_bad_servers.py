"""Servers that misbehave towards a socket that connects to them."""

from __future__ import annotations

import contextlib
import itertools
import socket as os_socket
import time

import pytest

import purezmq as zmq
from purezmq.utils.monitor import recv_monitor_message

from .raw_peer import GREETING, handshake, header, ready
from .test_garbage import FOREIGN

BAD_TALK = {
    **FOREIGN,
    "another mechanism": GREETING[:12] + b"PLAIN".ljust(20, b"\0") + bytes(32),
    "another socket type": handshake(b"PUB"),
    "a malformed READY": GREETING + b"\x04\x06\x05READY" + b"\x0bSocket-Type\xff\xff\xff\xff",
    "an ERROR": GREETING + b"\x04\x0a\x05ERROR\x03400",
    "an absurd length": handshake(b"PUSH") + header(0, (1 << 64) - 1),
}


@pytest.fixture
def listener():
    with os_socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


def address_of(listener):
    return f"tcp://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def good(new_socket):
    push = new_socket(zmq.PUSH)
    push.bind("tcp://127.0.0.1:*")
    return push


@pytest.mark.parametrize("talk", BAD_TALK.values(), ids=BAD_TALK.keys())
def test_what_a_bad_server_says_does_not_disturb_the_others(new_socket, listener, good, talk):
    pull = new_socket(zmq.PULL, reconnect_ivl=10)
    pull.connect(address_of(listener))
    pull.connect(good.LAST_ENDPOINT.decode())
    connection, _ = listener.accept()
    with connection:
        with contextlib.suppress(OSError):
            connection.sendall(talk)
        for number in range(10):
            good.send(b"%d" % number)
        received = []
        while b"9" not in received:  # some of the talk makes sense in version 1 of the protocol
            received.append(pull.recv())
    assert [message for message in received if message.isdigit()] == [b"%d" % number for number in range(10)]


def test_a_server_that_hangs_up_is_tried_again_at_the_interval_asked_for(new_socket, listener):
    pull = new_socket(zmq.PULL, reconnect_ivl=50)
    pull.connect(address_of(listener))
    times = []
    for _ in range(5):
        listener.accept()[0].close()
        times.append(time.monotonic())
    assert all(later - earlier > 0.04 for earlier, later in itertools.pairwise(times))


@pytest.mark.parametrize("after", [b"", GREETING[:10], GREETING, handshake(b"PUSH")], ids=len)
def test_a_server_that_hangs_up_in_the_handshake_is_tried_again(new_socket, listener, after):
    pull = new_socket(zmq.PULL, reconnect_ivl=10)
    pull.connect(address_of(listener))
    for _ in range(3):
        connection, _ = listener.accept()
        with connection:
            connection.sendall(after)


def test_a_server_that_breaks_the_protocol_is_not_tried_again(new_socket, listener):
    pull = new_socket(zmq.PULL, reconnect_ivl=10)
    monitor = pull.get_monitor_socket(zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
    try:
        pull.connect(address_of(listener))
        connection, _ = listener.accept()
        with connection:
            connection.sendall(GREETING + ready(b"PUB"))
            assert monitor.poll(10_000)
            recv_monitor_message(monitor)
        listener.settimeout(0.3)
        with pytest.raises(TimeoutError):
            listener.accept()
    finally:
        pull.disable_monitor()
        monitor.close()


def test_a_silent_server_is_given_up_after_the_handshake_interval_and_tried_again(new_socket, listener):
    pull = new_socket(zmq.PULL, reconnect_ivl=10, handshake_ivl=100)
    pull.connect(address_of(listener))
    silent = [listener.accept()[0] for _ in range(3)]
    for connection in silent:
        connection.close()


def test_a_request_in_a_wrong_reply_is_refused(new_socket, listener, in_thread):
    req = new_socket(zmq.REQ, reconnect_ivl=10)
    req.connect(address_of(listener))
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(10)
        connection.sendall(GREETING + ready(b"ROUTER", b""))
        req.send(b"question")
        data = b""
        while not data.endswith(b"\0\x08question"):
            data += connection.recv(1000)
        connection.sendall(b"\0\x0cno delimiter")
        assert req.poll(100) == 0
