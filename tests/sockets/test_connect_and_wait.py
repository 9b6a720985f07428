"""``connect(addr, wait=…)``: afterwards there is a connection, or an error that says why not."""

from __future__ import annotations

import errno
import socket as os_socket
import threading

import pytest

import purezmq as zmq

PATIENCE_MS = 10_000


def test_there_is_a_connection_afterwards(new_socket, endpoint):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    server.bind(endpoint)
    client.connect(server.LAST_ENDPOINT, wait=PATIENCE_MS)
    assert [peer["state"] for peer in client.peers()] == ["connected"]


def test_a_peer_that_comes_later(new_socket, future_endpoint, in_thread):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER, reconnect_ivl=20)
    connecting = in_thread(lambda: client.connect(future_endpoint, wait=PATIENCE_MS))
    server.bind(future_endpoint)
    connecting.result()


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
def test_nobody_is_there(new_socket, make_future_endpoint, transport):
    client = new_socket(zmq.DEALER, reconnect_ivl=10)
    endpoint = make_future_endpoint(transport)
    with pytest.raises(zmq.Again) as caught:
        client.connect(endpoint, wait=100)
    text = str(caught.value)
    assert "no connection within 100 ms" in text and endpoint in text
    assert {"tcp": "ECONNREFUSED", "ipc": "ENOENT", "inproc": "nobody has bound"}[transport] in text
    assert client.peers() == []  # it is as if it had not been called
    with pytest.raises(zmq.ZMQError):
        client.disconnect(endpoint)


def test_a_peer_that_says_nothing(new_socket):
    with os_socket.create_server(("127.0.0.1", 0)) as listener:
        client = new_socket(zmq.DEALER)
        with pytest.raises(zmq.Again, match="in the middle of the handshake"):
            client.connect(f"tcp://127.0.0.1:{listener.getsockname()[1]}", wait=50)


def test_a_wrong_type_is_told_at_once(new_socket):
    server, client = new_socket(zmq.PUB), new_socket(zmq.PULL)
    server.bind("tcp://127.0.0.1:*")
    with pytest.raises(zmq.ZMQError, match="cannot talk to each other") as caught:
        client.connect(server.LAST_ENDPOINT, wait=-1)
    assert not isinstance(caught.value, zmq.Again)


def test_another_mechanism_is_told_at_once(new_socket):
    server, client = new_socket(zmq.ROUTER, plain_server=1), new_socket(zmq.DEALER)
    server.bind("tcp://127.0.0.1:*")
    with pytest.raises(zmq.ZMQError, match="NULL.*PLAIN"):
        client.connect(server.LAST_ENDPOINT, wait=-1)


def test_refused_credentials_are_told_at_once(new_socket):
    handler, server = new_socket(zmq.REP), new_socket(zmq.ROUTER, plain_server=1)
    handler.bind("inproc://zeromq.zap.01")

    def refuse():
        request = handler.recv_multipart()
        handler.send_multipart([b"1.0", request[1], b"400", b"no", b"", b""])

    thread = threading.Thread(target=refuse)
    thread.start()
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(zmq.DEALER, plain_username=b"joe", plain_password=b"hidden")
    with pytest.raises(zmq.ZMQError) as caught:
        client.connect(server.LAST_ENDPOINT, wait=-1)
    thread.join()
    assert caught.value.errno == errno.EACCES
    assert "400" in str(caught.value) and "hidden" not in str(caught.value)


def test_a_refusal_that_is_final(new_socket, make_future_endpoint):
    client = new_socket(zmq.DEALER, reconnect_stop=zmq.RECONNECT_STOP_CONN_REFUSED)
    with pytest.raises(zmq.ZMQError, match="ECONNREFUSED") as caught:
        client.connect(make_future_endpoint("tcp"), wait=-1)
    assert not isinstance(caught.value, zmq.Again)


def test_a_second_connect_to_the_same_endpoint(new_socket):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT, wait=PATIENCE_MS)
    client.connect(server.LAST_ENDPOINT, wait=PATIENCE_MS)  # changes nothing
    assert len(client.peers()) == 1


def test_a_malformed_endpoint_is_refused_as_ever(new_socket):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(zmq.DEALER).connect("tcp:/nowhere", wait=10)
    assert caught.value.errno == zmq.EINVAL


def test_the_context_manager_disconnects(new_socket):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    server.bind("tcp://127.0.0.1:*")
    with client.connect(server.LAST_ENDPOINT.decode(), wait=PATIENCE_MS):
        assert client.peers()
    assert client.peers() == []
