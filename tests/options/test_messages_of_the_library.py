"""HELLO_MSG, DISCONNECT_MSG, HICCUP_MSG and ROUTER_NOTIFY over every transport; how subscriptions are forwarded."""

from __future__ import annotations

import pytest

import purezmq as zmq


def test_hello_msg_is_the_first_message_of_every_connection(new_socket, endpoint):
    router, dealer = new_socket(zmq.ROUTER, hello_msg=b"welcome"), new_socket(zmq.DEALER, hello_msg=b"hi")
    router.bind(endpoint)
    dealer.connect(router.LAST_ENDPOINT.decode())
    dealer.send(b"first")
    assert dealer.recv() == b"welcome"
    assert [router.recv_multipart()[1] for _ in range(2)] == [b"hi", b"first"]


def test_disconnect_msg_is_received_when_a_peer_leaves(new_socket, endpoint):
    router = new_socket(zmq.ROUTER, disconnect_msg=b"gone")
    router.bind(endpoint)
    dealer = new_socket(zmq.DEALER, routing_id=b"D")
    dealer.connect(router.LAST_ENDPOINT.decode())
    dealer.send(b"x")
    assert router.recv_multipart() == [b"D", b"x"]
    dealer.close()
    assert router.recv_multipart() == [b"D", b"gone"]


def test_hiccup_msg_is_received_when_the_connection_breaks(new_socket, wire_endpoint):
    dealer, router = new_socket(zmq.DEALER, hiccup_msg=b"broken"), new_socket(zmq.ROUTER, linger=0)
    router.bind(wire_endpoint)
    dealer.connect(router.LAST_ENDPOINT.decode())
    dealer.send(b"x")
    router.recv_multipart()
    router.close()
    assert dealer.recv() == b"broken"


@pytest.mark.parametrize(
    ("notify", "expected"),
    [
        (zmq.NOTIFY_CONNECT, [b"", b"x"]),
        (zmq.NOTIFY_DISCONNECT, [b"x", b""]),
        (zmq.NOTIFY_CONNECT | zmq.NOTIFY_DISCONNECT, [b"", b"x", b""]),
    ],
)
def test_router_notify_tells_of_peers_that_come_and_go(new_socket, endpoint, notify, expected):
    router = new_socket(zmq.ROUTER, router_notify=int(notify))
    router.bind(endpoint)
    dealer = new_socket(zmq.DEALER, routing_id=b"D")
    dealer.connect(router.LAST_ENDPOINT.decode())
    dealer.send(b"x")
    received = []
    while b"x" not in received:
        name, message = router.recv_multipart()
        received.append(message)
    dealer.close()
    while len(received) < len(expected):
        received.append(router.recv_multipart()[1])
    assert (name, received) == (b"D", expected)


@pytest.mark.parametrize(("verbose", "expected"), [(0, [b"\1a", b"\0a"]), (1, [b"\1a", b"\0z", b"\0a"])])
def test_xsub_verbose_unsubscribe_forwards_what_was_never_subscribed(new_socket, endpoint, verbose, expected):
    xpub, xsub = new_socket(zmq.XPUB), new_socket(zmq.XSUB)
    xpub.set(zmq.XPUB_VERBOSER, 1)
    xsub.set(zmq.XSUB_VERBOSE_UNSUBSCRIBE, verbose)
    xpub.bind(endpoint)
    xsub.connect(xpub.LAST_ENDPOINT.decode())
    for message in (b"\1a", b"\0z", b"\0a"):
        xsub.send(message)
    assert [xpub.recv() for _ in expected] == expected
    assert xpub.poll(50) == 0


@pytest.mark.parametrize(("only_first", "count"), [(0, 2), (1, 1)])
def test_only_first_subscribe(new_socket, endpoint, only_first, count, eventually):
    xpub, xsub = new_socket(zmq.XPUB), new_socket(zmq.XSUB)
    for socket in (xpub, xsub):
        socket.set(zmq.ONLY_FIRST_SUBSCRIBE, only_first)
    xpub.bind(endpoint)
    xsub.connect(xpub.LAST_ENDPOINT.decode())
    xsub.send_multipart([b"\1a", b"data"])
    xsub.send_multipart([b"data", b"\1b"])
    assert xpub.recv() == b"\1a"
    eventually(lambda: xpub.get(zmq.EVENTS) is not None and xpub.topics_count == count, f"{count} topics")
