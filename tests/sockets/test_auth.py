"""``socket.auth``: who may connect, without a ZAP handler."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest

import purezmq as zmq
from purezmq.auth import AuthRequest, create_certificates, load_certificate, load_certificates
from purezmq.utils import z85

pytestmark = [pytest.mark.purezmq_only, pytest.mark.usefixtures("leaves_nothing_behind")]
pytest.importorskip("nacl")

PUBLIC, SECRET = zmq.curve_keypair()
CLIENT_PUBLIC, CLIENT_SECRET = zmq.curve_keypair()
OTHER_PUBLIC, OTHER_SECRET = zmq.curve_keypair()

CURVE = {"curve_server": 1, "curve_secretkey": SECRET}
PLAIN = {"plain_server": 1}


@pytest.fixture
def serve(new_socket):
    """``serve(auth, **options)``: a bound PULL."""

    def make(auth, **options):
        server = new_socket(zmq.PULL, **options)
        server.auth = auth
        server.bind("tcp://127.0.0.1:*")
        return server

    return make


@pytest.fixture
def join(new_socket):
    """``join(server, **options)``: a connected PUSH that has sent its name."""

    def make(server, **options):
        client = new_socket(zmq.PUSH, linger=0, **options)
        client.connect(server.LAST_ENDPOINT.decode())
        client.send(b"hello")
        return client

    return make


def plain(name, password):
    return {"plain_username": name.encode(), "plain_password": password.encode()}


def curve(public, secret):
    return {"curve_publickey": public, "curve_secretkey": secret, "curve_serverkey": PUBLIC}


ALICE = plain("alice", "wonderland")
FRIEND, STRANGER = curve(CLIENT_PUBLIC, CLIENT_SECRET), curve(OTHER_PUBLIC, OTHER_SECRET)


def refused(socket, eventually):
    return eventually(lambda: socket.stats()["failures"].get("auth_refused"), "the refusal")


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_table_of_passwords(serve, join, eventually, as_bytes):
    table = {"alice": "wonderland", "ünï": "cödé"}
    server = serve({k.encode(): v.encode() for k, v in table.items()} if as_bytes else table, **PLAIN)
    for wrong in (plain("alice", "Wonderland"), plain("bob", "wonderland")):
        count = server.stats()["failures"].get("auth_refused", 0)
        client = join(server, **wrong)
        eventually(
            lambda count=count: server.stats()["failures"].get("auth_refused", 0) > count, "the refusal"
        )
        eventually(
            lambda client=client: client.stats()["failures"].get("error_command"), "the client to know"
        )
    for name, password in table.items():
        join(server, **plain(name, password))
        message = server.recv(copy=False)
        assert message.bytes == b"hello" and message.get("User-Id") == name


@pytest.mark.parametrize(
    "keys",
    [{CLIENT_PUBLIC}, [CLIENT_PUBLIC.decode(), PUBLIC], (z85.decode(CLIENT_PUBLIC),), {CLIENT_PUBLIC: True}],
)
def test_a_collection_of_keys(serve, join, eventually, keys):
    server = serve(keys, **CURVE)
    join(server, **STRANGER)
    refused(server, eventually)
    join(server, **FRIEND)
    assert server.recv(copy=False).get("User-Id") == CLIENT_PUBLIC.decode()
    assert server.stats()["messages_in"] == 1


def test_certificates(serve, join, tmp_path):
    public, _ = create_certificates(tmp_path, "friend")
    server = serve(load_certificates(tmp_path), **CURVE)
    key, secret = load_certificate(f"{public}_secret")
    join(server, **curve(key, secret))
    assert server.recv() == b"hello"


def test_no_table_is_shown_with_its_secrets(new_socket):
    server = new_socket(zmq.PULL, **PLAIN)
    server.auth = {"alice": "wonderland"}
    assert repr(server.auth) == "<passwords of 1 users>"
    server.auth = None
    assert server.auth is None


@pytest.mark.parametrize(
    ("options", "client", "expected"),
    [
        (PLAIN, ALICE, {"mechanism": "PLAIN", "username": "alice", "password": "wonderland"}),
        (
            CURVE,
            FRIEND,
            {"mechanism": "CURVE", "public_key": CLIENT_PUBLIC, "raw_public_key": z85.decode(CLIENT_PUBLIC)},
        ),
        ({}, {}, {"mechanism": "NULL"}),
    ],
)
def test_what_a_callable_learns(serve, join, options, client, expected):
    seen = []
    server = serve(lambda peer: seen.append(peer) or True, zap_domain=b"dom", routing_id=b"me", **options)
    join(server, **client)
    assert server.recv() == b"hello"
    (peer,) = seen
    facts = {name: getattr(peer, name) for name in AuthRequest.__slots__}
    everything = {
        **dict.fromkeys(AuthRequest.__slots__),
        "domain": "dom",
        "address": "127.0.0.1",
        "routing_id": b"me",
    }
    assert facts == {**everything, **expected}
    assert "wonderland" not in repr(peer)
    with pytest.raises(AttributeError):
        peer.mechanism = "NULL"
    with pytest.raises(AttributeError):
        del peer.address
    assert peer.password_is("wonderland") is peer.password_is(b"wonderland") is (options is PLAIN)
    assert not peer.password_is("")


def test_a_user_id_comes_with_messages(serve, join):
    server = serve(lambda peer: f"the great {peer.username}", **PLAIN)
    join(server, **ALICE)
    assert server.recv(copy=False).get("User-Id") == "the great alice"


class Refusal(Exception):
    pass


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (False, 400, "it returned False"),
        (PermissionError("locked out"), 400, "PermissionError: locked out"),
        (Refusal("no database"), 500, "Refusal: no database"),
        (None, 500, "must return True, False or a user id, not NoneType"),
        (1, 500, "not int"),
        ("", 500, "not str"),
    ],
)
@pytest.mark.parametrize("options", [PLAIN, CURVE, {}], ids=["PLAIN", "CURVE", "NULL"])
def test_refusals_have_a_reason_and_are_final(
    serve, join, eventually, caplog, answer, status, reason, options
):
    def auth(peer):
        if isinstance(answer, Exception):
            raise answer
        return answer

    server = serve(auth, **options)
    client = join(server, **(ALICE if options is PLAIN else FRIEND if options is CURVE else {}))
    refused(server, eventually)
    eventually(lambda: client.stats()["failures"].get("error_command"), "the client to know")
    eventually(
        lambda: f"socket.auth refused the peer with status {status}" in caplog.text, "the server's line"
    )
    eventually(lambda: f"the peer refused the connection: '{status}'" in caplog.text, "the client's line")
    assert reason in caplog.text
    assert ("Traceback" in caplog.text) == (status == 500)
    assert server.stats()["peers"] == 0


def test_again_means_later(serve, join):
    answers = [zmq.Again(), True]

    def auth(peer):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    server = serve(auth, **PLAIN)
    join(server, **ALICE)
    assert server.recv() == b"hello"


def test_an_exception_with_the_password_in_it_is_not_shown(serve, join, eventually, caplog):
    caplog.set_level(logging.DEBUG)

    def auth(peer):
        raise ValueError(f"who has {peer.password!r}?")

    server = serve(auth, **PLAIN)
    join(server, **ALICE)
    refused(server, eventually)
    eventually(lambda: "ValueError" in caplog.text and "refused" in caplog.text, "the log")
    assert "wonderland" not in caplog.text


def test_a_slow_one_holds_up_nobody_else(serve, join, new_socket, link, eventually):
    done = threading.Event()
    asked = threading.Event()

    def auth(peer):
        asked.set()
        done.wait(30)
        return True

    try:
        server = serve(auth, handshake_ivl=300)
        client = join(server)
        assert asked.wait(10)
        pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
        link(pull, push, "tcp://127.0.0.1:*")
        for number in range(50):
            push.send(b"%d" % number)
            assert pull.recv() == b"%d" % number
        other = serve(lambda peer: True)
        join(other)
        assert other.recv() == b"hello"
        assert server.stats()["peers"] == 0
        # It is bounded, too; and nobody asks again for a peer that has left.
        eventually(lambda: server.stats()["failures"].get("handshake_timeout"), "the timeout")
        client.close()
    finally:
        done.set()


def test_calls_come_one_at_a_time(serve, join):
    busy = threading.Lock()
    overlaps = []

    def auth(peer):
        if not busy.acquire(blocking=False):
            overlaps.append(peer)
            return True
        threading.Event().wait(0.002)
        busy.release()
        return peer.username

    server = serve(auth, **PLAIN)
    clients = [join(server, **plain(f"u{number}", "p")) for number in range(10)]
    users = {server.recv(copy=False).get("User-Id") for _ in clients}
    assert users == {f"u{number}" for number in range(10)} and not overlaps


def test_a_coroutine_runs_in_the_loop_in_which_it_was_assigned(serve, join, in_thread):
    threads = []

    async def auth(peer):
        threads.append(threading.get_ident())
        await asyncio.sleep(0)
        return f"async {peer.username}"

    async def main():
        server = serve(auth, **PLAIN)
        client = join(server, **ALICE)
        message = await asyncio.to_thread(server.recv, copy=False)
        client.close()
        return message.get("User-Id"), threading.get_ident()

    user, thread = asyncio.run(main())
    assert user == "async alice" and threads == [thread]


def test_a_loop_can_be_named(new_socket, join):
    async def auth(peer):
        return True

    loop = asyncio.new_event_loop()
    server = new_socket(zmq.PULL, **PLAIN)
    with pytest.raises(ValueError, match="needs an event loop"):
        server.auth = auth
    server.set_auth(auth, loop=loop)
    assert server.auth is auth
    server.bind("tcp://127.0.0.1:*")
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        join(server, **ALICE)
        assert server.recv() == b"hello"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_a_closed_loop_refuses_for_now(new_socket, join, eventually, caplog):
    async def auth(peer):
        return True

    loop = asyncio.new_event_loop()
    server = new_socket(zmq.PULL, **PLAIN)
    server.set_auth(auth, loop=loop)
    server.bind("tcp://127.0.0.1:*")
    loop.close()
    join(server, **ALICE)
    refused(server, eventually)
    eventually(lambda: "status 300 (its event loop is closed)" in caplog.text, "the log")


def test_a_coroutine_is_cancelled_when_the_peer_has_left(new_socket, join, eventually):
    async def main():
        begun, ended = asyncio.Event(), asyncio.Event()

        async def auth(peer):
            begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        server = new_socket(zmq.PULL, **PLAIN)
        server.auth = auth
        server.bind("tcp://127.0.0.1:*")
        client = join(server, **ALICE)
        await asyncio.wait_for(begun.wait(), 10)
        client.close()
        await asyncio.wait_for(ended.wait(), 10)

    asyncio.run(main())


def test_an_awaitable_from_an_ordinary_function(serve, join, eventually, caplog):
    async def later(peer):
        return True

    async def main():
        server = serve(lambda peer: later(peer), **PLAIN)
        join(server, **ALICE)
        return await asyncio.to_thread(server.recv)

    assert asyncio.run(main()) == b"hello"


def test_it_replaces_the_handler_of_the_context(serve, join, new_socket):
    handler = new_socket(zmq.REP)
    handler.bind("inproc://zeromq.zap.01")
    server = serve({"alice": "wonderland"}, **PLAIN)
    join(server, **ALICE)
    assert server.recv() == b"hello"
    assert not handler.poll(0)


def test_a_new_value_decides_about_those_who_come_later(serve, join, eventually):
    server = serve({"alice": "wonderland"}, **PLAIN)
    join(server, **ALICE)
    assert server.recv() == b"hello"
    server.auth = {"bob": "builder"}
    join(server, **ALICE)
    refused(server, eventually)
    join(server, **plain("bob", "builder"))
    assert server.recv(copy=False).get("User-Id") == "bob"
    assert server.stats()["peers"] == 2  # the first alice is still there


def test_old_peers_cannot_be_judged(serve, new_socket, eventually):
    server = serve(lambda peer: True)
    raw = new_socket(zmq.STREAM)
    raw.connect(server.LAST_ENDPOINT.decode())
    name = raw.recv_multipart()[0]
    raw.send_multipart([name, b"\x01\x00"])  # the greeting of ZMTP 1.0
    eventually(lambda: server.stats()["failures"].get("legacy_refused"), "the refusal")


@pytest.mark.parametrize(
    ("auth", "error", "what"),
    [
        ("alice", TypeError, "not str"),
        (b"x" * 32, TypeError, "not bytes"),
        (5, TypeError, "not int"),
        ({"alice": 5}, TypeError, "table of passwords"),
        ([b"short"], ValueError, "32 bytes"),
        ([5], TypeError, "public key is a str or bytes"),
        ([SECRET[:39] + b"\x00"], ValueError, "40 characters of Z85"),
    ],
)
def test_what_cannot_decide_is_refused(new_socket, auth, error, what):
    server = new_socket(zmq.PULL, **PLAIN)
    with pytest.raises(error, match=what) as caught:
        server.auth = auth
    assert SECRET[:39].decode() not in str(caught.value)
    assert server.auth is None


@pytest.mark.parametrize("way", ["bind", "connect"])
@pytest.mark.parametrize(
    ("options", "auth", "what"),
    [
        (CURVE, {"alice": "wonderland"}, "is for PLAIN"),
        (PLAIN, {CLIENT_PUBLIC}, "is for CURVE"),
        ({}, {CLIENT_PUBLIC}, "is for CURVE"),
        (FRIEND, lambda peer: True, "the client of CURVE"),
        (ALICE, lambda peer: True, "the client of PLAIN"),
    ],
)
def test_what_would_never_be_asked_is_refused(new_socket, way, options, auth, what):
    socket = new_socket(zmq.PULL, **options)
    socket.auth = auth
    with pytest.raises(zmq.ZMQError, match=what) as caught:
        getattr(socket, way)("tcp://127.0.0.1:19997")
    assert caught.value.errno == zmq.EINVAL


def test_it_comes_before_bind_and_connect(new_socket):
    for way in ("bind", "connect"):
        socket = new_socket(zmq.PULL)
        getattr(socket, way)("tcp://127.0.0.1:*" if way == "bind" else "tcp://127.0.0.1:19996")
        with pytest.raises(zmq.ZMQError, match="before bind and connect") as caught:
            socket.auth = lambda peer: True
        assert caught.value.errno == zmq.EINVAL
    with pytest.raises(zmq.ZMQError, match="STREAM"):
        new_socket(zmq.STREAM).auth = lambda peer: True
