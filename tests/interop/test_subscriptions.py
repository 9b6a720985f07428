"""Subscriptions between our sockets and libzmq's."""

from __future__ import annotations

import pytest

import purezmq as zmq

LENGTHS = [0, 1, 244, 245, 246, 247, 248, 249, 254, 255, 256, 257, 70_000]


def make_ours(new_socket, libzmq, publisher, subscriber):
    return new_socket(publisher), libzmq.socket(subscriber)


def make_theirs(new_socket, libzmq, publisher, subscriber):
    return libzmq.socket(publisher), new_socket(subscriber)


@pytest.fixture(params=["we publish", "libzmq publishes"])
def make(request, new_socket, libzmq):
    """make(publisher type, subscriber type): one of each, one ours and the other libzmq's."""
    factory = make_ours if request.param == "we publish" else make_theirs
    return lambda publisher, subscriber: factory(new_socket, libzmq, publisher, subscriber)


def received_by(sub, until=b"end"):
    received = []
    while (message := sub.recv()) != until:
        received.append(message)
    return received


@pytest.mark.parametrize("when", ["before", "after"])
def test_subscribing_before_or_after_connecting(make, wire_endpoint, when):
    xpub, sub = make(zmq.XPUB, zmq.SUB)
    xpub.bind(wire_endpoint)
    if when == "before":
        sub.set(zmq.SUBSCRIBE, b"a")
    sub.connect(xpub.LAST_ENDPOINT.decode())
    if when == "after":
        sub.set(zmq.SUBSCRIBE, b"a")
    sub.set(zmq.SUBSCRIBE, b"end")
    assert [xpub.recv(), xpub.recv()] == [b"\x01a", b"\x01end"]
    for message in (b"a1", b"b1", b"a2", b"end"):
        xpub.send(message)
    assert received_by(sub) == [b"a1", b"a2"]


def test_the_publisher_may_connect_to_the_subscriber(make, wire_endpoint):
    xpub, sub = make(zmq.XPUB, zmq.SUB)
    sub.set(zmq.SUBSCRIBE, b"a")
    sub.bind(wire_endpoint)
    xpub.connect(sub.LAST_ENDPOINT.decode())
    while not xpub.poll(10):
        sub.poll(0)  # a bound subscriber of libzmq needs its own thread to send its topics
    assert xpub.recv() == b"\x01a"
    xpub.send(b"a1")
    assert sub.recv() == b"a1"


def test_unsubscribing(make, wire_endpoint, link):
    xpub, sub = make(zmq.XPUB, zmq.SUB)
    link(xpub, sub, wire_endpoint)
    for topic in (b"a", b"a", b"b", b"end"):
        sub.set(zmq.SUBSCRIBE, topic)
    assert [xpub.recv() for _ in range(3)] == [b"\x01a", b"\x01b", b"\x01end"]
    sub.set(zmq.UNSUBSCRIBE, b"b")
    assert xpub.recv() == b"\x00b"
    sub.set(zmq.UNSUBSCRIBE, b"a")  # one of two
    xpub.send(b"a1")
    xpub.send(b"b1")
    xpub.send(b"end")
    assert received_by(sub) == [b"a1"]
    sub.set(zmq.UNSUBSCRIBE, b"a")
    assert xpub.recv() == b"\x00a"
    xpub.send(b"a2")
    xpub.send(b"end")
    assert received_by(sub) == []


@pytest.mark.parametrize("length", LENGTHS)
def test_topics_of_every_length(make, make_endpoint, link, length):
    xpub, sub = make(zmq.XPUB, zmq.SUB)
    link(xpub, sub, make_endpoint("tcp"))
    topic = b"t" * length
    sub.set(zmq.SUBSCRIBE, topic)
    assert xpub.recv() == b"\x01" + topic
    xpub.send(topic + b"!")
    assert sub.recv() == topic + b"!"
    sub.set(zmq.UNSUBSCRIBE, topic)
    assert xpub.recv() == b"\x00" + topic


def test_an_xsub_subscribes_and_talks_by_messages(make, wire_endpoint, link):
    xpub, xsub = make(zmq.XPUB, zmq.XSUB)
    link(xpub, xsub, wire_endpoint)
    xsub.send(b"\x01a")
    assert xpub.recv() == b"\x01a"
    xsub.send_multipart([b"user message", b"second part"])
    assert xpub.recv_multipart() == [b"user message", b"second part"]
    xpub.send_multipart([b"a", b"body"])
    assert xsub.recv_multipart() == [b"a", b"body"]
    xsub.send(b"\x00a")
    assert xpub.recv() == b"\x00a"


def test_the_end_of_a_subscriber_ends_its_subscriptions(make, wire_endpoint, link):
    xpub, sub = make(zmq.XPUB, zmq.SUB)
    link(xpub, sub, wire_endpoint)
    sub.set(zmq.SUBSCRIBE, b"a")
    sub.set(zmq.SUBSCRIBE, b"b")
    assert {xpub.recv(), xpub.recv()} == {b"\x01a", b"\x01b"}
    sub.close()
    assert {xpub.recv(), xpub.recv()} == {b"\x00a", b"\x00b"}


def test_a_welcome_message(make, wire_endpoint):
    xpub, sub = make(zmq.XPUB, zmq.SUB)
    xpub.set(zmq.XPUB_WELCOME_MSG, b"Welcome")
    xpub.bind(wire_endpoint)
    sub.set(zmq.SUBSCRIBE, b"W")
    sub.connect(xpub.LAST_ENDPOINT.decode())
    assert xpub.recv() == b"\x01W"
    assert sub.recv() == b"Welcome"


def test_one_thousand_subscriptions_made_before_connecting(make, make_endpoint):
    xpub, sub = make(zmq.XPUB, zmq.SUB)
    xpub.bind(make_endpoint("tcp"))
    topics = [b"%03d" % number for number in range(1000)]
    for topic in topics:
        sub.set(zmq.SUBSCRIBE, topic)
    sub.connect(xpub.LAST_ENDPOINT.decode())
    assert [xpub.recv() for _ in topics] == [b"\x01" + topic for topic in topics]


def test_one_publisher_with_subscribers_of_both_kinds(new_socket, libzmq, wire_endpoint, link):
    xpub = new_socket(zmq.XPUB, xpub_verbose=1)
    subs = [new_socket(zmq.SUB), libzmq.socket(zmq.SUB), new_socket(zmq.SUB), libzmq.socket(zmq.SUB)]
    link(xpub, *subs, wire_endpoint)
    for number, sub in enumerate(subs):
        for topic in (b"all", b"%d" % number):
            sub.set(zmq.SUBSCRIBE, topic)
            assert xpub.recv() == b"\x01" + topic
    for number in range(4):
        xpub.send(b"%d only" % number)
    xpub.send(b"all")
    for number, sub in enumerate(subs):
        assert received_by(sub, until=b"all") == [b"%d only" % number]
