"""MAX_MSGSZ, IN_BATCH_SIZE and OUT_BATCH_SIZE."""

from __future__ import annotations

import socket as os_socket

import pytest

import purezmq as zmq


def connect_raw(socket):
    return os_socket.create_connection(("127.0.0.1", int(socket.LAST_ENDPOINT.rpartition(b":")[2])), 10)


@pytest.mark.parametrize("kind", [zmq.PUSH, zmq.DEALER, zmq.PAIR, zmq.PUB, zmq.SCATTER])
def test_max_msgsz_bounds_what_is_sent(make_context, kind):
    context = make_context()
    context.set(zmq.MAX_MSGSZ, 10)
    assert context.max_msgsz == 10
    with context.socket(kind) as sender, context.socket(zmq.PAIR) as pair:
        if kind == zmq.PAIR:
            pair.bind("inproc://sizes")
            sender.connect("inproc://sizes")
        else:
            sender.connect("tcp://127.0.0.1:1")
        for _ in range(3):  # also when a lane might be open
            sender.send(bytes(10))
            if kind != zmq.SCATTER:  # one part only
                sender.send_multipart([bytes(5), bytes(5)])
        calls = [lambda: sender.send(bytes(11)), lambda: sender.send_many([b"x", bytes(11)])]
        if kind != zmq.SCATTER:
            calls.append(lambda: sender.send_multipart([bytes(10), b"x"]))
        for call in calls:
            with pytest.raises(
                zmq.ZMQError, match="11 bytes, and the context's MAX_MSGSZ allows 10"
            ) as caught:
                call()
            assert caught.value.errno == zmq.EMSGSIZE
        for socket in (sender, pair):
            socket.linger = 0


def test_max_msgsz_bounds_a_router_too(make_context):
    context = make_context()
    context.set(zmq.MAX_MSGSZ, 20)
    with context.socket(zmq.ROUTER) as router, context.socket(zmq.DEALER) as dealer:
        dealer.routing_id = b"D"
        router.bind("tcp://127.0.0.1:*")
        dealer.connect(router.LAST_ENDPOINT.decode())
        for _ in range(3):
            dealer.send(b"x")
            assert router.recv_multipart() == [b"D", b"x"]
            router.send_multipart([b"D", bytes(19)])
            with pytest.raises(zmq.ZMQError):
                router.send_multipart([b"D", bytes(20)])
            assert dealer.recv() == bytes(19)


def test_in_batch_size_is_the_most_that_one_read_takes(new_socket):
    stream = new_socket(zmq.STREAM, in_batch_size=100)
    stream.bind("tcp://127.0.0.1:*")
    with connect_raw(stream) as peer:
        stream.recv_multipart()
        peer.sendall(bytes(1000))
        sizes = []
        while sum(sizes) < 1000:
            sizes.append(len(stream.recv_multipart()[1]))
    assert max(sizes) == 100


def test_left_alone_reads_take_what_is_there(new_socket, eventually):
    stream = new_socket(zmq.STREAM)
    stream.bind("tcp://127.0.0.1:*")
    with connect_raw(stream) as peer:
        stream.recv_multipart()
        stream._pump.io_thread.call_soon(lambda: None)
        with stream._pump.lock:  # so that all is there when it is read
            peer.sendall(bytes(12_000))
        assert len(stream.recv_multipart()[1]) == 12_000


def room_after_the_first_write(new_socket, **options):
    """How many messages a full queue takes, once a peer that reads nothing is there."""
    push = new_socket(zmq.PUSH, sndbuf=4096, sndhwm=400, linger=0, **options)
    with os_socket.socket() as listener:
        listener.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        listener.settimeout(10)
        push.connect(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(zmq.Again):
            while True:
                push.send(bytes(500), zmq.DONTWAIT)
        with listener.accept()[0] as peer:
            peer.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16 + 1 + 31))
            peer.sendall(b"\x04\x1a\x05READY\x0bSocket-Type" + (4).to_bytes(4, "big") + b"PULL")
            count = 0
            while push.poll(300, zmq.POLLOUT):
                push.send(bytes(500))
                count += 1
    return count


def test_out_batch_size_is_how_much_is_encoded_ahead(new_socket):
    # By default 128 KiB leave the queue, more than half of it, so the writer may go on; else not.
    assert room_after_the_first_write(new_socket, out_batch_size=1000) == 0
    assert room_after_the_first_write(new_socket) > 200


def test_small_batches_lose_nothing(new_socket, wire_endpoint):
    pull = new_socket(zmq.PULL, in_batch_size=1)
    push = new_socket(zmq.PUSH, out_batch_size=1)
    pull.bind(wire_endpoint)
    push.connect(pull.LAST_ENDPOINT.decode())
    messages = [[b"a" * size, b"b"] for size in (0, 1, 255, 256, 9000)] * 3
    for message in messages:
        push.send_multipart(message)
    assert [pull.recv_multipart() for _ in messages] == messages
