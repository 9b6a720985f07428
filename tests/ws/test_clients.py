"""Our binding side, seen by a WebSocket client that knows nothing of ZeroMQ."""

from __future__ import annotations

import logging
import ssl

import pytest

import purezmq as zmq

wsproto = pytest.importorskip("wsproto")

from wsproto.events import (  # noqa: E402
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    Pong,
    RejectConnection,
    TextMessage,
)


@pytest.fixture
def bound(new_socket):
    def bind(socket_type, address="ws://127.0.0.1:*", **options):
        socket = new_socket(socket_type, **options)
        socket.bind(address)
        return socket

    return bind


def test_a_message_each_way(bound, dial):
    rep = bound(zmq.REP)
    client = dial(rep, ["ZWS2.0/NULL"])
    assert client.accepted == AcceptConnection(
        subprotocol="ZWS2.0/NULL", extra_headers=client.accepted.extra_headers
    )
    assert client.shake_hands("REQ") == b"\x02\x05READY\x0bSocket-Type\0\0\0\x03REP"
    client.send_frame(b"\x01")
    client.send_frame(b"\x00question")
    assert rep.recv() == b"question"
    rep.send(b"answer")
    assert [client.frame(), client.frame()] == [b"\x01", b"\x00answer"]


def test_without_a_mechanism_routing_ids_come_first(bound, dial):
    router = bound(zmq.ROUTER, routing_id=b"server")
    client = dial(router, ["chat", "ZWS2.0", "ZWS2.0/NULL"])
    assert client.accepted.subprotocol == "ZWS2.0"
    client.send_frame(b"\x00client")
    assert client.frame() == b"\x00server"
    client.send_frame(b"\x01a")
    client.send_frame(b"\x00b")
    assert router.recv_multipart() == [b"client", b"a", b"b"]
    router.send_multipart([b"client", b"c"])
    assert client.frame() == b"\x00c"


def test_plain(bound, dial, everybody_may_in):
    server = bound(zmq.PULL, plain_server=1)
    client = dial(server, ["ZWS2.0/PLAIN"])
    client.send_frame(b"\x02\x05HELLO\x04user\x06secret")
    assert client.frame() == b"\x02\x07WELCOME"
    client.send_frame(b"\x02\x08INITIATE\x0bSocket-Type\0\0\0\x04PUSH")
    assert client.frame().startswith(b"\x02\x05READY")
    client.send_frame(b"\x00hello")
    assert server.recv() == b"hello"


def test_fragments_pings_and_a_large_message(bound, dial):
    pull = bound(zmq.PULL)
    client = dial(pull, ["ZWS2.0/NULL"])
    client.shake_hands("PUSH")
    client.send(BytesMessage(data=b"\x00frag", message_finished=False))
    client.send(Ping(payload=b"there?"))
    assert client.next_event() == Pong(payload=b"there?")
    client.send(BytesMessage(data=b"ments", message_finished=True))
    client.send_frame(b"\x00" + b"x" * 300_000)
    assert pull.recv() == b"fragments"
    assert pull.recv() == b"x" * 300_000


def test_subscriptions_are_messages(bound, dial):
    xpub = bound(zmq.XPUB)
    client = dial(xpub, ["ZWS2.0/NULL"])
    client.shake_hands("SUB")
    client.send_frame(b"\x00\x01news")
    assert xpub.recv() == b"\x01news"
    xpub.send_multipart([b"sport", b"no"])
    xpub.send_multipart([b"news", b"yes"])
    assert [client.frame(), client.frame()] == [b"\x01news", b"\x00yes"]
    client.send_frame(b"\x00\x00news")
    assert xpub.recv() == b"\x00news"


def test_an_orderly_end_by_the_client(bound, dial, eventually, caplog):
    pull = bound(zmq.PULL)
    client = dial(pull, ["ZWS2.0/NULL"])
    client.shake_hands("PUSH")
    client.send_frame(b"\x00last")
    with caplog.at_level(logging.WARNING, logger="purezmq"):
        client.send(CloseConnection(code=1001))
        assert client.next_event() == CloseConnection(code=1001, reason="")
        assert client.sock.recv(1) == b""
        assert pull.recv() == b"last"
        eventually(lambda: pull.peers() == [], "the connection is over")
    assert pull.stats()["failures"] == {}
    assert caplog.text == ""


@pytest.mark.parametrize("end", ["close", "unbind"])
def test_an_orderly_end_by_the_server(bound, dial, end):
    pull = bound(zmq.PULL)
    client = dial(pull, ["ZWS2.0/NULL"])
    client.shake_hands("PUSH")
    pull.close() if end == "close" else pull.unbind(pull.last_endpoint)
    assert client.next_event() == CloseConnection(code=1000, reason="")
    assert client.sock.recv(1) == b""


@pytest.mark.parametrize("protocols", [[], ["chat"], ["ZWS2.0/CURVE"]])
def test_who_speaks_something_else_hears_so(bound, dial, protocols, eventually, caplog):
    pull = bound(zmq.PULL)
    with caplog.at_level(logging.WARNING, logger="purezmq"):
        client = dial(pull, protocols)
        assert isinstance(client.accepted, RejectConnection)
        assert client.accepted.status_code == 400
        assert b"we speak ZWS2.0/NULL and ZWS2.0" in client.next_event().data
        eventually(lambda: "subprotocol" in caplog.text, "a line in the log")
    assert pull.stats()["failures"] == {"ws_upgrade": 1}


def test_text_is_no_frame(bound, dial, eventually):
    pull = bound(zmq.PULL)
    client = dial(pull, ["ZWS2.0/NULL"])
    client.shake_hands("PUSH")
    client.send(TextMessage(data="hello"))
    eventually(lambda: pull.stats()["failures"] == {"bad_frame": 1}, "the connection is given up")


def test_the_request_can_be_read_from_messages(bound, dial):
    pull = bound(zmq.PULL)
    client = dial(pull, ["ZWS2.0/NULL"], path="/feed?user=1", headers=[(b"Origin", b"https://shop.example")])
    client.shake_hands("PUSH")
    client.send_frame(b"\x00hello")
    frame = pull.recv(copy=False)
    assert frame.get("WS-Path") == "/feed?user=1"
    assert frame.get("WS-Origin") == "https://shop.example"
    assert frame.get("Peer-Address") == "127.0.0.1"


def test_pages_from_elsewhere_stay_out(bound, dial):
    pull = bound(zmq.PULL, ws_origins=["https://shop.example"])
    for origin in (b"https://evil.example", b"null"):
        client = dial(pull, ["ZWS2.0"], headers=[(b"Origin", origin)])
        assert client.accepted.status_code == 403
    client = dial(pull, ["ZWS2.0"], headers=[(b"Origin", b"https://shop.example")])
    assert client.accepted == AcceptConnection(
        subprotocol="ZWS2.0", extra_headers=client.accepted.extra_headers
    )
    assert pull.ws_origins == {"https://shop.example"}


@pytest.mark.parametrize(
    ("origins", "kind"),
    [("https://x", TypeError), (["x"], ValueError), (["https://x/"], ValueError), ([1], ValueError)],
)
def test_what_is_no_origin(new_socket, origins, kind):
    with pytest.raises(kind):
        new_socket(zmq.PULL).ws_origins = origins


def test_heartbeats(bound, dial):
    pull = bound(zmq.PULL, heartbeat_ivl=50, heartbeat_timeout=10_000)
    client = dial(pull, ["ZWS2.0/NULL"])
    client.shake_hands("PUSH")
    for _ in range(3):
        assert client.next_event() == Ping(payload=b"")
        client.send(Pong(payload=b""))


def test_a_client_that_does_not_answer_is_given_up(bound, dial, eventually):
    pull = bound(zmq.PULL, heartbeat_ivl=50)
    client = dial(pull, ["ZWS2.0/NULL"])
    client.shake_hands("PUSH")
    eventually(lambda: pull.stats()["failures"] == {"heartbeat_timeout": 1}, "the silence is noticed")


def test_the_handshake_interval_covers_the_upgrade(bound, eventually):
    import socket as os_socket

    pull = bound(zmq.PULL, handshake_ivl=100)
    port = int(pull.last_endpoint.split(b"/")[2].rpartition(b":")[2])
    with os_socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"GET / HT")
        sock.settimeout(10)
        assert sock.recv(1) == b""
    assert pull.stats()["failures"] == {"handshake_timeout": 1}


def test_over_tls(bound, dial, tls_options, authority):
    pull = bound(zmq.PULL, "wss://127.0.0.1:*", **tls_options)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    client = dial(pull, ["ZWS2.0/NULL"], lambda sock: context.wrap_socket(sock, server_hostname="127.0.0.1"))
    client.shake_hands("PUSH")
    client.send_frame(b"\x00secret")
    frame = pull.recv(copy=False)
    assert frame.bytes == b"secret"
    assert frame.get("TLS-Version") == "TLSv1.3"
    assert frame.get("WS-Path") == "/"
    pull.close()
    assert client.next_event() == CloseConnection(code=1000, reason="")
