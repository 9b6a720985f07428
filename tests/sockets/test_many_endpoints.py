"""One socket may bind and connect as many endpoints as it likes."""

from __future__ import annotations

import purezmq as zmq


def test_two_binds_and_two_connects_reach_four_peers(new_socket, make_endpoint, link):
    hub = new_socket(zmq.DEALER)
    peers = [new_socket(zmq.DEALER) for _ in range(4)]
    link(hub, peers[0], make_endpoint("tcp"))
    link(hub, peers[1], make_endpoint("ipc"))
    link(peers[2], hub, make_endpoint("tcp"))
    link(peers[3], hub, make_endpoint("inproc"))
    for number, peer in enumerate(peers):
        peer.send(b"from %d" % number)
    assert {hub.recv() for _ in peers} == {b"from 0", b"from 1", b"from 2", b"from 3"}
    for _ in peers:
        hub.send(b"to all in turn")
    for peer in peers:
        assert peer.recv() == b"to all in turn"


def test_one_socket_listens_on_every_transport_at_once(new_socket, make_endpoint, link):
    pull = new_socket(zmq.PULL)
    pushes = [new_socket(zmq.PUSH) for _ in range(6)]
    for number, push in enumerate(pushes):
        link(pull, push, make_endpoint(["tcp", "ipc", "inproc"][number % 3]))
    for number, push in enumerate(pushes):
        push.send(b"%d" % number)
    assert {int(pull.recv()) for _ in pushes} == set(range(6))


def test_a_subscriber_hears_several_publishers(new_socket, endpoint, link, eventually):
    sub = new_socket(zmq.SUB)
    sub.subscribe(b"")
    publishers = [new_socket(zmq.XPUB) for _ in range(3)]
    link(sub, *publishers, endpoint)
    for number, publisher in enumerate(publishers):
        # A bound subscriber of libzmq sends its topics when its thread next enters the library.
        eventually(lambda p=publisher: sub.poll(0) is not None and p.poll(10), "the subscription")
        publisher.send(b"%d" % number)
    assert {int(sub.recv()) for _ in publishers} == {0, 1, 2}


def test_connecting_a_dealer_twice_to_the_same_endpoint_makes_one_connection(new_socket, wire_endpoint, link):
    router, dealer = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    address = link(router, dealer, wire_endpoint)
    dealer.connect(address)
    for _ in range(4):
        dealer.send(b"x")
    assert len({router.recv_multipart()[0] for _ in range(4)}) == 1
