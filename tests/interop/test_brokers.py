"""Our broker between libzmq's clients and workers, and libzmq's between ours."""

from __future__ import annotations

import pytest

import purezmq as zmq


@pytest.fixture(params=["our broker", "libzmq's broker"])
def broker(request, make_context, new_socket, libzmq, make_endpoint, in_thread):
    """start(frontend type, backend type) -> addresses, and a factory for sockets of the other implementation."""
    running = []

    def start(frontend_type, backend_type):
        if request.param == "our broker":
            context = make_context()
            sockets = [new_socket(kind, of=context, linger=0) for kind in (frontend_type, backend_type)]
        else:
            sockets = [libzmq.socket(kind, linger=0) for kind in (frontend_type, backend_type)]
        for socket in sockets:
            socket.bind(make_endpoint("tcp"))
        addresses = [socket.LAST_ENDPOINT.decode() for socket in sockets]
        if request.param == "our broker":

            def run():
                try:
                    zmq.proxy(*sockets)
                finally:
                    for socket in sockets:
                        socket.close()

            running.append((context, in_thread(run)))
            return (*addresses, libzmq.socket)
        libzmq.call("start_proxy", sockets[0]._handle, sockets[1]._handle)
        return (*addresses, new_socket)

    yield start
    for context, proxying in running:
        in_thread(context.term).wait()
        with pytest.raises(zmq.ContextTerminated):
            proxying.result()


def connect(make_socket, kind, address, **options):
    socket = make_socket(kind, **options)
    socket.connect(address)
    return socket


def test_requests_and_answers(broker):
    front, back, make_socket = broker(zmq.ROUTER, zmq.DEALER)
    clients = [connect(make_socket, zmq.REQ, front) for _ in range(3)]
    workers = [connect(make_socket, zmq.REP, back) for _ in range(3)]
    for round_number in range(10):
        for number, client in enumerate(clients):
            client.send_multipart([b"question", b"%d" % number, b"%d" % round_number])
        served = 0
        while served < 3:
            for worker in workers:
                if worker.poll(5):
                    worker.send_multipart([b"answer to", *worker.recv_multipart()])
                    served += 1
        for number, client in enumerate(clients):
            assert client.recv_multipart() == [
                b"answer to",
                b"question",
                b"%d" % number,
                b"%d" % round_number,
            ]


def test_topics_and_messages(broker):
    front, back, make_socket = broker(zmq.XSUB, zmq.XPUB)
    publishers = [connect(make_socket, zmq.XPUB, front) for _ in range(2)]
    sub = connect(make_socket, zmq.SUB, back)
    sub.set(zmq.SUBSCRIBE, b"a")
    for number, publisher in enumerate(publishers):
        assert publisher.recv() == b"\x01a"
        publisher.send(b"b not for you")
        publisher.send_multipart([b"a for you", b"%d" % number])
        assert sub.recv_multipart() == [b"a for you", b"%d" % number]


def test_tasks(broker):
    front, back, make_socket = broker(zmq.PULL, zmq.PUSH)
    source = connect(make_socket, zmq.PUSH, front)
    sinks = [connect(make_socket, zmq.PULL, back) for _ in range(2)]
    for number in range(100):
        source.send_multipart([b"%d" % number, b"x" * 1000])
    received = []
    while len(received) < 100:
        for sink in sinks:
            while sink.poll(5):
                received.append(int(sink.recv_multipart()[0]))
    assert sorted(received) == list(range(100))
