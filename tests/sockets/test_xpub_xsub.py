"""XPUB and XSUB: subscriptions as messages."""

from __future__ import annotations

import pytest

import purezmq as zmq


@pytest.fixture
def xpub(new_socket, endpoint):
    socket = new_socket(zmq.XPUB)
    socket.bind(endpoint)
    return socket


@pytest.fixture
def subscriber(new_socket, xpub):
    def connect(kind=zmq.SUB):
        socket = new_socket(kind)
        socket.connect(xpub.LAST_ENDPOINT.decode())
        return socket

    return connect


def nothing_from(socket):
    return socket.poll(50) == 0


def test_a_subscription_is_reported_once_per_topic(xpub, subscriber):
    one, two = subscriber(), subscriber()
    one.subscribe(b"A")
    assert xpub.recv() == b"\x01A"
    two.subscribe(b"A")
    two.subscribe(b"B")
    assert xpub.recv() == b"\x01B"
    assert nothing_from(xpub)


def test_a_cancellation_is_reported_when_the_last_one_leaves(xpub, subscriber):
    one, two = subscriber(), subscriber()
    one.subscribe(b"A")
    assert xpub.recv() == b"\x01A"
    two.subscribe(b"A")
    two.subscribe(b"end")
    assert xpub.recv() == b"\x01end"
    one.unsubscribe(b"A")
    assert nothing_from(xpub)
    two.unsubscribe(b"A")
    assert xpub.recv() == b"\x00A"


def test_a_subscriber_that_disappears_cancels_its_topics(xpub, subscriber):
    sub = subscriber()
    sub.subscribe(b"A")
    sub.subscribe(b"B")
    assert {xpub.recv(), xpub.recv()} == {b"\x01A", b"\x01B"}
    sub.close()
    assert {xpub.recv(), xpub.recv()} == {b"\x00A", b"\x00B"}


def test_verbose_reports_every_subscription(xpub, subscriber):
    xpub.xpub_verbose = 1
    one, two = subscriber(), subscriber()
    one.subscribe(b"A")
    assert xpub.recv() == b"\x01A"
    two.subscribe(b"A")
    assert xpub.recv() == b"\x01A"
    one.unsubscribe(b"A")
    assert nothing_from(xpub)


def test_verboser_reports_every_cancellation_too(xpub, subscriber):
    xpub.xpub_verboser = 1
    one, two = subscriber(), subscriber()
    for sub in (one, two):
        sub.subscribe(b"A")
        assert xpub.recv() == b"\x01A"
    for sub in (one, two):
        sub.unsubscribe(b"A")
        assert xpub.recv() == b"\x00A"


def test_manual_leaves_the_decision_to_the_application(xpub, subscriber):
    xpub.set(zmq.XPUB_MANUAL, 1)
    sub = subscriber()
    sub.subscribe(b"A")
    assert xpub.recv() == b"\x01A"
    xpub.send(b"A not granted")
    xpub.set(zmq.SUBSCRIBE, b"A1")
    xpub.send(b"A2 not granted")
    xpub.send(b"A1 granted")
    assert sub.recv() == b"A1 granted"
    sub.unsubscribe(b"A")
    assert xpub.recv() == b"\x00A"
    xpub.set(zmq.UNSUBSCRIBE, b"A1")
    sub.subscribe(b"A1")
    assert xpub.recv() == b"\x01A1"
    xpub.send(b"A1 no more")
    assert nothing_from(sub)


def test_manual_grants_go_to_the_peer_that_asked_last(xpub, subscriber):
    xpub.set(zmq.XPUB_MANUAL, 1)
    one, two = subscriber(), subscriber()
    one.subscribe(b"A")
    assert xpub.recv() == b"\x01A"
    xpub.set(zmq.SUBSCRIBE, b"A")
    two.subscribe(b"A")
    assert xpub.recv() == b"\x01A"
    xpub.send(b"A for one")
    assert one.recv() == b"A for one"
    assert nothing_from(two)


def test_manual_last_value_sends_the_next_message_to_the_newest_subscriber_only(xpub, subscriber):
    xpub.set(zmq.XPUB_MANUAL_LAST_VALUE, 1)
    one, two = subscriber(), subscriber()
    for sub in (one, two):
        sub.subscribe(b"A")
        assert xpub.recv() == b"\x01A"
        xpub.set(zmq.SUBSCRIBE, b"A")
    xpub.send(b"A last value")
    assert two.recv() == b"A last value"
    assert nothing_from(one)
    xpub.send(b"A for both")
    assert (one.recv(), two.recv()) == (b"A for both", b"A for both")


def test_a_welcome_message_greets_every_new_subscriber_of_its_topic(new_socket, endpoint, eventually):
    xpub = new_socket(zmq.XPUB)
    xpub.set(zmq.XPUB_WELCOME_MSG, b"Welcome")
    xpub.bind(endpoint)
    for _ in range(2):
        sub = new_socket(zmq.SUB)
        sub.subscribe(b"W")
        sub.connect(xpub.LAST_ENDPOINT.decode())
        # libzmq sends it when the publisher's thread next enters the library.
        eventually(lambda s=sub: xpub.poll(0) is not None and s.poll(10), "the welcome message")
        assert sub.recv() == b"Welcome"


def test_with_nodrop_a_full_subscriber_stops_the_publisher(new_socket):
    xpub = new_socket(zmq.XPUB, sndhwm=5)
    xpub.set(zmq.XPUB_NODROP, 1)
    xpub.bind("inproc://nodrop")
    sub = new_socket(zmq.SUB, rcvhwm=5)
    sub.connect("inproc://nodrop")
    sub.subscribe(b"")
    assert xpub.recv() == b"\x01"
    sent = 0
    with pytest.raises(zmq.Again):
        for _ in range(1000):
            xpub.send(b"%d" % sent, zmq.DONTWAIT)
            sent += 1
    assert sent == 10
    assert [int(sub.recv()) for _ in range(sent)] == list(range(sent))
    xpub.send(b"again")
    assert sub.recv() == b"again"


def test_an_xsub_subscribes_by_sending(xpub, subscriber):
    xsub = subscriber(zmq.XSUB)
    xsub.send(b"\x01A")
    assert xpub.recv() == b"\x01A"
    xpub.send(b"B")
    xpub.send(b"A1")
    assert xsub.recv() == b"A1"
    xsub.send(b"\x00A")
    assert xpub.recv() == b"\x00A"


def test_other_messages_of_an_xsub_reach_the_application(xpub, subscriber):
    xsub = subscriber(zmq.XSUB)
    xsub.send(b"\x01A")
    assert xpub.recv() == b"\x01A"
    xsub.send_multipart([b"user message", b"second part"])
    assert xpub.recv_multipart() == [b"user message", b"second part"]


def test_a_plain_publisher_ignores_messages_of_an_xsub(new_socket, endpoint, link, eventually):
    pub, xsub = new_socket(zmq.PUB), new_socket(zmq.XSUB)
    link(pub, xsub, endpoint)
    xsub.send(b"user message")
    xsub.send(b"\x01")

    def hears():
        pub.send(b"x")
        return xsub.poll(10)

    eventually(hears, "the subscription to arrive")


def test_topics_reach_a_publisher_that_comes_later(new_socket, make_future_endpoint):
    endpoint = make_future_endpoint("tcp")
    sub, xsub = new_socket(zmq.SUB), new_socket(zmq.XSUB)
    sub.subscribe(b"S")
    xsub.send(b"\x01X")
    for socket in (sub, xsub):
        socket.connect(endpoint)
    late = new_socket(zmq.XPUB)
    late.bind(endpoint)
    assert {late.recv(), late.recv()} == {b"\x01S", b"\x01X"}
