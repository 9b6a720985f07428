"""GSSAPI between sockets of ours: what an application sets, gets and sees."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap

import pytest

import purezmq as zmq
from purezmq.base import kerberos

from .realm import REALM
from .settings import ALICE, CLIENT, HOSTBASED, PLAINTEXT, PRINCIPAL, SERVER, USER

pytestmark = [pytest.mark.purezmq_only, pytest.mark.usefixtures("in_realm", "leaves_nothing_behind")]

ZAP = "inproc://zeromq.zap.01"


@pytest.fixture(params=["encrypted", "plaintext"])
def mode(request):
    return PLAINTEXT if request.param == "plaintext" else {}


@pytest.fixture
def pair_up(new_socket, configure):
    """``pair_up(server type, client type, server options, client options)``: bound and connected over tcp."""

    def make(server_type, client_type, server_options, client_options):
        server = configure(new_socket(server_type), server_options)
        server.bind("tcp://127.0.0.1:*")
        client = configure(new_socket(client_type), client_options)
        client.connect(server.LAST_ENDPOINT.decode())
        return server, client

    return make


def failure_of(socket, eventually):
    return eventually(lambda: socket.stats()["failures"], "a failed handshake")


def test_messages_of_all_sizes_pass(pair_up, mode):
    server, client = pair_up(zmq.DEALER, zmq.DEALER, {**SERVER, **mode}, {**CLIENT, **mode})
    for parts in ([b""], [b"x"], [b"a", b"", b"c" * 255], [bytes(256), b"y" * 70_000], [b"z" * 1_000_000]):
        client.send_multipart(parts)
        assert server.recv_multipart() == parts
        server.send_multipart(parts)
        assert client.recv_multipart() == parts
    for number in range(500):
        client.send(b"%d" % number)
    assert [server.recv() for _ in range(500)] == [b"%d" % number for number in range(500)]


def test_the_principal_is_the_user_id(pair_up, mode):
    server, client = pair_up(zmq.PULL, zmq.PUSH, {**SERVER, **mode}, {**CLIENT, **mode})
    client.send(b"x")
    assert server.recv(copy=False).get("User-Id") == ALICE
    assert client.mechanism == server.mechanism == zmq.GSSAPI


@pytest.mark.parametrize("binder", [zmq.XPUB, zmq.SUB])
def test_subscriptions_pass(new_socket, configure, mode, binder, link):
    pub = configure(new_socket(zmq.XPUB), {**SERVER, **mode})
    sub = configure(new_socket(zmq.SUB), {**CLIENT, **mode})
    sub.subscribe(b"news")
    link(*((pub, sub) if binder == zmq.XPUB else (sub, pub)), "tcp://127.0.0.1:*")
    assert pub.recv() == b"\x01news"
    pub.send(b"olds")
    pub.send(b"news!")
    assert sub.recv() == b"news!"
    sub.unsubscribe(b"news")
    assert pub.recv() == b"\x00news"


def test_heartbeats_pass(pair_up, mode):
    beats = {"HEARTBEAT_IVL": 50, "HEARTBEAT_TIMEOUT": 5000}
    server, client = pair_up(zmq.PAIR, zmq.PAIR, {**SERVER, **mode, **beats}, {**CLIENT, **mode, **beats})
    client.send(b"a")
    assert server.recv() == b"a"
    assert server.poll(300) == 0  # some beats
    assert server.stats()["peers"] == 1 and "heartbeat_timeout" not in server.stats()["failures"]
    assert not client.stats()["failures"] and not client.stats()["reconnects"]


@pytest.mark.parametrize(
    "names",
    [
        {"GSSAPI_SERVICE_PRINCIPAL": b"zmq@localhost\0"},
        {
            "GSSAPI_SERVICE_PRINCIPAL": f"zmq/localhost@{REALM}".encode(),
            "GSSAPI_SERVICE_PRINCIPAL_NAMETYPE": PRINCIPAL,
        },
        {"GSSAPI_PRINCIPAL": ALICE.encode(), "GSSAPI_PRINCIPAL_NAMETYPE": PRINCIPAL},
        {"GSSAPI_PRINCIPAL": b"bob", "GSSAPI_PRINCIPAL_NAMETYPE": USER},
        {"GSSAPI_PRINCIPAL": b"zmq@localhost", "GSSAPI_PRINCIPAL_NAMETYPE": HOSTBASED},
    ],
)
def test_kinds_of_names(pair_up, names):
    server, client = pair_up(zmq.PULL, zmq.PUSH, SERVER, {**CLIENT, **names})
    client.send(b"x")
    assert server.recv() == b"x"


def test_a_server_without_a_name_uses_whatever_key_it_has(pair_up):
    server, client = pair_up(zmq.PULL, zmq.PUSH, {"GSSAPI_SERVER": 1}, CLIENT)
    client.send(b"x")
    assert server.recv() == b"x"


@pytest.mark.parametrize(
    ("server_options", "client_options", "servers_word", "clients_word"),
    [
        ({}, {"GSSAPI_PRINCIPAL": b"mallory"}, "", "no credentials for GSSAPI_PRINCIPAL 'mallory'"),
        ({}, {"GSSAPI_SERVICE_PRINCIPAL": b"nobody@localhost"}, "", "not found in Kerberos database"),
        (
            {"GSSAPI_PRINCIPAL": b"stale@localhost"},
            {"GSSAPI_SERVICE_PRINCIPAL": b"stale@localhost"},
            "token is refused",
            "hung up on our GSSAPI token",
        ),
        (
            {"GSSAPI_PRINCIPAL": b"other@localhost"},
            {},
            "no credentials for GSSAPI_PRINCIPAL",
            "hung up on our GSSAPI",
        ),
        (PLAINTEXT, {}, "", "GSSAPI_PLAINTEXT must be the same"),
        ({}, PLAINTEXT, "", "GSSAPI_PLAINTEXT must be the same"),
    ],
)
def test_what_is_wrong_is_said(
    pair_up, caplog, eventually, server_options, client_options, servers_word, clients_word
):
    caplog.set_level(logging.DEBUG)
    server, client = pair_up(
        zmq.PULL, zmq.PUSH, {**SERVER, **server_options}, {**CLIENT, **client_options, "LINGER": 0}
    )
    for word in (servers_word, clients_word):
        eventually(lambda word=word: word in caplog.text, f"the log to say {word!r}")
    assert failure_of(server, eventually) and failure_of(client, eventually)
    assert server.stats()["peers"] == 0 == client.stats()["peers"]


def test_two_servers_and_two_clients(pair_up, caplog, eventually):
    pair_up(zmq.PAIR, zmq.PAIR, SERVER, SERVER)
    eventually(lambda: "both sides are servers" in caplog.text, "the log")
    pair_up(zmq.PAIR, zmq.PAIR, CLIENT, CLIENT)
    eventually(lambda: "is it a server? one side must be" in caplog.text, "the log")


@pytest.mark.parametrize("status", [300, 400, 500])
def test_a_handler_refuses_a_principal(pair_up, new_socket, caplog, eventually, mode, status):
    handler = new_socket(zmq.REP)
    handler.bind(ZAP)
    server, client = pair_up(zmq.PULL, zmq.PUSH, {**SERVER, **mode}, {**CLIENT, **mode, "LINGER": 0})
    request = handler.recv_multipart()
    assert request[5:] == [b"GSSAPI", ALICE.encode()]
    handler.send_multipart([b"1.0", request[1], b"%d" % status, b"not you", b"", b""])
    eventually(lambda: server.stats()["failures"].get("zap_refused"), "the refusal")
    eventually(lambda: "not you" in caplog.text, "the server's line")
    if status == 300:  # and comes again
        request = handler.recv_multipart()
        handler.send_multipart([b"1.0", request[1], b"200", b"", b"al", b""])
        client.send(b"at last")
        assert server.recv(copy=False).get("User-Id") == "al"
    else:
        eventually(lambda: client.stats()["failures"].get("error_command"), "the client to know")
        assert f"the peer refused the connection: '{status}'" in caplog.text


def test_with_and_without_a_required_handler(pair_up, eventually):
    strict = {"ZAP_DOMAIN": b"d", "ZAP_ENFORCE_DOMAIN": 1}
    server, _ = pair_up(zmq.PULL, zmq.PUSH, {**SERVER, **strict}, {**CLIENT, "LINGER": 0})
    assert failure_of(server, eventually).get("zap_no_handler")


def test_a_client_has_to_name_its_server(new_socket, configure):
    socket = configure(new_socket(zmq.PUSH), {"GSSAPI_PRINCIPAL": b"alice"})
    for way in (socket.bind, socket.connect):
        with pytest.raises(zmq.ZMQError, match="GSSAPI_SERVICE_PRINCIPAL") as caught:
            way("tcp://127.0.0.1:19999")
        assert caught.value.errno == zmq.EINVAL


def test_a_kerberos_server_that_is_silent_holds_up_nobody_else(
    pair_up, new_socket, tmp_path, in_realm, monkeypatch, link
):
    silent = new_socket(zmq.STREAM)  # accepts, and never says a word
    silent.bind("tcp://127.0.0.1:*")
    port = silent.LAST_ENDPOINT.decode().rpartition(":")[2]
    config = (in_realm.directory / "krb5.conf").read_text().replace(f":{in_realm.port}", f":{port}")
    (tmp_path / "krb5.conf").write_text(config)
    monkeypatch.setenv("KRB5_CONFIG", str(tmp_path / "krb5.conf"))
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/none")
    server, client = pair_up(zmq.PULL, zmq.PUSH, SERVER, {**CLIENT, "LINGER": 0, "HANDSHAKE_IVL": 60_000})
    assert silent.recv_multipart()  # the Kerberos library has connected, and waits
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, "tcp://127.0.0.1:*")
    for number in range(50):
        push.send(b"%d" % number)
        assert pull.recv() == b"%d" % number
    assert client.stats()["peers"] == 0  # its lock is free, too
    silent.close(0)  # the library gives up
    client.close()


def test_without_the_library_bind_and_connect_say_what_to_install():
    program = """
        import sys
        sys.modules["gssapi"] = None
        import purezmq as zmq
        assert not zmq.has("gssapi")
        with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as socket:
            socket.gssapi_service_principal = b"zmq@localhost"
            for way in (socket.bind, socket.connect):
                try:
                    way("tcp://127.0.0.1:19998")
                except zmq.ZMQError as error:
                    assert error.errno == zmq.EPROTONOSUPPORT
                    assert "purezmq[gssapi]" in str(error), error
                else:
                    raise SystemExit("no error")
    """
    source = os.path.dirname(os.path.dirname(zmq.__file__))
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def test_a_library_that_refuses_to_encrypt_ends_the_connection_and_no_call(pair_up, eventually, monkeypatch):
    server, client = pair_up(zmq.DEALER, zmq.DEALER, SERVER, CLIENT)
    client.send(b"a")
    assert server.recv() == b"a"

    def refuse(context, data):
        raise kerberos.KerberosError("the context has expired")

    with monkeypatch.context() as patch:
        patch.setattr(kerberos.Context, "wrap", refuse)
        client.send(b"b")
        eventually(lambda: client.stats()["reconnects"], "another attempt")
    client.send(b"c")
    assert server.recv() in (b"b", b"c")


def test_auth_judges_principals(new_socket, configure, eventually):
    server = configure(new_socket(zmq.PULL), SERVER)
    server.auth = lambda peer: peer.principal == ALICE and "the great alice"
    server.bind("tcp://127.0.0.1:*")
    for name in (b"bob", b"alice"):
        client = configure(new_socket(zmq.PUSH), {**CLIENT, "GSSAPI_PRINCIPAL": name, "LINGER": 0})
        client.connect(server.LAST_ENDPOINT.decode())
        client.send(name)
    message = server.recv(copy=False)
    assert message.bytes == b"alice" and message.get("User-Id") == "the great alice"
    eventually(lambda: server.stats()["failures"].get("auth_refused"), "bob's refusal")
