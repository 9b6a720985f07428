"""Subscriptions are applied whatever RCVHWM says and whether the publisher's user receives or not."""

from __future__ import annotations

import purezmq as zmq
import pytest


@pytest.mark.parametrize("kind", [zmq.PUB, zmq.XPUB])
def test_a_burst_of_subscriptions_beyond_the_mark_is_applied(new_socket, wire_endpoint, eventually, kind):
    publisher, subscriber = new_socket(kind, rcvhwm=5), new_socket(zmq.SUB)
    for number in range(3000):
        subscriber.subscribe(b"%04d" % number)
    publisher.bind(wire_endpoint)
    subscriber.connect(publisher.LAST_ENDPOINT)
    eventually(lambda: publisher.TOPICS_COUNT == 3000, "all subscriptions")
    publisher.send(b"2999 news")
    assert subscriber.recv() == b"2999 news"
