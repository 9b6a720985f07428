"""PLAIN, CURVE and ZAP between sockets of ours: what an application sets, gets and sees."""

from __future__ import annotations

import logging
import time

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only
pytest.importorskip("nacl")

ZAP = "inproc://zeromq.zap.01"
PUBLIC, SECRET = zmq.curve_keypair()
CLIENT_PUBLIC, CLIENT_SECRET = zmq.curve_keypair()


@pytest.fixture
def handler(new_socket):
    socket = new_socket(zmq.REP)
    socket.bind(ZAP)
    return socket


def answer(handler, status=b"200", text=b"OK", user=b"joe", metadata=b""):
    request = handler.recv_multipart()
    handler.send_multipart([b"1.0", request[1], status, text, user, metadata])
    return request


def plain(new_socket, server_type=zmq.PAIR, client_type=zmq.PAIR, **options):
    server = new_socket(server_type, plain_server=1, **options)
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(client_type, plain_username=b"user", plain_password=b"hunter2")
    client.connect(server.LAST_ENDPOINT.decode())
    return server, client


def test_the_mechanism_can_be_read(new_socket):
    socket = new_socket(zmq.DEALER)
    assert socket.mechanism == zmq.NULL
    socket.plain_username = b"u"
    assert socket.mechanism == zmq.PLAIN and socket.plain_server == 0
    socket.curve_secretkey = SECRET
    assert socket.mechanism == zmq.CURVE
    socket.plain_server = 1
    assert (socket.mechanism, socket.plain_server) == (zmq.PLAIN, 1)
    socket.plain_server = 0
    assert socket.mechanism == zmq.NULL


def test_the_asking_socket_need_not_be_used_meanwhile(new_socket, handler, eventually):
    server, client = plain(new_socket)
    assert answer(handler)[5:] == [b"PLAIN", b"user", b"hunter2"]
    eventually(lambda: server.stats()["peers"] == 1, "the handshake, with nobody waiting in either socket")


def test_a_slow_handler_holds_up_nobody_else(new_socket, handler):
    server, _ = plain(new_socket)
    request = handler.recv_multipart()  # and no answer for now
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.LAST_ENDPOINT.decode())
    for number in range(100):
        push.send(b"%d" % number)
        assert pull.recv() == b"%d" % number
    handler.send_multipart([b"1.0", request[1], b"200", b"", b"", b""])
    server.send(b"now")


def test_a_waiting_sender_hears_of_a_peer_that_is_let_in_meanwhile(
    new_socket, handler, in_thread, eventually
):
    # The handler's answer is the last thing that happens in this handshake: the peer has nothing more to say.
    server = new_socket(zmq.DEALER, curve_server=1, curve_secretkey=SECRET, sndtimeo=-1)
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(
        zmq.DEALER, curve_serverkey=PUBLIC, curve_publickey=CLIENT_PUBLIC, curve_secretkey=CLIENT_SECRET
    )
    sending = in_thread(server.send, b"welcome")
    eventually(lambda: server._pump.waiters, "the server to wait for a peer")
    client.connect(server.LAST_ENDPOINT)
    answer(handler)
    assert client.recv() == b"welcome"
    sending.result()


def test_a_waiting_receiver_gets_the_message_of_a_peer_that_is_let_in_meanwhile(
    new_socket, handler, in_thread
):
    server, client = plain(new_socket)
    client.send(b"hello")
    receiving = in_thread(server.recv)
    answer(handler)
    assert receiving.result() == b"hello"


def test_many_peers_are_asked_about_at_once(new_socket, context):
    router = new_socket(zmq.ROUTER)
    router.bind(ZAP)
    server = new_socket(zmq.PULL, plain_server=1)
    server.bind("tcp://127.0.0.1:*")
    clients = []
    for number in range(20):
        client = new_socket(zmq.PUSH, plain_username=b"%d" % number, plain_password=b"p")
        client.connect(server.LAST_ENDPOINT.decode())
        client.send(b"%d" % number)
        clients.append(client)
    requests = [router.recv_multipart() for _ in clients]
    for request in reversed(requests):  # answered in another order
        router.send_multipart([*request[:4], b"200", b"", request[8], b""])
    found = [server.recv(copy=False) for _ in clients]
    assert sorted(int(message.bytes) for message in found) == list(range(20))
    assert all(message.get("User-Id") == message.bytes.decode() for message in found)


def test_a_handler_that_goes_away_is_noticed(new_socket, handler, eventually):
    server, client = plain(new_socket)
    handler.recv_multipart()
    handler.close()
    eventually(lambda: server.stats()["failures"].get("zap_no_handler"), "the failure")


def test_a_handler_that_comes_later_is_found(new_socket, eventually):
    server, client = plain(new_socket)
    eventually(lambda: server.stats()["failures"].get("zap_no_handler"), "the failure")
    handler = new_socket(zmq.REP)
    handler.bind(ZAP)
    answer(handler)
    client.send(b"at last")
    assert server.recv() == b"at last"


@pytest.mark.parametrize("socket_type", [zmq.PULL, zmq.PAIR, zmq.DEALER])
def test_only_rep_and_router_are_handlers(new_socket, eventually, socket_type):
    new_socket(socket_type).bind(ZAP)
    server, _ = plain(new_socket)
    eventually(lambda: server.stats()["failures"].get("zap_no_handler"), "the failure")


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ([b"1.0"], 0x20000001),
        ([b"1.0", b"1", b"200", b"", b"", b"", b""], 0x20000001),
        ([b"0.9", b"1", b"200", b"", b"", b""], 0x20000003),
        ([b"1.0", b"2", b"200", b"", b"", b""], 0x20000002),
        ([b"1.0", b"1", b"201", b"", b"", b""], 0x20000004),
        ([b"1.0", b"1", b"200", b"", b"", b"\xff"], 0x20000005),
    ],
)
def test_a_malformed_reply_lets_nobody_in(new_socket, handler, reply, value):
    server = new_socket(zmq.PAIR, plain_server=1)
    monitor = server.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_SUCCEEDED)
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(zmq.PAIR, plain_username=b"u", plain_password=b"p")
    client.connect(server.LAST_ENDPOINT.decode())
    handler.recv_multipart()
    handler.send_multipart(reply)
    assert monitor.poll(10_000)
    event = monitor.recv_multipart()[0]
    assert int.from_bytes(event[:2], "little") == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    assert int.from_bytes(event[2:], "little") == value
    server.disable_monitor()
    monitor.close()


def test_the_asker_may_close_before_the_answer(new_socket, handler):
    server, client = plain(new_socket)
    request = handler.recv_multipart()
    server.close(0)
    time.sleep(0.05)
    handler.send_multipart([b"1.0", request[1], b"200", b"", b"", b""])
    server, client = plain(new_socket)
    answer(handler)
    client.send(b"the handler still works")
    assert server.recv() == b"the handler still works"


def test_the_handshake_timer_runs_while_the_handler_thinks(new_socket, handler, eventually):
    server, _ = plain(new_socket, handshake_ivl=100)
    handler.recv_multipart()
    eventually(lambda: server.stats()["failures"].get("handshake_timeout"), "the timeout")


def test_the_handlers_stats_and_options_work_with_a_question_pending(new_socket, handler):
    plain(new_socket)
    assert handler.poll(10_000)
    assert handler.stats()["peers"] == 1
    assert handler.peers()[0]["socket_type"] == "PAIR"
    handler.set_hwm(5)
    answer(handler)


def test_null_asks_if_it_has_a_domain(new_socket, handler):
    server = new_socket(zmq.PAIR, zap_domain=b"here", routing_id=b"me")
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(zmq.PAIR)
    client.connect(server.LAST_ENDPOINT.decode())
    assert answer(handler) == [b"1.0", b"1", b"here", b"127.0.0.1", b"me", b"NULL"]
    client.send(b"x")
    assert server.recv(copy=False).get("User-Id") == "joe"


@pytest.mark.parametrize("enforce", [0, 1])
def test_null_with_a_domain_and_no_handler(new_socket, eventually, enforce):
    server = new_socket(zmq.PAIR, zap_domain=b"here", zap_enforce_domain=enforce)
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(zmq.PAIR)
    client.connect(server.LAST_ENDPOINT.decode())
    if enforce:
        eventually(lambda: server.stats()["failures"].get("zap_no_handler"), "the refusal")
    else:
        client.send(b"x")
        assert server.recv() == b"x"


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"curve_server": 1}, "CURVE_SECRETKEY"),
        ({"curve_publickey": CLIENT_PUBLIC}, "CURVE_SECRETKEY"),
        ({"curve_secretkey": CLIENT_SECRET}, "CURVE_SERVERKEY"),
        (
            {"curve_secretkey": CLIENT_SECRET, "curve_serverkey": PUBLIC, "curve_publickey": PUBLIC},
            "does not belong",
        ),
        ({"plain_server": 1, "zap_enforce_domain": 1}, "ZAP_DOMAIN"),
    ],
)
@pytest.mark.parametrize("way", ["bind", "connect"])
def test_settings_that_can_never_work_are_refused_at_once(new_socket, options, what, way):
    socket = new_socket(zmq.DEALER, **options)
    with pytest.raises(zmq.ZMQError, match=what) as caught:
        getattr(socket, way)("tcp://127.0.0.1:15555" if way == "connect" else "tcp://127.0.0.1:*")
    assert caught.value.errno == zmq.EINVAL and SECRET.decode() not in str(caught.value)


def test_a_client_needs_no_public_key_of_its_own(new_socket):
    server = new_socket(zmq.PULL, curve_server=1, curve_secretkey=SECRET)
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(zmq.PUSH, curve_secretkey=CLIENT_SECRET, curve_serverkey=PUBLIC)
    client.connect(server.LAST_ENDPOINT.decode())
    client.send(b"x")
    assert server.recv() == b"x"


def test_both_sides_log_why_and_no_secret(new_socket, handler, caplog, eventually):
    caplog.set_level(logging.DEBUG)
    _, client = plain(new_socket)
    answer(handler, b"400", b"never heard of you")
    eventually(lambda: "PLAIN_PASSWORD right?" in caplog.text, "the client's line")
    eventually(lambda: "never heard of you" in caplog.text, "the server's line")
    assert caplog.text.count("never heard of you") == caplog.text.count("PLAIN_PASSWORD right?") == 1
    server = new_socket(zmq.PULL, curve_server=1, curve_secretkey=SECRET)
    server.bind("tcp://127.0.0.1:*")
    stranger = new_socket(zmq.PUSH, curve_secretkey=CLIENT_SECRET, curve_serverkey=CLIENT_PUBLIC)
    stranger.connect(server.LAST_ENDPOINT.decode())
    eventually(lambda: "HELLO: is CURVE_SERVERKEY its public key?" in caplog.text, "the stranger's line")
    eventually(lambda: stranger.stats()["failures"].get("closed_in_handshake", 0) > 1, "another attempt")
    assert caplog.text.count("hung up on our CURVE HELLO") == 1
    for secret in ("hunter2", SECRET.decode(), CLIENT_SECRET.decode()):
        assert secret not in caplog.text


def test_request_and_reply_and_large_messages_over_curve(new_socket):
    server = new_socket(zmq.REP, curve_server=1, curve_secretkey=SECRET)
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(zmq.REQ, curve_secretkey=CLIENT_SECRET, curve_serverkey=PUBLIC)
    client.connect(server.LAST_ENDPOINT.decode())
    for size in (0, 1, 222, 223, 10_000, 3_000_000):
        client.send(bytes(size))
        assert server.recv() == bytes(size)
        server.send_multipart([b"a", bytes(size)])
        assert client.recv_multipart() == [b"a", bytes(size)]


def test_the_high_water_mark_holds_over_curve(new_socket):
    server = new_socket(zmq.PULL, curve_server=1, curve_secretkey=SECRET, rcvhwm=10)
    server.bind("tcp://127.0.0.1:*")
    client = new_socket(
        zmq.PUSH, curve_secretkey=CLIENT_SECRET, curve_serverkey=PUBLIC, sndhwm=10, sndtimeo=500
    )
    client.connect(server.LAST_ENDPOINT.decode())
    sent = 0
    with pytest.raises(zmq.Again):
        while True:
            client.send(b"%d" % sent + bytes(50_000))
            sent += 1
    assert [int(server.recv()[:-50_000]) for _ in range(sent)] == list(range(sent))
