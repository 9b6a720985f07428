"""How long a connecting socket waits before it tries again."""

from __future__ import annotations

import pytest

import purezmq as zmq
from purezmq.utils.monitor import recv_monitor_message


@pytest.fixture
def intervals(new_socket, make_future_endpoint):
    """intervals(count, **options): the first waiting times, in milliseconds, towards a port where nobody listens."""
    watched = []

    def measure(count, **options):
        socket = new_socket(zmq.DEALER, **options)
        monitor = socket.get_monitor_socket(zmq.EVENT_CONNECT_RETRIED)
        watched.append((socket, monitor))
        socket.connect(make_future_endpoint("tcp"))
        found = []
        while len(found) < count and monitor.poll(3_000):
            found.append(int(recv_monitor_message(monitor)["value"]))
        return found

    yield measure
    for socket, monitor in watched:
        socket.disable_monitor()
        monitor.close()


def test_a_constant_interval_has_jitter_of_its_own_length(intervals):
    found = intervals(10, reconnect_ivl=20)
    assert len(found) == 10
    assert all(20 <= interval < 40 for interval in found)
    assert len(set(found)) > 1


def test_with_a_maximum_it_doubles_up_to_it(intervals):
    assert intervals(6, reconnect_ivl=10, reconnect_ivl_max=75) == [10, 20, 40, 75, 75, 75]


def test_minus_one_means_never(new_socket, make_future_endpoint):
    endpoint = make_future_endpoint("tcp")
    push, pull = new_socket(zmq.PUSH, reconnect_ivl=-1, linger=0), new_socket(zmq.PULL)
    monitor = push.get_monitor_socket(zmq.EVENT_CLOSED)
    try:
        push.connect(endpoint)
        assert monitor.poll(10_000), "the refused connection"
    finally:
        push.disable_monitor()
        monitor.close()
    pull.bind(endpoint)
    assert pull.poll(300) == 0


def test_a_lost_connection_comes_back_and_the_interval_starts_again(
    new_socket, make_future_endpoint, eventually
):
    endpoint = make_future_endpoint("tcp")
    push = new_socket(zmq.PUSH, reconnect_ivl=10, reconnect_ivl_max=40)
    push.connect(endpoint)
    monitor = push.get_monitor_socket(zmq.EVENT_CONNECT_RETRIED | zmq.EVENT_DISCONNECTED)
    try:
        for round_number in range(2):
            with new_socket(zmq.PULL) as pull:
                eventually(lambda p=pull: _binds(p, endpoint), "the port to be free")
                push.send(b"%d" % round_number)
                assert pull.recv() == b"%d" % round_number
            while recv_monitor_message(monitor)["event"] != zmq.EVENT_DISCONNECTED:
                pass
            assert recv_monitor_message(monitor)["value"] == 10
    finally:
        push.disable_monitor()
        monitor.close()


def _binds(socket, endpoint):
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        assert error.errno == zmq.EADDRINUSE
        return False
    return True
