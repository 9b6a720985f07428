"""Routing ids in both directions."""

from __future__ import annotations

import pytest

import purezmq as zmq

IDS = [b"x", b"a name", b"with\0zero", b"\xff\xfe", bytes(range(1, 256)), b"\0begins with zero"]


@pytest.mark.parametrize("name", IDS, ids=lambda name: f"{len(name)} bytes")
@pytest.mark.parametrize("kind", [zmq.DEALER, zmq.REQ, zmq.ROUTER], ids=lambda kind: kind.name)
def test_a_libzmq_router_sees_our_id(new_socket, libzmq, make_endpoint, link, kind, name):
    ours, router = new_socket(kind, routing_id=name, probe_router=1), libzmq.socket(zmq.ROUTER)
    link(router, ours, make_endpoint("tcp"))
    assert router.recv_multipart() == [name, b""]


@pytest.mark.parametrize("name", IDS, ids=lambda name: f"{len(name)} bytes")
@pytest.mark.parametrize("kind", [zmq.DEALER, zmq.REQ, zmq.ROUTER], ids=lambda kind: kind.name)
def test_our_router_sees_the_id_of_a_libzmq_peer(new_socket, libzmq, make_endpoint, link, kind, name):
    router, theirs = new_socket(zmq.ROUTER), libzmq.socket(kind, routing_id=name, probe_router=1)
    link(router, theirs, make_endpoint("tcp"))
    assert router.recv_multipart() == [name, b""]
    if kind == zmq.DEALER:
        router.send_multipart([name, b"back"])
        assert theirs.recv() == b"back"


def test_nameless_libzmq_peers_get_generated_ids(new_socket, libzmq, wire_endpoint, link):
    router = new_socket(zmq.ROUTER)
    peers = [libzmq.socket(zmq.DEALER) for _ in range(5)]
    link(router, *peers, wire_endpoint)
    for number, peer in enumerate(peers):
        peer.send(b"%d" % number)
    names = {}
    for _ in peers:
        name, number = router.recv_multipart()
        assert len(name) == 5
        assert name[:1] == b"\0"
        names[name] = int(number)
    assert len(names) == 5
    for name, number in names.items():
        router.send_multipart([name, b"for %d" % number])
        assert peers[number].recv() == b"for %d" % number


def test_our_nameless_socket_gets_a_generated_id_from_libzmq(new_socket, libzmq, wire_endpoint, link):
    router, ours = libzmq.socket(zmq.ROUTER), new_socket(zmq.DEALER)
    link(router, ours, wire_endpoint)
    ours.send(b"hello")
    name, body = router.recv_multipart()
    assert (len(name), name[:1], body) == (5, b"\0", b"hello")
    router.send_multipart([name, b"back"])
    assert ours.recv() == b"back"


def test_we_can_name_a_libzmq_peer_that_we_connect_to(new_socket, libzmq, wire_endpoint):
    router, theirs = new_socket(zmq.ROUTER), libzmq.socket(zmq.DEALER, routing_id=b"own idea")
    theirs.bind(wire_endpoint)
    router.connect_routing_id = b"chosen"
    router.connect(theirs.LAST_ENDPOINT.decode())
    router.send_multipart([b"chosen", b"hello"])
    assert theirs.recv() == b"hello"
    theirs.send(b"back")
    assert router.recv_multipart() == [b"chosen", b"back"]


def test_a_second_libzmq_peer_with_the_same_id_is_ignored_or_takes_over(
    new_socket, libzmq, make_endpoint, link
):
    for handover in (0, 1):
        router = new_socket(zmq.ROUTER, router_handover=handover)
        first, second = (libzmq.socket(zmq.DEALER, routing_id=b"same") for _ in range(2))
        address = link(router, first, make_endpoint("tcp"))
        first.send(b"first")
        assert router.recv_multipart() == [b"same", b"first"]
        second.connect(address)
        second.send(b"second")
        if handover:
            assert router.recv_multipart() == [b"same", b"second"]
        else:
            assert router.poll(150) == 0
        router.send_multipart([b"same", b"answer"])
        assert (second if handover else first).recv() == b"answer"
