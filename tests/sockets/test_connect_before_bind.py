"""The order of bind and connect does not matter, on any transport."""

from __future__ import annotations

import time

import pytest

import purezmq as zmq

PAIRS = [
    (zmq.PULL, zmq.PUSH),
    (zmq.PUSH, zmq.PULL),
    (zmq.REP, zmq.REQ),
    (zmq.ROUTER, zmq.DEALER),
    (zmq.DEALER, zmq.DEALER),
    (zmq.PAIR, zmq.PAIR),
    (zmq.SUB, zmq.PUB),
    (zmq.PUB, zmq.SUB),
    (zmq.XPUB, zmq.XSUB),
]


def deliver(sender, receiver):
    """Send one message and return it; a publisher drops what nobody has subscribed to yet, so it repeats."""
    repeats = sender.type in (zmq.PUB, zmq.XPUB)
    deadline = time.monotonic() + 10
    sender.send(b"hello")
    while time.monotonic() < deadline:
        if receiver.poll(10):
            return receiver.recv_multipart()
        if repeats:
            sender.send(b"hello")
    pytest.fail("nothing arrived")


@pytest.mark.parametrize(("binding", "connecting"), PAIRS, ids=[f"{a.name}-{b.name}" for a, b in PAIRS])
def test_a_connection_made_first_works_after_the_bind(new_socket, future_endpoint, binding, connecting):
    client = new_socket(connecting)
    client.connect(future_endpoint)
    server = new_socket(binding)
    for socket in (client, server):
        if socket.type == zmq.SUB:
            socket.subscribe(b"")
        elif socket.type == zmq.XSUB:
            socket.send(b"\x01")
    server.bind(future_endpoint)
    sends = {zmq.PUSH, zmq.REQ, zmq.DEALER, zmq.PAIR, zmq.PUB, zmq.XPUB}
    sender, receiver = (client, server) if connecting in sends else (server, client)
    assert deliver(sender, receiver)[-1] == b"hello"


def test_messages_queued_before_the_bind_all_arrive(new_socket, future_endpoint):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    push.connect(future_endpoint)
    for number in range(500):
        push.send(b"%d" % number)
    pull.bind(future_endpoint)
    assert [int(pull.recv()) for _ in range(500)] == list(range(500))


def test_several_clients_may_wait_for_one_server(new_socket, future_endpoint):
    clients = [new_socket(zmq.REQ) for _ in range(5)]
    for number, client in enumerate(clients):
        client.connect(future_endpoint)
        client.send(b"%d" % number)
    server = new_socket(zmq.REP)
    server.bind(future_endpoint)
    for _ in clients:
        server.send(b"answer to " + server.recv())
    for number, client in enumerate(clients):
        assert client.recv() == b"answer to %d" % number
