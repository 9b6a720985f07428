"""STREAM: ZeroMQ's end of a plain TCP connection."""

from __future__ import annotations

import socket as os_socket

import pytest

import purezmq as zmq


@pytest.fixture
def stream(new_socket):
    socket = new_socket(zmq.STREAM, linger=0)
    socket.bind("tcp://127.0.0.1:*")
    return socket


@pytest.fixture
def dial(stream):
    """Opens raw connections to the STREAM socket."""
    opened = []

    def connect():
        port = int(stream.LAST_ENDPOINT.decode().rpartition(":")[2])
        opened.append(os_socket.create_connection(("127.0.0.1", port), timeout=10))
        return opened[-1]

    yield connect
    for raw in opened:
        raw.close()


def receive_exactly(raw, size):
    data = b""
    while len(data) < size:
        chunk = raw.recv(size - len(data))
        assert chunk, f"connection closed after {data!r}"
        data += chunk
    return data


def collect(stream, peer, size):
    data = b""
    while len(data) < size:
        sender, chunk = stream.recv_multipart()
        assert sender == peer
        data += chunk
    return data


def test_a_new_connection_is_announced_by_an_empty_part(stream, dial):
    dial()
    peer, empty = stream.recv_multipart()
    assert (len(peer), peer[:1], empty) == (5, b"\0", b"")


def test_bytes_pass_both_ways_unchanged(stream, dial):
    raw = dial()
    peer, _ = stream.recv_multipart()
    raw.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert collect(stream, peer, 18) == b"GET / HTTP/1.0\r\n\r\n"
    stream.send_multipart([peer, b"HTTP/1.0 200 OK\r\n\r\n"])
    assert receive_exactly(raw, 19) == b"HTTP/1.0 200 OK\r\n\r\n"


def test_a_megabyte_passes_both_ways(stream, dial):
    raw = dial()
    peer, _ = stream.recv_multipart()
    data = bytes(range(256)) * 4096
    stream.send_multipart([peer, data])
    assert receive_exactly(raw, len(data)) == data
    raw.settimeout(0)
    sent = raw.send(data)
    assert collect(stream, peer, sent) == data[:sent]


def test_a_closed_connection_is_announced_by_an_empty_part(stream, dial):
    raw = dial()
    peer, _ = stream.recv_multipart()
    raw.close()
    assert stream.recv_multipart() == [peer, b""]


def test_sending_an_empty_part_closes_the_connection(stream, dial, in_thread, eventually):
    raw = dial()
    peer, _ = stream.recv_multipart()
    stream.send_multipart([peer, b""])
    reading = in_thread(raw.recv, 1)
    # libzmq finishes this when the socket's thread next enters the library.
    eventually(lambda: stream.poll(10) is not None and not reading.is_running, "the connection to be closed")
    assert reading.result() == b""


def test_an_unknown_connection_is_unreachable(stream):
    with pytest.raises(zmq.ZMQError) as caught:
        stream.send_multipart([b"\0\0\0\0\0", b"x"])
    assert caught.value.errno == zmq.EHOSTUNREACH


def test_connections_are_told_apart(stream, dial):
    peers = {}
    for number in range(3):
        raw = dial()
        peer, _ = stream.recv_multipart()
        raw.sendall(b"%d" % number)
        assert stream.recv_multipart() == [peer, b"%d" % number]
        peers[peer] = raw
    for peer, raw in peers.items():
        stream.send_multipart([peer, b"to " + peer])
        assert receive_exactly(raw, 8) == b"to " + peer


def test_notifications_can_be_switched_off(new_socket):
    stream = new_socket(zmq.STREAM)
    stream.set(zmq.STREAM_NOTIFY, 0)
    port = stream.bind_to_random_port("tcp://127.0.0.1")
    with os_socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(b"first")
        assert stream.recv_multipart()[1] == b"first"
    assert stream.poll(50) == 0


def test_it_can_connect_too(new_socket):
    stream = new_socket(zmq.STREAM, linger=0)
    with os_socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        stream.connect(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        raw, _ = server.accept()
        with raw:
            raw.settimeout(10)
            peer, empty = stream.recv_multipart()
            assert empty == b""
            stream.send_multipart([peer, b"hello"])
            assert receive_exactly(raw, 5) == b"hello"
            raw.sendall(b"back")
            assert collect(stream, peer, 4) == b"back"


def test_a_connection_can_be_named(new_socket):
    stream = new_socket(zmq.STREAM, linger=0)
    with os_socket.create_server(("127.0.0.1", 0)) as server:
        stream.set(zmq.CONNECT_ROUTING_ID, b"server")
        stream.connect(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        raw, _ = server.accept()
        with raw:
            assert stream.recv_multipart() == [b"server", b""]
