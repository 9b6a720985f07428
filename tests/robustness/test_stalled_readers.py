"""Peers that stop reading: the sender waits, refuses or drops as its type demands, in bounded memory."""

from __future__ import annotations

import time

import pytest

import purezmq as zmq

from .raw_peer import RawPeer, command
from .server import resident_memory

MEBIBYTE = 1 << 20
DATA = bytes(10_000)


@pytest.fixture
def stall():
    """Connects a peer that completes the handshake and then reads nothing."""
    peers = []

    def connect(socket, kind, *more):
        peer = RawPeer(socket.LAST_ENDPOINT.decode(), receive_buffer=8192)
        peers.append(peer)
        peer.shake_hands(kind, b"stalled" if kind == b"DEALER" else None)
        for data in more:
            peer.socket.sendall(data)
        return peer

    yield connect
    for peer in peers:
        peer.socket.close()


def bound(new_socket, kind, **options):
    socket = new_socket(kind, sndbuf=16384, linger=0, **options)
    socket.bind("tcp://127.0.0.1:*")
    return socket


def send_until_full(socket, limit=20_000):
    """How many messages go until the socket has refused for a while."""
    sent = 0
    while socket.poll(300, zmq.POLLOUT):
        socket.send(DATA, zmq.DONTWAIT)
        sent += 1
        assert sent < limit, "a peer that reads nothing must stop its sender"
    return sent


def test_a_push_socket_fills_up_to_its_high_water_mark(new_socket, stall):
    push = bound(new_socket, zmq.PUSH, sndhwm=50)
    stall(push, b"PULL")
    sent = send_until_full(push)
    assert sent >= 50
    with pytest.raises(zmq.Again):
        push.send(DATA, zmq.DONTWAIT)
    push.sndtimeo = 100
    start = time.monotonic()
    with pytest.raises(zmq.Again):
        push.send(DATA)
    assert 0.09 < time.monotonic() - start < 2


def test_a_blocked_sender_goes_on_when_the_peer_reads_again(new_socket, stall, in_thread):
    push = bound(new_socket, zmq.PUSH, sndhwm=50)
    peer = stall(push, b"PULL")
    sent = send_until_full(push)
    sending = in_thread(push.send, DATA)
    for _ in range(sent + 1):
        peer.receive(9 + len(DATA))
    sending.result()


def test_a_blocked_sender_goes_on_with_another_peer(new_socket, stall, in_thread):
    push, pull = bound(new_socket, zmq.PUSH, sndhwm=50), new_socket(zmq.PULL)
    stall(push, b"PULL")
    send_until_full(push)
    sending = in_thread(push.send, b"for the other")
    pull.connect(push.LAST_ENDPOINT.decode())
    assert pull.recv() == b"for the other"
    sending.result()


def test_a_sender_whose_only_peer_stalls_and_dies_waits_for_the_next(new_socket, stall, in_thread):
    push = bound(new_socket, zmq.PUSH, sndhwm=50)
    peer = stall(push, b"PULL")
    send_until_full(push)
    sending = in_thread(push.send, b"for the next")
    peer.reset()
    pull = new_socket(zmq.PULL)
    pull.connect(push.LAST_ENDPOINT.decode())
    assert pull.recv() == b"for the next"
    sending.result()


def test_a_publisher_goes_on_for_the_others_in_bounded_memory(new_socket, stall):
    pub = bound(new_socket, zmq.XPUB, sndhwm=100, xpub_verbose=1)
    stall(pub, b"SUB", command(b"SUBSCRIBE"))
    assert pub.recv() == b"\x01"
    sub = new_socket(zmq.SUB, rcvhwm=0)
    sub.subscribe(b"")
    sub.connect(pub.LAST_ENDPOINT.decode())
    assert pub.recv() == b"\x01"
    before = resident_memory()
    for number in range(5_000):
        pub.send_multipart([b"%d" % number, DATA], zmq.DONTWAIT)
        assert sub.recv_multipart()[0] == b"%d" % number
    assert resident_memory() - before < 20 * MEBIBYTE  # 50 MB were sent


@pytest.mark.purezmq_only
def test_what_a_publisher_drops_is_counted(new_socket, stall):
    pub = bound(new_socket, zmq.XPUB, sndhwm=100)
    stall(pub, b"SUB", command(b"SUBSCRIBE"))
    assert pub.recv() == b"\x01"
    for _ in range(2_000):
        pub.send(DATA, zmq.DONTWAIT)
    stats = pub.stats()
    dropped = sum(stats["drops"].values())
    assert dropped > 1_000
    assert dropped + stats["queue_out"] + stats["messages_out"] >= 2_000
    assert stats["queue_out"] <= 200


def test_a_router_drops_for_a_stalled_peer_or_says_so_when_mandatory(new_socket, stall):
    router = bound(new_socket, zmq.ROUTER, sndhwm=50)
    stall(router, b"DEALER", b"\0\x05hello")
    assert router.recv_multipart() == [b"stalled", b"hello"]
    before = resident_memory()
    for _ in range(5_000):
        router.send_multipart([b"stalled", DATA], zmq.DONTWAIT)
    assert resident_memory() - before < 20 * MEBIBYTE
    router.router_mandatory = 1
    with pytest.raises(zmq.Again):
        for _ in range(100):
            router.send_multipart([b"stalled", DATA], zmq.DONTWAIT)


def test_a_reader_that_stops_reading_its_socket_stops_the_peer(new_socket):
    pull = new_socket(zmq.PULL, rcvhwm=50, rcvbuf=16384)
    pull.bind("tcp://127.0.0.1:*")
    before = resident_memory()
    with RawPeer(pull.LAST_ENDPOINT.decode(), timeout_s=1) as peer:
        peer.shake_hands(b"PUSH")
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 200 * MEBIBYTE:
                peer.socket.sendall(b"\x02" + len(DATA).to_bytes(8, "big") + DATA)
                sent += len(DATA)
        assert resident_memory() - before < 20 * MEBIBYTE
        assert len(pull.recv()) == len(DATA)
