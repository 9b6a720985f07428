"""stats() and peers(): what a socket tells about its messages and connections."""

from __future__ import annotations

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only


def test_messages_and_bytes_are_counted_on_both_sides(new_socket, endpoint, link, eventually):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, endpoint)
    for _ in range(10):
        push.send_multipart([b"12345", b"67890"])
    for _ in range(10):
        pull.recv_multipart()
    assert pull.stats()["messages_in"] == 10
    eventually(lambda: push.stats()["messages_out"] == 10, "the sender's count")
    assert push.stats()["bytes_out"] >= 100
    assert pull.stats()["messages_out"] == push.stats()["messages_in"] == 0


def test_waiting_messages_are_counted(new_socket, link):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    push.connect("inproc://waiting")
    for _ in range(7):
        push.send(b"x")
    assert push.stats()["queue_out"] == 7
    pull.bind("inproc://waiting")
    assert pull.recv() == b"x"
    assert pull.stats()["queue_in"] + push.stats()["queue_out"] == 6


def test_what_a_publisher_drops_is_counted(new_socket):
    pub, sub = new_socket(zmq.XPUB, sndhwm=5), new_socket(zmq.SUB, rcvhwm=5)
    pub.bind("inproc://drops")
    sub.connect("inproc://drops")
    sub.subscribe(b"")
    assert pub.recv() == b"\x01"
    for _ in range(50):
        pub.send(b"x")
    received = 0
    while sub.poll(50):
        sub.recv()
        received += 1
    assert received + sum(pub.stats()["drops"].values()) == 50
    assert received == 10


def test_what_a_router_cannot_deliver_is_counted(new_socket, endpoint):
    router = new_socket(zmq.ROUTER)
    router.bind(endpoint)
    for _ in range(3):
        router.send_multipart([b"nobody", b"x"])
    assert sum(router.stats()["drops"].values()) == 3


def test_a_fresh_socket_has_counted_nothing(new_socket):
    stats = new_socket(zmq.DEALER).stats()
    assert stats["messages_in"] == stats["messages_out"] == stats["peers"] == 0
    assert stats["drops"] == {}


def test_peers_are_listed_with_what_is_known_about_them(new_socket, wire_endpoint, link):
    router = new_socket(zmq.ROUTER)
    dealers = [new_socket(zmq.DEALER, routing_id=b"dealer %d" % number) for number in range(3)]
    link(router, *dealers, wire_endpoint)
    for dealer in dealers:
        dealer.send(b"hello")
    for _ in dealers:
        router.recv_multipart()
    assert router.stats()["peers"] == 3
    peers = router.peers()
    assert {peer["routing_id"] for peer in peers} == {b"dealer 0", b"dealer 1", b"dealer 2"}
    for peer in peers:
        assert peer["socket_type"] == "DEALER"
        assert peer["state"] == "connected"
        assert peer["messages_in"] == 1


def test_a_connection_that_is_not_there_yet_is_listed_too(new_socket, make_future_endpoint):
    push = new_socket(zmq.PUSH, linger=0)
    endpoint = make_future_endpoint("tcp")
    push.connect(endpoint)
    (peer,) = push.peers()
    assert peer["endpoint"] == endpoint
    assert peer["state"] != "connected"


def test_a_peer_that_left_is_no_longer_listed(new_socket, wire_endpoint, link, eventually):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, wire_endpoint)
    push.send(b"x")
    pull.recv()
    assert len(pull.peers()) == 1
    push.close()
    eventually(lambda: pull.peers() == [], "the peer to disappear")


def test_reconnections_are_counted(new_socket, make_future_endpoint, eventually):
    endpoint = make_future_endpoint("tcp")
    push = new_socket(zmq.PUSH, reconnect_ivl=10)
    push.connect(endpoint)
    for round_number in range(2):
        with new_socket(zmq.PULL) as pull:
            eventually(lambda p=pull: _binds(p, endpoint), "the port")
            push.send(b"%d" % round_number)
            assert pull.recv() == b"%d" % round_number
        eventually(lambda: push.stats()["peers"] == 0, "the loss to be noticed")
    eventually(lambda: push.stats()["reconnects"] >= 1, "the reconnection to be counted")


def _binds(socket, endpoint):
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        assert error.errno == zmq.EADDRINUSE
        return False
    return True
