"""PLAIN, CURVE and ZAP over ws and wss, and TLS's own checks under a WebSocket."""

from __future__ import annotations

import errno

import pytest

import purezmq as zmq

pytest.importorskip("wsproto")


@pytest.fixture(params=["ws", "wss"])
def address(request):
    return f"{request.param}://127.0.0.1:*"


def exchange(server, client):
    for message in ([b"x"], [b"a", b"", b"c"], [b"y" * 300_000], *([[b"same"]] * 50)):
        client.send_multipart(message)
        identity, *received = server.recv_multipart()
        assert received == message
        server.send_multipart([identity, *message])
        assert client.recv_multipart() == message


def test_null(new_socket, link, tls_options, address):
    server, client = new_socket(zmq.ROUTER, **tls_options), new_socket(zmq.DEALER, **tls_options)
    link(server, client, address)
    exchange(server, client)


def test_plain(new_socket, link, tls_options, address, everybody_may_in):
    server = new_socket(zmq.ROUTER, plain_server=1, **tls_options)
    client = new_socket(zmq.DEALER, plain_username=b"me", plain_password=b"secret", **tls_options)
    link(server, client, address)
    exchange(server, client)


def test_curve(new_socket, link, tls_options, address):
    pytest.importorskip("nacl")
    public, secret = zmq.curve_keypair()
    own_public, own_secret = zmq.curve_keypair()
    server = new_socket(
        zmq.ROUTER,
        curve_server=1,
        curve_secretkey=secret,
        heartbeat_ivl=50,
        heartbeat_timeout=10_000,
        zap_enforce_domain=1,
        **tls_options,
    )
    client = new_socket(
        zmq.DEALER,
        curve_serverkey=public,
        curve_publickey=own_public,
        curve_secretkey=own_secret,
        heartbeat_ivl=50,
        heartbeat_timeout=10_000,
        **tls_options,
    )
    link(server, client, address)
    for _ in range(5):
        exchange(server, client)
    assert server.stats()["failures"] == {}


def test_zap_decides(new_socket, link, tls_options, address, in_thread):
    handler = new_socket(zmq.REP)
    handler.bind("inproc://zeromq.zap.01")
    server = new_socket(zmq.PULL, zap_domain=b"plant", **tls_options)
    client = new_socket(zmq.PUSH, **tls_options)
    link(server, client, address)
    _, request_id, domain, where, _, mechanism = handler.recv_multipart()
    assert (domain, where, mechanism) == (b"plant", b"127.0.0.1", b"NULL")
    handler.send_multipart([b"1.0", request_id, b"200", b"OK", b"joe", b""])
    client.send(b"hello")
    assert server.recv(copy=False).get("User-Id") == "joe"


def test_a_certificate_of_nobody_is_refused(new_socket, tls_options, eventually):
    server = new_socket(zmq.PULL, **tls_options)
    client = new_socket(zmq.PUSH)
    server.bind("wss://127.0.0.1:*")
    client.connect(server.last_endpoint)
    eventually(lambda: client.stats()["failures"].get("tls_failed"), "the client refuses")


def test_a_server_without_a_certificate_cannot_be(new_socket):
    with pytest.raises(zmq.ZMQError) as refused:
        new_socket(zmq.PULL).bind("wss://127.0.0.1:*")
    assert refused.value.errno == errno.EINVAL


def test_many_messages_and_a_close_right_behind(make_context, tls_options, address, in_thread):
    """The farewells (CLOSE, close_notify) come with the last messages, and push none of them aside."""
    context = make_context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    for socket in (pull, push):
        for name, value in tls_options.items():
            setattr(socket, name, value)
    pull.rcvtimeo = 10_000
    pull.rcvhwm = push.sndhwm = 50
    pull.bind(address)
    push.connect(pull.last_endpoint)

    def send():
        for number in range(20_000):
            push.send(b"%d" % number)
        push.close(linger=-1)

    sender = in_thread(send)
    for number in range(20_000):
        assert pull.recv() == b"%d" % number
    sender.result()
    pull.close()
    in_thread(context.term).result()
