"""RECONNECT_STOP, RECONNECT_IVL and RECONNECT_IVL_MAX, seen in the events of a connecting socket."""

from __future__ import annotations

import socket as os_socket

import pytest

import purezmq as zmq

RETRIED, DELAYED, CLOSED = zmq.EVENT_CONNECT_RETRIED, zmq.EVENT_CONNECT_DELAYED, zmq.EVENT_CLOSED
DISCONNECTED = zmq.EVENT_DISCONNECTED


@pytest.fixture
def closed_port():
    """A port on which nobody listens, and nobody else will for the time of the test."""
    with os_socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture
def listener():
    """A listening socket that speaks no ZMTP."""
    with os_socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(10)
        yield sock


def connecting(new_socket, watch, port, **options):
    push = new_socket(zmq.PUSH, **{"reconnect_ivl": 20, "linger": 0, **options})
    events = watch(push)
    push.connect(f"tcp://127.0.0.1:{port}")
    return push, events


def test_reconnect_stop_after_a_refusal(new_socket, watch, closed_port, eventually):
    push, events = connecting(new_socket, watch, closed_port, reconnect_stop=zmq.RECONNECT_STOP_CONN_REFUSED)
    events.wait_for(CLOSED)
    eventually(lambda: not push.peers(), "the endpoint to be given up")
    assert RETRIED not in events.seen
    assert push.stats()["failures"]["connect_failed"] == 1


def test_without_it_a_refusal_is_followed_by_another_attempt(new_socket, watch, closed_port):
    _, events = connecting(new_socket, watch, closed_port)
    for _ in range(2):
        events.wait_for(RETRIED)


@pytest.mark.parametrize(("stop", "goes_on"), [(0, True), (zmq.RECONNECT_STOP_HANDSHAKE_FAILED, False)])
def test_reconnect_stop_after_a_failed_handshake(new_socket, watch, listener, eventually, stop, goes_on):
    push, events = connecting(new_socket, watch, listener.getsockname()[1], reconnect_stop=stop)
    with listener.accept()[0]:
        pass  # closed before a word was said
    events.wait_for(DISCONNECTED)
    if goes_on:
        listener.accept()[0].close()
    else:
        eventually(lambda: not push.peers(), "the endpoint to be given up")


@pytest.mark.parametrize("stop", [0, zmq.RECONNECT_STOP_AFTER_DISCONNECT])
def test_reconnect_stop_after_disconnect(new_socket, make_future_endpoint, eventually, stop):
    endpoint = make_future_endpoint("tcp")
    push = new_socket(zmq.PUSH, reconnect_ivl=20, reconnect_stop=stop)
    push.connect(endpoint)
    push.send(b"x")
    push.disconnect(endpoint)  # which goes on trying to deliver, as LINGER says
    if stop:
        eventually(lambda: push.stats()["drops"].get("peer_gone") == 1, "the endpoint to be given up")
    else:
        pull = new_socket(zmq.PULL)
        pull.bind(endpoint)
        assert pull.recv() == b"x"


def test_reconnect_ivl_is_the_pause_and_its_jitter(new_socket, watch, closed_port):
    _, events = connecting(new_socket, watch, closed_port, reconnect_ivl=30)
    pauses = [events.wait_for(RETRIED) for _ in range(4)]
    assert all(30 <= pause < 60 for pause in pauses)


def test_reconnect_ivl_max_doubles_the_pause_without_jitter(new_socket, watch, closed_port):
    _, events = connecting(new_socket, watch, closed_port, reconnect_ivl=10, reconnect_ivl_max=35)
    assert [events.wait_for(RETRIED) for _ in range(5)] == [10, 20, 35, 35, 35]


@pytest.mark.parametrize("interval", [-1, 0])
def test_a_reconnect_ivl_of_minus_1_or_0_is_one_attempt(new_socket, watch, closed_port, eventually, interval):
    push, events = connecting(new_socket, watch, closed_port, reconnect_ivl=interval)
    events.wait_for(CLOSED)
    eventually(lambda: not push.peers(), "the endpoint to be given up")
    assert RETRIED not in events.seen
