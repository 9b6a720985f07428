"""Whom an authenticator lets in, judged by its replies; and the one that has a thread."""

from __future__ import annotations

import asyncio
import logging

import pytest

import purezmq as zmq
from purezmq.auth import CURVE_ALLOW_ANY, Authenticator, create_certificates, load_certificate
from purezmq.auth.thread import ThreadAuthenticator
from purezmq.utils import z85


class Recorded:
    """Stands in for the socket."""

    def __init__(self):
        self.sent = []

    def send_multipart(self, parts):
        self.sent.append(parts)


@pytest.fixture
def judge(context):
    """``judge(auth, mechanism, *credentials)``: status, reason and user id of the reply."""

    def ask(auth, mechanism, *credentials, domain=b"", address=b"127.0.0.1", version=b"1.0"):
        auth.zap_socket = Recorded()
        request = [version, b"7", domain, address, b"", mechanism, *credentials]
        asyncio.run(auth.handle_zap_message(request))
        ((version, request_id, status, reason, user, metadata),) = auth.zap_socket.sent
        assert (version, request_id, metadata) == (b"1.0", b"7", b"")
        return int(status), reason.decode(), user.decode()

    return ask


@pytest.fixture
def auth(context):
    return Authenticator(context)


def test_nothing_configured(auth, judge):
    assert judge(auth, b"NULL") == (200, "OK", "anonymous")
    assert judge(auth, b"PLAIN", b"u", b"p") == (400, "No passwords defined", "")
    assert judge(auth, b"CURVE", bytes(32))[0] == 400
    assert judge(auth, b"GSSAPI", b"me") == (200, "OK", "me")
    assert judge(auth, b"OTHER") == (400, "Unknown mechanism", "")


def test_allowed_addresses(auth, judge):
    auth.allow("10.0.0.1", "10.0.0.2")
    auth.configure_plain(passwords={"u": "p"})
    assert judge(auth, b"NULL", address=b"10.0.0.2")[0] == 200
    assert judge(auth, b"NULL", address=b"10.0.0.3")[0] == 400
    assert judge(auth, b"PLAIN", b"u", b"wrong", address=b"10.0.0.1")[0] == 400
    assert judge(auth, b"OTHER", address=b"10.0.0.1")[0] == 400
    with pytest.raises(ValueError):
        auth.deny("10.0.0.3")


def test_denied_addresses(auth, judge):
    auth.deny("10.0.0.1")
    assert judge(auth, b"NULL", address=b"10.0.0.1") == (400, "Address denied", "")
    assert judge(auth, b"NULL", address=b"10.0.0.2")[0] == 200
    with pytest.raises(ValueError):
        auth.allow("10.0.0.3")


def test_passwords(auth, judge):
    auth.configure_plain(passwords={"alice": "wonder", "ünï": "cödé", "empty": ""})
    assert judge(auth, b"PLAIN", b"alice", b"wonder") == (200, "OK", "alice")
    assert judge(auth, b"PLAIN", "ünï".encode(), "cödé".encode())[0] == 200
    assert judge(auth, b"PLAIN", b"empty", b"")[0] == 200
    for name, word in (
        (b"alice", b""),
        (b"alice", b"wonder!"),
        (b"bob", b"wonder"),
        (b"bob", b""),
        (b"", b""),
        (b"\xff", b""),
    ):
        assert judge(auth, b"PLAIN", name, word) == (400, "Invalid username or password", "")


def test_domains_are_exact(auth, judge, tmp_path):
    auth.configure_plain("*", {"u": "p"})
    assert judge(auth, b"PLAIN", b"u", b"p", domain=b"other")[:2] == (400, "Invalid domain")
    auth.configure_plain("other", {"u": "p"})
    assert judge(auth, b"PLAIN", b"u", b"p", domain=b"other")[0] == 200


def test_certificates(auth, judge, tmp_path):
    pytest.importorskip("nacl")
    path, _ = create_certificates(tmp_path, "friend")
    key = load_certificate(path)[0]
    auth.configure_curve(location=tmp_path)
    assert judge(auth, b"CURVE", z85.decode(key)) == (200, "OK", key.decode())
    assert judge(auth, b"CURVE", bytes(32)) == (400, "Unknown key", "")
    assert judge(auth, b"CURVE", z85.decode(key), domain=b"x") == (400, "Unknown domain", "")
    assert judge(auth, b"CURVE", b"short")[0] == 400
    auth.configure_curve(location=CURVE_ALLOW_ANY)
    assert judge(auth, b"CURVE", bytes(32), domain=b"x")[0] == 200
    auth.configure_curve(location=tmp_path)
    assert judge(auth, b"CURVE", bytes(32))[0] == 400


def test_certificates_that_cannot_be_read_change_nothing(auth, judge, tmp_path, caplog):
    auth.configure_curve(location=CURVE_ALLOW_ANY)
    auth.configure_curve(location=tmp_path / "nowhere")
    assert judge(auth, b"CURVE", bytes(32))[0] == 400
    assert "cannot load" in caplog.text


@pytest.mark.parametrize("is_async", [False, True])
def test_a_callback_knows_the_keys(auth, judge, is_async):
    class Provider:
        def callback(self, domain, key):
            answer = (domain, key) == ("*", z85.encode(bytes(32)))
            return later(answer) if is_async else answer

    async def later(answer):
        return answer

    auth.configure_curve_callback(credentials_provider=Provider())
    assert judge(auth, b"CURVE", bytes(32))[0] == 200
    assert judge(auth, b"CURVE", b"\x01" * 32)[0] == 400
    assert judge(auth, b"CURVE", bytes(32), domain=b"x") == (400, "Unknown domain", "")


def test_a_callback_that_fails_lets_nobody_in(auth, judge, caplog):
    class Provider:
        def callback(self, domain, key):
            raise RuntimeError("database gone")

    auth.configure_curve_callback(credentials_provider=Provider())
    assert judge(auth, b"CURVE", bytes(32)) == (500, "Internal error", "")
    assert "database gone" in caplog.text


def test_malformed_requests(auth, judge):
    assert judge(auth, b"NULL", version=b"2.0") == (400, "Invalid version", "")
    assert judge(auth, b"NULL", b"a name", b"more") == (400, "Invalid credentials", "")
    assert judge(auth, b"PLAIN", b"u") == (400, "Invalid credentials", "")
    auth.zap_socket = Recorded()
    for count in range(6):
        asyncio.run(auth.handle_zap_message([b"1.0", b"7", b"", b"", b""][:count]))
    assert {(m[2], m[3]) for m in auth.zap_socket.sent} == {(b"400", b"Not enough frames")}


def test_the_log_has_no_secrets(auth, judge, caplog):
    caplog.set_level(logging.DEBUG)
    auth.configure_plain(passwords={"alice": "wonder"})
    judge(auth, b"PLAIN", b"alice", b"wonder")
    judge(auth, b"PLAIN", b"alice", b"hunter2")
    assert "PLAIN" in caplog.text
    assert "wonder" not in caplog.text and "hunter2" not in caplog.text


# The one with a thread


@pytest.fixture
def running(context):
    auth = ThreadAuthenticator(context)
    auth.start()
    yield auth
    auth.stop()


def test_it_serves_from_start_to_stop(running, new_socket):
    assert running.is_alive()
    running.configure_plain(passwords={"u": "p"})
    server = new_socket(zmq.REP, plain_server=1)
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(zmq.REQ, plain_username=b"u", plain_password=b"p")
    client.connect(server.LAST_ENDPOINT.decode())
    client.send(b"hello")
    assert server.recv() == b"hello"
    running.stop()
    assert not running.is_alive()
    running.start()
    assert running.is_alive()


def test_a_context_has_one_handler(running, context):
    other = ThreadAuthenticator(context)
    with pytest.raises(zmq.ZMQError) as caught:
        other.start()
    assert caught.value.errno == zmq.EADDRINUSE
    other.stop()


def test_stopping_twice_and_without_start(context):
    auth = ThreadAuthenticator(context)
    auth.stop()
    auth.start()
    auth.stop()
    auth.stop()


def test_the_context_may_end_first(make_context):
    context = make_context()
    auth = ThreadAuthenticator(context)
    auth.start()
    thread = auth.thread
    context.destroy(0)
    thread.join(10)
    assert not thread.is_alive()
    auth.stop()
