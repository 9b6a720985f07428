"""ROUTER_RAW: a ROUTER whose peers speak no ZMTP."""

from __future__ import annotations

import errno
import socket as os_socket

import pytest

import purezmq as zmq


@pytest.fixture
def router(new_socket):
    socket = new_socket(zmq.ROUTER)
    socket.set(zmq.ROUTER_RAW, 1)
    return socket


def raw_peer(router):
    router.bind("tcp://127.0.0.1:*")
    return os_socket.create_connection(("127.0.0.1", int(router.LAST_ENDPOINT.rpartition(b":")[2])), 10)


def test_bytes_come_and_go_as_they_are(router):
    with raw_peer(router) as peer:
        name, notice = router.recv_multipart()
        assert notice == b"" and len(name) == 5
        peer.sendall(b"GET /\r\n")
        assert router.recv_multipart() == [name, b"GET /\r\n"]
        router.send_multipart([name, b"HTTP/1.0 200\r\n"])
        assert peer.recv(100) == b"HTTP/1.0 200\r\n"
        router.send_multipart([name, b""])
        assert peer.recv(100) == b""


def test_a_peer_that_leaves_is_told_by_an_empty_message(router):
    with raw_peer(router):
        name, _ = router.recv_multipart()
    assert router.recv_multipart() == [name, b""]


def test_unknown_peers_are_ignored_unless_mandatory(router):
    with raw_peer(router):
        router.recv_multipart()
        router.send_multipart([b"nobody", b"x"])
        assert router.stats()["drops"]["unroutable"] == 1
        router.router_mandatory = 1
        with pytest.raises(zmq.ZMQError) as caught:
            router.send_multipart([b"nobody", b"x"])
        assert caught.value.errno == zmq.Errno.EHOSTUNREACH


def test_it_is_set_before_bind_and_can_be_taken_back(new_socket, router, link):
    router.set(zmq.ROUTER_RAW, 0)
    dealer = new_socket(zmq.DEALER)
    link(router, dealer, "tcp://127.0.0.1:*")
    dealer.send(b"x")
    assert router.recv_multipart()[1] == b"x"
    with pytest.raises(zmq.ZMQError, match="set it before bind and connect") as caught:
        router.set(zmq.ROUTER_RAW, 1)
    assert caught.value.errno == errno.EINVAL
