"""Messages that were gathered for a common write leave soon, also when nothing follows them."""

from __future__ import annotations

import time

import pytest

import purezmq as zmq

SOON_MS = 2000


@pytest.mark.parametrize("high_water_mark", [2, 10, 100, 512])
def test_the_first_message_after_a_late_connection_does_not_wait_for_others(
    new_socket, make_future_endpoint, high_water_mark
):
    push, pull = new_socket(zmq.PUSH, sndhwm=high_water_mark), new_socket(zmq.PULL)
    endpoint = make_future_endpoint("tcp")
    push.connect(endpoint)
    push.send(b"queued")  # not connected: messages gather up to the high-water mark
    pull.bind(endpoint)
    assert pull.recv() == b"queued"
    time.sleep(0.1)
    push.send(b"alone")
    assert pull.recv(timeout=SOON_MS) == b"alone"


def test_a_message_does_not_wait_after_multipart_messages_in_a_row(new_socket, link, make_endpoint):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    for _ in range(300):
        push.send_multipart([b"a", b"b"])
        push.send_multipart([b"a", b"b"])
        push.send(b"alone")
        received = [pull.recv_multipart(timeout=SOON_MS) for _ in range(3)]
        assert received == [[b"a", b"b"], [b"a", b"b"], [b"alone"]]


def test_a_burst_is_not_left_behind_when_a_second_peer_arrives(new_socket, make_endpoint):
    push = new_socket(zmq.PUSH)
    pulls = [new_socket(zmq.PULL), new_socket(zmq.PULL)]
    for pull in pulls:
        pull.bind(make_endpoint("tcp"))
    push.connect(pulls[0].LAST_ENDPOINT.decode())
    push.send(b"x")
    assert pulls[0].recv() == b"x"
    for _ in range(20):
        sent = 777  # no multiple of any number of messages that are gathered
        for _ in range(sent):
            push.send(b"x")
        push.connect(pulls[1].LAST_ENDPOINT.decode())
        for _ in range(sent):
            pulls[0].recv(timeout=SOON_MS)
        push.disconnect(pulls[1].LAST_ENDPOINT.decode())
