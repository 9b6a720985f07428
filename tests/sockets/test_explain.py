"""explain(): why nothing moves, in words."""

from __future__ import annotations

import pytest

import purezmq as zmq

PATIENCE_MS = 10_000


@pytest.fixture
def pair(new_socket):
    """``pair(kind, kind)``: two sockets that are connected over tcp; the first is bound."""

    def make(bound, connected, **options):
        server, client = new_socket(bound, **options), new_socket(connected, **options)
        server.bind("tcp://127.0.0.1:*")
        client.connect(server.LAST_ENDPOINT, wait=PATIENCE_MS)
        server.wait_for_peers(timeout=PATIENCE_MS)
        return server, client

    return make


def test_all_is_well(pair):
    for socket in pair(zmq.DEALER, zmq.DEALER):
        assert socket.explain() == "DEALER: 1 peer is connected\nnothing stands in the way"


def test_neither_bound_nor_connected(new_socket):
    assert "call bind() or connect()" in new_socket(zmq.PUSH).explain()


def test_nobody_has_come(new_socket, endpoint):
    server = new_socket(zmq.PULL)
    server.bind(endpoint)
    text = server.explain()
    assert server.LAST_ENDPOINT.decode() in text and "nobody is connected" in text


def test_refused(new_socket, make_future_endpoint, eventually):
    client = new_socket(zmq.PUSH, reconnect_ivl=10_000)
    endpoint = make_future_endpoint("tcp")
    client.connect(endpoint)
    eventually(lambda: "ECONNREFUSED" in client.explain(), "the refusal")
    text = client.explain()
    assert endpoint in text and "1 attempt, the next in" in text


def test_an_inproc_name_that_nobody_has_bound(new_socket):
    client = new_socket(zmq.PUSH)
    client.connect("inproc://nobody")
    assert "inproc://nobody: nobody has bound this name yet" in client.explain()


def test_a_wrong_type(new_socket, eventually):
    server, client = new_socket(zmq.PUB), new_socket(zmq.PULL)
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT)
    eventually(lambda: "given up: " in client.explain(), "the end")
    eventually(lambda: "cannot talk to each other" in server.explain(), "the server's word")
    assert "cannot talk to each other" in client.explain()


def test_queued_without_a_connection(new_socket, make_future_endpoint):
    client = new_socket(zmq.PUSH)
    client.connect(make_future_endpoint("tcp"))
    client.send(b"1")
    client.send(b"2")
    assert "2 messages wait for the connection" in client.explain()


def test_a_full_queue(new_socket, make_future_endpoint):
    client = new_socket(zmq.PUSH, sndhwm=3, sndtimeo=0)
    client.connect(make_future_endpoint("tcp"))
    with pytest.raises(zmq.Again):
        for _ in range(10):
            client.send(b"x")
    assert "the queue is full with 3 messages" in client.explain()


def test_a_full_inbox(pair, eventually):
    server, client = pair(zmq.PULL, zmq.PUSH, rcvhwm=2)
    for _ in range(10):
        client.send(b"x")
    eventually(lambda: "(RCVHWM)" in server.explain(), "a full inbox")


def test_messages_that_nobody_receives(pair, eventually):
    server, client = pair(zmq.PULL, zmq.PUSH)
    client.send(b"x")
    eventually(lambda: "1 messages wait for recv()" in server.explain(), "the message")


def test_states_of_request_and_reply(pair):
    server, client = pair(zmq.REP, zmq.REQ)
    assert "it has asked nothing: call send()" in client.explain()
    client.send(b"question")
    assert "waits for the reply to its last request from tcp://" in client.explain()
    assert server.recv() == b"question"
    assert "it has not answered its last request: call send()" in server.explain()
    server.send(b"answer")
    assert "not answered" not in server.explain()


def test_no_subscription(pair):
    pub, sub = pair(zmq.PUB, zmq.SUB)
    assert "call subscribe()" in sub.explain()
    assert "nobody has subscribed" in pub.explain()
    sub.subscribe("")
    pub.wait_for_subscribers(timeout=PATIENCE_MS)
    assert "subscribe" not in sub.explain() + pub.explain()


def test_a_closed_socket_says_so(new_socket):
    socket = new_socket(zmq.PUSH)
    socket.close()
    assert socket.explain() == "PUSH: the socket is closed"


def test_a_terminated_context_says_so(make_context):
    context = make_context()
    socket = context.socket(zmq.PUSH)
    context.shutdown()
    assert "context was terminated" in socket.explain()
    socket.close()


def test_it_stays_short(new_socket):
    socket = new_socket(zmq.PUSH)
    for number in range(100):
        socket.connect(f"inproc://nobody-{number}")
    lines = socket.explain().splitlines()
    assert len(lines) == 21 and lines[-1] == "… and 81 more"


@pytest.mark.parametrize("kind", list(zmq.SocketType)[:12])
def test_every_type_explains_itself(new_socket, kind):
    assert new_socket(kind).explain().startswith(kind.name)


def test_datagrams_know_no_connections(new_socket):
    dish = new_socket(zmq.DISH)
    dish.bind("udp://127.0.0.1:*")
    assert dish.explain().splitlines() == [
        "DISH: its transport knows no connections",
        "it has joined no group, so it receives nothing: call join()",
    ]
    dish.join("weather")
    assert "nothing stands in the way" in dish.explain()
