"""PLAIN, CURVE and ZAP with libzmq at the other end, in both roles, with good and with wrong credentials."""

from __future__ import annotations

import contextlib
import socket as os_socket

import pytest

import purezmq as zmq
from purezmq.auth.thread import ThreadAuthenticator
from purezmq.utils import z85

pytest.importorskip("nacl")

ZAP = "inproc://zeromq.zap.01"
PATIENCE_MS = 10_000

SERVER_PUBLIC, SERVER_SECRET = zmq.curve_keypair()
CLIENT_PUBLIC, CLIENT_SECRET = zmq.curve_keypair()
OTHER_PUBLIC, OTHER_SECRET = zmq.curve_keypair()

PLAIN_SERVER = {"PLAIN_SERVER": 1}
PLAIN_CLIENT = {"PLAIN_USERNAME": b"alice", "PLAIN_PASSWORD": b"secret"}
CURVE_SERVER = {"CURVE_SERVER": 1, "CURVE_SECRETKEY": SERVER_SECRET}
CURVE_CLIENT = {
    "CURVE_PUBLICKEY": CLIENT_PUBLIC,
    "CURVE_SECRETKEY": CLIENT_SECRET,
    "CURVE_SERVERKEY": SERVER_PUBLIC,
}
MECHANISMS = {"NULL": ({}, {}), "PLAIN": (PLAIN_SERVER, PLAIN_CLIENT), "CURVE": (CURVE_SERVER, CURVE_CLIENT)}
CREDENTIALS = {"PLAIN": [b"alice", b"secret"], "CURVE": [z85.decode(CLIENT_PUBLIC)], "NULL": []}


def configure(socket, options):
    for name, value in options.items():
        socket.set(getattr(zmq, name), value)
    return socket


def answer(handler, status=b"200", text=b"", user=b"joe", metadata=b"", count=1):
    """Answer requests of a context as its ZAP handler; returns the last one."""
    for _ in range(count):
        request = handler.recv_multipart()
        handler.send_multipart([b"1.0", request[1], status, text, user, metadata])
    return request


@pytest.fixture
def watched(watch):
    """The first event of ours that says how a handshake went."""

    def start(socket):
        monitor = watch(socket, zmq.EVENT_HANDSHAKE_SUCCEEDED | 0x2800 | 0x4000 | zmq.EVENT_DISCONNECTED)

        def outcome():
            assert monitor.poll(PATIENCE_MS), "no event of a handshake"
            event, value = parse(monitor.recv_multipart())
            return zmq.Event(event), value

        return outcome

    return start


def parse(parts):
    return int.from_bytes(parts[0][:2], "little"), int.from_bytes(parts[0][2:6], "little")


@pytest.fixture(params=["we serve", "libzmq serves"])
def we_serve(request):
    return request.param == "we serve"


@pytest.fixture(params=["server binds", "client binds"])
def server_binds(request):
    return request.param == "server binds"


@pytest.mark.parametrize("name", ["PLAIN", "CURVE"])
def test_messages_of_all_sizes_pass(
    name, we_serve, server_binds, new_socket, libzmq, in_thread, wire_endpoint, link
):
    server_options, client_options = MECHANISMS[name]
    ours, theirs = new_socket(zmq.DEALER), libzmq.socket(zmq.DEALER)
    server, client = (ours, theirs) if we_serve else (theirs, ours)
    configure(server, {**server_options, "ZAP_DOMAIN": b"here"})
    configure(client, client_options)
    handler = configure(new_socket(zmq.REP) if we_serve else libzmq.socket(zmq.REP), {})
    handler.bind(ZAP)
    binder, connecter = (server, client) if server_binds else (client, server)
    link(binder, connecter, wire_endpoint)
    request = answer(handler)
    assert request[:3] == [b"1.0", b"1", b"here"]
    assert request[5:] == [name.encode(), *CREDENTIALS[name]]
    messages = [[b""], [b"x"], [b"a", b"", b"c" * 255], [bytes(256), b"y" * 70_000], [b"z" * 1_000_000]]
    for parts in messages:
        ours.send_multipart(parts)
        assert theirs.recv_multipart() == parts
        theirs.send_multipart(parts)
        assert ours.recv_multipart() == parts
    for number in range(200):
        ours.send(b"%d" % number)
    assert [theirs.recv() for _ in range(200)] == [b"%d" % number for number in range(200)]
    sending = theirs.start_sending_numbers(2000)
    assert [ours.recv() for _ in range(2000)] == [b"%d" % number for number in range(2000)]
    sending.result()


@pytest.mark.parametrize("name", ["PLAIN", "CURVE"])
def test_subscriptions_pass(name, we_serve, new_socket, libzmq, wire_endpoint, link):
    server_options, client_options = MECHANISMS[name]
    pub, sub = (new_socket, libzmq.socket) if we_serve else (libzmq.socket, new_socket)
    server = configure(pub(zmq.XPUB), server_options)
    client = configure(sub(zmq.SUB), client_options)
    handler = (new_socket if we_serve else libzmq.socket)(zmq.REP)
    handler.bind(ZAP)
    client.set(zmq.SUBSCRIBE, b"news")
    link(server, client, wire_endpoint)
    answer(handler)
    assert server.recv() == b"\x01news"
    server.send(b"olds")
    server.send(b"news!")
    assert client.recv() == b"news!"
    client.set(zmq.UNSUBSCRIBE, b"news")
    assert server.recv() == b"\x00news"


def test_the_name_and_properties_of_the_user_come_with_messages(new_socket, libzmq, wire_endpoint, link):
    server = configure(new_socket(zmq.PULL), CURVE_SERVER)
    client = configure(libzmq.socket(zmq.PUSH), CURVE_CLIENT)
    handler = new_socket(zmq.ROUTER)
    handler.bind(ZAP)
    link(server, client, wire_endpoint)
    peer, delimiter, version, request_id, *_ = handler.recv_multipart()
    handler.send_multipart(
        [peer, delimiter, version, request_id, b"200", b"OK", b"joe", b"\x05X-Job\x00\x00\x00\x04boss"]
    )
    client.send(b"hello")
    message = server.recv(copy=False)
    assert (message.get("User-Id"), message.get("X-Job")) == ("joe", "boss")


@pytest.mark.parametrize("name", MECHANISMS)
@pytest.mark.parametrize("status", [400, 500])
def test_a_refusal_is_known_at_both_ends(name, status, we_serve, new_socket, libzmq, watched, link):
    server_options, client_options = MECHANISMS[name]
    ours, theirs = new_socket(zmq.DEALER), libzmq.socket(zmq.DEALER)
    server, client = (ours, theirs) if we_serve else (theirs, ours)
    configure(server, {**server_options, "ZAP_DOMAIN": b"here"})
    configure(client, client_options)
    handler = (new_socket if we_serve else libzmq.socket)(zmq.REP)
    handler.bind(ZAP)
    outcome = watched(ours)
    link(server, client, "tcp://127.0.0.1:*")
    answer(handler, b"%d" % status, b"not you", b"")
    assert outcome() == (zmq.EVENT_HANDSHAKE_FAILED_AUTH, status)
    assert outcome()[0] == zmq.EVENT_DISCONNECTED
    # Whoever was refused does not come again.
    handler.set(zmq.RCVTIMEO, 300)
    with pytest.raises(zmq.Again):
        handler.recv_multipart()


@pytest.mark.parametrize("name", MECHANISMS)
def test_who_is_refused_for_now_comes_again(name, we_serve, new_socket, libzmq, wire_endpoint, link):
    server_options, client_options = MECHANISMS[name]
    ours, theirs = new_socket(zmq.DEALER), libzmq.socket(zmq.DEALER)
    server, client = (ours, theirs) if we_serve else (theirs, ours)
    configure(server, {**server_options, "HANDSHAKE_IVL": 300, "ZAP_DOMAIN": b"here"})
    configure(client, client_options)
    handler = (new_socket if we_serve else libzmq.socket)(zmq.REP)
    handler.bind(ZAP)
    link(server, client, wire_endpoint)
    answer(handler, b"300", b"later", b"")
    answer(handler)
    client.send(b"at last")
    assert server.recv() == b"at last"


def test_a_wrong_server_key_is_refused(we_serve, new_socket, libzmq, eventually, link):
    ours, theirs = new_socket(zmq.DEALER), libzmq.socket(zmq.DEALER)
    server, client = (ours, theirs) if we_serve else (theirs, ours)
    configure(server, CURVE_SERVER)
    configure(client, {**CURVE_CLIENT, "CURVE_SERVERKEY": OTHER_PUBLIC})
    link(server, client, "tcp://127.0.0.1:*")
    reason = "curve_crypto" if we_serve else "closed_in_handshake"
    eventually(lambda: ours.stats()["failures"].get(reason), "the failure of the handshake")
    assert ours.stats()["peers"] == 0


def test_curve_without_a_handler_lets_everybody_with_the_server_key_in(
    we_serve, new_socket, libzmq, wire_endpoint, link
):
    ours, theirs = new_socket(zmq.PAIR), libzmq.socket(zmq.PAIR)
    server, client = (ours, theirs) if we_serve else (theirs, ours)
    link(configure(server, CURVE_SERVER), configure(client, CURVE_CLIENT), wire_endpoint)
    ours.send(b"one way")
    assert theirs.recv() == b"one way"
    theirs.send(b"and the other")
    assert ours.recv() == b"and the other"


def test_plain_without_a_handler_lets_nobody_in(we_serve, new_socket, libzmq, eventually, link):
    ours, theirs = new_socket(zmq.PAIR), libzmq.socket(zmq.PAIR)
    server, client = (ours, theirs) if we_serve else (theirs, ours)
    link(configure(server, PLAIN_SERVER), configure(client, PLAIN_CLIENT), "tcp://127.0.0.1:*")
    reason = "zap_no_handler" if we_serve else "closed_in_handshake"
    eventually(lambda: ours.stats()["failures"].get(reason), "the failure of the handshake")


@pytest.mark.parametrize("name", ["PLAIN", "CURVE", "NULL"])
def test_mechanisms_must_agree(name, we_serve, new_socket, libzmq, eventually, link):
    ours, theirs = new_socket(zmq.PAIR), libzmq.socket(zmq.PAIR)
    server_options, _ = MECHANISMS[name]
    other = MECHANISMS["CURVE" if name == "NULL" else "NULL"][1]
    server, client = (ours, theirs) if we_serve else (theirs, ours)
    link(configure(server, server_options), configure(client, other), "tcp://127.0.0.1:*")
    eventually(lambda: ours.stats()["failures"], "the failure of the handshake")
    assert ours.stats()["peers"] == 0


def test_heartbeats_pass_encrypted(we_serve, new_socket, libzmq, link, eventually):
    ours, theirs = new_socket(zmq.PAIR), libzmq.socket(zmq.PAIR)
    beats = {"HEARTBEAT_IVL": 50, "HEARTBEAT_TIMEOUT": 400}
    server, client = (ours, theirs) if we_serve else (theirs, ours)
    configure(server, {**CURVE_SERVER, **beats})
    configure(client, {**CURVE_CLIENT, **beats})
    link(server, client, "tcp://127.0.0.1:*")
    ours.send(b"a")
    assert theirs.recv() == b"a"
    assert ours.poll(1000) == 0  # several beats
    assert ours.stats()["peers"] == 1 and not ours.stats()["failures"] and not ours.stats()["reconnects"]
    theirs.send(b"b")
    assert ours.recv() == b"b"


def test_an_authenticator_of_ours_serves_libzmqs_clients(
    new_socket, context, libzmq, tmp_path, wire_endpoint, eventually
):
    (tmp_path / "client.key").write_text(f'curve\n    public-key = "{CLIENT_PUBLIC.decode()}"\n')
    auth = ThreadAuthenticator(context)
    auth.start()
    try:
        auth.configure_curve(location=tmp_path)
        auth.configure_plain(passwords={"alice": "secret"})
        for name, wrong in (
            ("PLAIN", {"PLAIN_PASSWORD": b"wrong"}),
            ("CURVE", {"CURVE_PUBLICKEY": OTHER_PUBLIC, "CURVE_SECRETKEY": OTHER_SECRET}),
        ):
            server_options, client_options = MECHANISMS[name]
            server = configure(new_socket(zmq.PULL), server_options)
            server.bind(wire_endpoint)
            good = configure(libzmq.socket(zmq.PUSH), client_options)
            bad = configure(libzmq.socket(zmq.PUSH), {**client_options, **wrong, "LINGER": 0})
            for client in (bad, good):
                client.connect(server.LAST_ENDPOINT.decode())
            good.send(b"let me in")
            message = server.recv(copy=False)
            assert message.bytes == b"let me in"
            assert message.get("User-Id") == ("alice" if name == "PLAIN" else CLIENT_PUBLIC.decode())
            eventually(lambda s=server: s.stats()["failures"].get("zap_refused"), "the refusal")
            server.unbind(server.LAST_ENDPOINT)
    finally:
        auth.stop()


@pytest.mark.parametrize("name", MECHANISMS)
def test_auth_decides_about_libzmqs_clients(name, new_socket, libzmq, eventually):
    asked = []

    def auth(peer):
        asked.append(peer.mechanism)
        return len(asked) > 1 and "somebody"

    server_options, client_options = MECHANISMS[name]
    server = configure(new_socket(zmq.PULL), server_options)
    server.auth = auth
    server.bind("tcp://127.0.0.1:*")
    refused = configure(libzmq.socket(zmq.PUSH), {**client_options, "LINGER": 0, "RECONNECT_IVL": 10})
    refused.connect(server.LAST_ENDPOINT.decode())
    eventually(lambda: server.stats()["failures"].get("auth_refused"), "the refusal")
    assert not server.poll(300) and asked == [name]  # it knows, and does not come again
    friend = configure(libzmq.socket(zmq.PUSH), client_options)
    friend.connect(server.LAST_ENDPOINT.decode())
    friend.send(b"hello")
    assert server.recv(copy=False).get("User-Id") == "somebody"


@pytest.mark.parametrize(
    ("name", "auth", "wrong"),
    [
        ("PLAIN", {"alice": "secret"}, {"PLAIN_PASSWORD": b"Secret"}),
        ("CURVE", [CLIENT_PUBLIC], {"CURVE_PUBLICKEY": OTHER_PUBLIC, "CURVE_SECRETKEY": OTHER_SECRET}),
    ],
)
def test_tables_decide_about_libzmqs_clients(name, auth, wrong, new_socket, libzmq, eventually):
    server_options, client_options = MECHANISMS[name]
    server = configure(new_socket(zmq.PULL), server_options)
    server.auth = auth
    server.bind("tcp://127.0.0.1:*")
    bad = configure(libzmq.socket(zmq.PUSH), {**client_options, **wrong, "LINGER": 0})
    good = configure(libzmq.socket(zmq.PUSH), client_options)
    for client in (bad, good):
        client.connect(server.LAST_ENDPOINT.decode())
    good.send(b"hello")
    user = {"PLAIN": "alice", "CURVE": CLIENT_PUBLIC.decode()}[name]
    assert server.recv(copy=False).get("User-Id") == user
    eventually(lambda: server.stats()["failures"].get("auth_refused"), "the refusal")


def test_libzmq_acts_on_an_error_only_behind_its_own_ready(libzmq):
    """Why a refusal of NULL waits for the peer's READY."""
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
    error = b"\x04\x0a\x05ERROR\x03400"
    for at_once, comes_again in ((True, True), (False, False)):
        with contextlib.closing(os_socket.create_server(("127.0.0.1", 0))) as listener:
            listener.settimeout(10)
            client = libzmq.socket(zmq.DEALER, LINGER=0, RECONNECT_IVL=10)
            client.connect(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
            with listener.accept()[0] as stream:
                stream.settimeout(10)
                stream.sendall(greeting + (error if at_once else b""))
                received = b""
                while b"READY" not in received:
                    received += stream.recv(1000)
                if not at_once:
                    stream.sendall(error)
            listener.settimeout(10 if comes_again else 0.4)
            with contextlib.nullcontext() if comes_again else pytest.raises(TimeoutError):
                listener.accept()[0].close()


BAD_REPLIES = {
    "frames": [b"1.0"],
    "version": [b"0.9", b"1", b"200", b"", b"", b""],
    "id": [b"1.0", b"9", b"200", b"", b"", b""],
    "status": [b"1.0", b"1", b"600", b"", b"", b""],
    "metadata": [b"1.0", b"1", b"200", b"", b"", b"\xff"],
}


@pytest.mark.parametrize("name", MECHANISMS)
@pytest.mark.parametrize("what", BAD_REPLIES)
def test_a_malformed_reply_lets_nobody_in(name, what, we_serve, new_socket, libzmq, eventually, link):
    server_options, client_options = MECHANISMS[name]
    ours, theirs = new_socket(zmq.PAIR), libzmq.socket(zmq.PAIR)
    server, client = (ours, theirs) if we_serve else (theirs, ours)
    configure(server, {**server_options, "ZAP_DOMAIN": b"here", "HANDSHAKE_IVL": 300})
    configure(client, {**client_options, "LINGER": 0})
    handler = (new_socket if we_serve else libzmq.socket)(zmq.REP)
    handler.bind(ZAP)
    link(server, client, "tcp://127.0.0.1:*")
    handler.recv_multipart()
    handler.send_multipart(BAD_REPLIES[what])
    reason = "zap_bad_reply" if we_serve else "closed_in_handshake"
    eventually(lambda: ours.stats()["failures"].get(reason), "the failure")
    assert not ours.stats()["peers"]
