"""STREAM sockets of both implementations over one TCP connection."""

from __future__ import annotations

import pytest

import purezmq as zmq

from .peer import bulk


@pytest.mark.parametrize("who_binds", ["we bind", "we connect"])
def test_two_streams_exchange_bytes(new_socket, libzmq, make_endpoint, link, who_binds):
    ours, theirs = new_socket(zmq.STREAM, linger=0), libzmq.socket(zmq.STREAM, linger=0)
    link(*((ours, theirs) if who_binds == "we bind" else (theirs, ours)), make_endpoint("tcp"))
    peers = {}
    for socket in (ours, theirs):
        peers[socket], empty = socket.recv_multipart()
        assert empty == b""
    for sender, receiver in ((ours, theirs), (theirs, ours)):
        for data in (b"x", bulk(70_000), bulk(1 << 20)):
            sender.send_multipart([peers[sender], data])
            received = b""
            while len(received) < len(data):
                peer, chunk = receiver.recv_multipart()
                assert peer == peers[receiver]
                received += chunk
            assert received == data
    ours.send_multipart([peers[ours], b""])
    while not theirs.poll(10):
        ours.poll(0)
    assert theirs.recv_multipart() == [peers[theirs], b""]


def test_a_libzmq_stream_looks_like_garbage_to_our_router(new_socket, libzmq, make_endpoint, link):
    router, good, stream = (
        new_socket(zmq.ROUTER),
        libzmq.socket(zmq.DEALER),
        libzmq.socket(zmq.STREAM, linger=0),
    )
    link(router, good, stream, make_endpoint("tcp"))
    peer, _ = stream.recv_multipart()
    stream.send_multipart([peer, b"\xff" * 100])
    good.send(b"still fine")
    assert router.recv_multipart()[1] == b"still fine"
