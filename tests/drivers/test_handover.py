"""A conversation handed over from thread to thread: what is given is found, by the waiting or afterwards."""

from __future__ import annotations

import threading

import pytest

import purezmq as zmq
from purezmq.drivers import spinning
from purezmq.drivers.handover import CAN_WAIT, Handover

compiled = pytest.mark.skipif(not CAN_WAIT, reason="only compiled code can wait without the interpreter")

LONG_S = 30.0


def test_nobody_waits_so_nothing_is_given():
    handover = Handover()
    assert not handover.give()
    assert not handover.take(0.0)


def test_a_wait_ends_in_time():
    handover = Handover()
    assert not handover.take(1e-6)
    assert not handover.give()


@compiled
def test_who_waits_is_given_it(in_thread):
    handover = Handover()
    waiting = in_thread(handover.take, LONG_S)
    while not handover.give():
        """It has not begun to wait."""
    assert waiting.result()
    assert not handover.take(0.0)


@compiled
@pytest.mark.parametrize("longest_s", [0.0, 1e-6, 20e-6, 1e-3])
def test_what_is_given_is_taken_once_whoever_gives_up_waiting_when(in_thread, eventually, longest_s):
    handover = Handover()
    taken = [0]
    is_over = threading.Event()

    def take() -> None:
        while not is_over.is_set():
            taken[0] += handover.take(longest_s)

    taking = in_thread(take)
    given = [0]
    for _ in range(2000):
        given[0] += handover.give()
        if taken != given:
            eventually(lambda: taken == given, "what was given to be taken")
    is_over.set()
    taking.result()
    assert taken == given
    assert not handover.take(0.0)


@compiled
@pytest.mark.skipif(not spinning.SPIN_S, reason="with one processor nobody spins")
def test_a_conversation_over_inproc_comes_to_be_handed_over(new_socket, make_endpoint, in_thread):
    server, client = new_socket(zmq.REP), new_socket(zmq.REQ)
    server.bind(make_endpoint("inproc"))
    client.connect(server.LAST_ENDPOINT)

    def serve() -> None:
        for request in iter(server.recv, b""):
            server.send(request)
        server.send(b"")

    serving = in_thread(serve)
    for number in range(1, 20_000):
        client.send(b"%d" % number)
        assert client.recv() == b"%d" % number
        if max(server._pump.spin_credit, client._pump.spin_credit) > 1:  # one is for trying
            break
    else:
        pytest.fail("every wait slept")
    client.send(b"")
    assert client.recv() == b""
    serving.result()
