"""A hundred thousand messages: all there, in order."""

from __future__ import annotations

import pytest

import purezmq as zmq

COUNT = 100_000


@pytest.mark.parametrize(
    "kinds", [(zmq.PUSH, zmq.PULL), (zmq.DEALER, zmq.DEALER)], ids=["PUSH-PULL", "DEALER"]
)
def test_from_us_to_libzmq(new_socket, libzmq, wire_endpoint, link, kinds):
    ours, theirs = new_socket(kinds[0]), libzmq.socket(kinds[1])
    link(theirs, ours, wire_endpoint)
    receiving = theirs.start_receiving_numbers(COUNT)
    for number in range(COUNT):
        ours.send(b"%d" % number)
    assert receiving.result() == COUNT


@pytest.mark.parametrize(
    "kinds", [(zmq.PULL, zmq.PUSH), (zmq.DEALER, zmq.DEALER)], ids=["PULL-PUSH", "DEALER"]
)
def test_from_libzmq_to_us(new_socket, libzmq, wire_endpoint, link, kinds):
    ours, theirs = new_socket(kinds[0]), libzmq.socket(kinds[1])
    link(ours, theirs, wire_endpoint)
    sending = theirs.start_sending_numbers(COUNT)
    for number in range(COUNT):
        assert ours.recv() == b"%d" % number
    sending.result()


def test_both_ways_at_once(new_socket, libzmq, wire_endpoint, link, in_thread):
    ours, theirs = new_socket(zmq.PUSH), libzmq.socket(zmq.PULL)
    back, their_back = new_socket(zmq.PULL), libzmq.socket(zmq.PUSH)
    link(theirs, ours, wire_endpoint)
    link(back, their_back, wire_endpoint + "2" if wire_endpoint.startswith("ipc") else wire_endpoint)

    def send_all():
        for number in range(20_000):
            ours.send(b"%d" % number)

    # The peer does one call at a time: its replies wait in its own queues, ours in the kernel's.
    sending = in_thread(send_all)
    their_sending = their_back.start_sending_numbers(20_000)
    assert [int(back.recv()) for _ in range(20_000)] == list(range(20_000))
    their_sending.result()
    assert theirs.start_receiving_numbers(20_000).result() == 20_000
    sending.result()
