"""Options that decide who gets in, and how long one knocks."""

from __future__ import annotations

import os
import socket as os_socket

import pytest

import purezmq as zmq


def connects(new_socket, pull, link, endpoint):
    push = new_socket(zmq.PUSH, linger=0)
    link(pull, push, endpoint)
    push.send(b"x")
    return pull.poll(300) != 0


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], True),
        ([b"127.0.0.1"], True),
        ([b"127.0.0.0/8"], True),
        ([b"10.0.0.0/8"], False),
        ([b"10.0.0.0/8", b"127.0.0.1/32"], True),
    ],
    ids=str,
)
def test_an_accept_filter_is_a_list_of_networks(new_socket, link, filters, expected):
    pull = new_socket(zmq.PULL)
    for network in filters:
        pull.set(zmq.TCP_ACCEPT_FILTER, network)
    assert connects(new_socket, pull, link, "tcp://127.0.0.1:*") is expected


@pytest.mark.skipif(not hasattr(os_socket, "SO_PEERCRED"), reason="no peer credentials here")
@pytest.mark.parametrize(
    ("option", "own"),
    [("IPC_FILTER_PID", os.getpid), ("IPC_FILTER_UID", os.getuid), ("IPC_FILTER_GID", os.getgid)],
)
def test_an_ipc_filter_lets_in_whom_it_names(new_socket, link, make_endpoint, option, own):
    stranger, friend = new_socket(zmq.PULL), new_socket(zmq.PULL)
    stranger.set(getattr(zmq, option), own() + 12345)
    friend.set(getattr(zmq, option), own() + 12345)
    friend.set(getattr(zmq, option), own())
    assert not connects(new_socket, stranger, link, make_endpoint("ipc"))
    assert connects(new_socket, friend, link, make_endpoint("ipc"))


def test_a_pending_connection_is_given_up_after_connect_timeout(new_socket):
    push = new_socket(zmq.PUSH, linger=0, connect_timeout=50, reconnect_ivl=20)
    monitor = push.get_monitor_socket(zmq.EVENT_CONNECT_RETRIED)
    try:
        # A listener whose queue is full does not answer.
        with os_socket.socket() as listener, os_socket.socket() as first, os_socket.socket() as second:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            for filler in (first, second):
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
            push.connect(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
            assert monitor.poll(10_000)
    finally:
        push.disable_monitor()
        monitor.close()
