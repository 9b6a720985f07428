"""get_peer_state: whether a ROUTER could send to one peer."""

from __future__ import annotations

import pytest

import purezmq as zmq


def test_a_peer_with_room_and_a_full_one(new_socket, endpoint):
    router, dealer = new_socket(zmq.ROUTER, sndhwm=5), new_socket(zmq.DEALER, rcvhwm=5, routing_id=b"D")
    router.router_mandatory = 1
    router.sndbuf, dealer.rcvbuf = 4096, 4096
    router.bind(endpoint)
    dealer.connect(router.LAST_ENDPOINT.decode())
    dealer.send(b"x")
    router.recv_multipart()
    assert router.get_peer_state(b"D") == zmq.POLLOUT
    with pytest.raises(zmq.Again):
        while True:
            router.send_multipart([b"D", bytes(1000)], zmq.DONTWAIT)
    assert router.get_peer_state(b"D") == 0
    while dealer.poll(100):
        dealer.recv()
    assert router.get_peer_state(b"D") == zmq.POLLOUT


def test_an_unknown_peer(new_socket):
    for kind in (zmq.ROUTER, zmq.STREAM):
        with pytest.raises(zmq.ZMQError) as caught:
            new_socket(kind).get_peer_state(b"nobody")
        assert caught.value.errno == zmq.Errno.EHOSTUNREACH


def test_other_types_know_no_peers_by_name(new_socket):
    with pytest.raises(zmq.ZMQError, match="only ROUTER and STREAM") as caught:
        new_socket(zmq.DEALER).get_peer_state(b"x")
    assert caught.value.errno == zmq.ENOTSUP
