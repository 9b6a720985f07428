"""Plain calls may have a way of their own, and nobody can tell but by the clock."""

from __future__ import annotations

import inspect

import pytest

import purezmq as zmq
from purezmq._short_ways import ShortWays

CALLS = [zmq.Socket.send, zmq.Socket.recv, zmq.Socket.send_multipart, zmq.Socket.recv_multipart]


@pytest.fixture
def ends(new_socket, link, make_endpoint):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    push.send(b"first")
    assert pull.recv() == b"first"
    return push, pull


@pytest.fixture
def server_and_client(new_socket, link, make_endpoint):
    server, client = new_socket(zmq.ROUTER), new_socket(zmq.DEALER, routing_id=b"me")
    link(server, client, make_endpoint("tcp"))
    client.send(b"first")
    assert server.recv_multipart() == [b"me", b"first"]
    return server, client


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
def test_signatures_and_documents_are_those_of_the_ordinary_ones(call):
    ordinary = getattr(ShortWays, call.__name__)
    found, expected = (
        inspect.signature(call).parameters.values(),
        inspect.signature(ordinary).parameters.values(),
    )
    assert [(each.name, each.default) for each in found] == [(each.name, each.default) for each in expected]
    kinds = [(each.kind == each.KEYWORD_ONLY, each.name) for each in found]
    assert kinds == [(each.kind == each.KEYWORD_ONLY, each.name) for each in expected]
    assert inspect.getdoc(call) == inspect.getdoc(ordinary)


def test_every_way_to_call(ends):
    push, pull = ends
    push.send(b"1")
    push.send(data=b"2")
    push.send(b"3", 0)
    push.send(b"4", flags=zmq.DONTWAIT, copy=True)
    zmq.Socket.send(push, b"5")
    bound = push.send
    bound(*(b"6",))
    push.send(bytearray(b"7"))
    push.send(zmq.Frame(b"8"))
    assert zmq.Socket.recv(pull) == b"1"
    bound = pull.recv
    assert bound() == b"2"
    assert pull.recv(0) == b"3"
    assert pull.recv(flags=zmq.DONTWAIT) == b"4"
    assert bytes(pull.recv(copy=False)) == b"5"
    assert [pull.recv(timeout=2000) for _ in range(3)] == [b"6", b"7", b"8"]


def test_wrong_calls(ends):
    push, pull = ends
    for wrong in (
        lambda: push.send(),
        lambda: push.send(b"x", nothing=1),
        lambda: push.send(*[b"x"] * 20),
        lambda: push.send("text"),
        lambda: push.send(b"x", data=b"y"),
        lambda: pull.recv(1, 2, 3, 4, 5),
        lambda: pull.recv(nothing=1),
        lambda: zmq.Socket.send(),
    ):
        with pytest.raises(TypeError):
            wrong()
    for wrong in (lambda: zmq.Socket.send(object(), b"x"), lambda: zmq.Socket.recv(3)):
        with pytest.raises((TypeError, AttributeError)):
            wrong()
    push.send(b"x")
    assert pull.recv() == b"x"


def test_sockets_that_were_never_set_up_or_are_closed(ends):
    for socket in (zmq.Socket.__new__(zmq.Socket), ends[0]):
        socket.close() if socket is ends[0] else None
        with pytest.raises((AttributeError, zmq.ZMQError)):
            socket.send(b"x")
        with pytest.raises((AttributeError, zmq.ZMQError)):
            socket.recv()


def test_parts_that_wait_for_others(ends):
    push, pull = ends
    push.send(b"a", zmq.SNDMORE)
    push.send(b"b")
    push.send(b"c")
    assert pull.recv() == b"a"
    assert pull.rcvmore
    assert pull.recv() == b"b"
    assert pull.recv() == b"c"


def test_subclasses_that_send_and_receive_themselves(new_socket, context):
    class Noted(zmq.Socket):
        def send(self, data, flags=0, **kwargs):
            noted.append(data)
            return super().send(data, flags, **kwargs)

        def recv(self, flags=0, **kwargs):
            return super().recv(flags, **kwargs) + b"!"

    noted = []
    pull, push = Noted(context, zmq.PULL), Noted(context, zmq.PUSH)
    with pull, push:
        pull.rcvtimeo = 2000
        pull.bind("inproc://noted")
        push.connect("inproc://noted")
        push.send(b"one")
        push.send_multipart([b"two", b"three"])
        assert noted == [b"one", b"two", b"three"]
        assert pull.recv() == b"one!"
        assert pull.recv_multipart() == [b"two!", b"three!"]


def test_calls_can_be_replaced(ends, monkeypatch):
    push, pull = ends
    monkeypatch.setattr(zmq.Socket, "recv", lambda self: b"replaced")
    assert pull.recv() == b"replaced"
    monkeypatch.undo()
    push.send(b"x")
    assert pull.recv() == b"x"


def test_every_way_to_call_for_several_parts(server_and_client):
    server, client = server_and_client
    for number in range(5):
        client.send_multipart([b"%d" % number, b"", b"end"])
    for number in range(5, 10):
        client.send(b"%d" % number)
    bound = server.recv_multipart
    assert bound() == [b"me", b"0", b"", b"end"]
    assert zmq.Socket.recv_multipart(server) == [b"me", b"1", b"", b"end"]
    assert server.recv_multipart(0) == [b"me", b"2", b"", b"end"]
    assert server.recv_multipart(flags=zmq.DONTWAIT) == [b"me", b"3", b"", b"end"]
    assert [bytes(part) for part in server.recv_multipart(copy=False)] == [b"me", b"4", b"", b"end"]
    assert [server.recv_multipart(timeout=2000) for _ in range(5)] == [
        [b"me", b"%d" % n] for n in range(5, 10)
    ]
    answers = [
        [b"me", b"one"],
        [b"me", b"", b"two"],
        (b"me", b"three"),
        [b"me", bytearray(b"four")],
        [memoryview(b"me"), b"five"],
        [zmq.Frame(b"me"), b"six"],
    ]
    for answer in answers:
        assert server.send_multipart(answer) is None
    server.send_multipart(msg_parts=[b"me", b"seven"])
    server.send_multipart([b"me", b"eight"], zmq.DONTWAIT)
    zmq.Socket.send_multipart(server, [b"me", b"nine"])
    got = [client.recv_multipart() for _ in range(9)]
    assert got == [
        [b"one"],
        [b"", b"two"],
        *([word] for word in b"three four five six seven eight nine".split()),
    ]


def test_wrong_calls_for_several_parts(server_and_client):
    server, client = server_and_client
    for wrong in (
        lambda: server.send_multipart(),
        lambda: server.send_multipart([b"me", "text"]),
        lambda: server.send_multipart([b"me", 3]),
        lambda: server.send_multipart([b"me", b"x"], msg_parts=[]),
        lambda: server.send_multipart(*[[b"me", b"x"]] * 20),
        lambda: server.recv_multipart(1, 2, 3, 4, 5),
        lambda: server.recv_multipart(nothing=1),
        lambda: zmq.Socket.send_multipart(),
    ):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(IndexError):
        server.send_multipart([])
    server.send_multipart([b"me"])  # for nobody, as a lone routing id always is
    server.send_multipart([b"somebody else", b"lost"])
    with pytest.raises(zmq.Again):
        server.recv_multipart(zmq.DONTWAIT)
    server.send_multipart([b"me", b"x"])
    assert client.recv() == b"x"


def test_parts_that_wait_come_before_a_message_of_many(server_and_client):
    server, client = server_and_client
    server.send(b"me", zmq.SNDMORE)
    server.send_multipart([b"a", b"b"])
    server.send_multipart([b"me", b"c"])
    assert [client.recv_multipart() for _ in range(2)] == [[b"a", b"b"], [b"c"]]
    client.send(b"d")
    client.send(b"e")
    assert server.recv() == b"me"
    assert server.recv_multipart() == [b"d"]
    assert server.recv_multipart() == [b"me", b"e"]


def test_requests_of_several_peers_are_answered_by_name(new_socket, link, make_endpoint):
    server, endpoint = new_socket(zmq.ROUTER), make_endpoint("tcp")
    clients = {b"%d" % number: new_socket(zmq.DEALER, routing_id=b"%d" % number) for number in range(3)}
    link(server, *clients.values(), endpoint)
    for name, client in clients.items():
        for number in range(50):
            client.send_multipart([b"to " + name, b"%d" % number])
    for _ in range(150):
        name, text, number = server.recv_multipart()
        assert text == b"to " + name
        server.send_multipart([name, text, number])
    for name, client in clients.items():
        assert [client.recv_multipart() for _ in range(50)] == [[b"to " + name, b"%d" % n] for n in range(50)]


def test_calls_for_several_parts_use_those_of_the_class(server_and_client, monkeypatch):
    server, client = server_and_client
    client.send(b"before")
    assert server.recv_multipart() == [b"me", b"before"]
    server.send_multipart([b"me", b"before"])
    assert client.recv() == b"before"
    sent = []
    plain_send = zmq.Socket.send
    with monkeypatch.context() as changed:
        changed.setattr(zmq.Socket, "recv", lambda self, *arguments, **named: b"replaced")
        changed.setattr(zmq.Socket, "send", lambda self, data, *arguments, **named: sent.append(data))
        changed.setattr(zmq.Socket, "_has_more", lambda self: False)
        assert server.recv_multipart() == [b"replaced"]
        server.send_multipart([b"me", b"x"])
        assert sent == [b"me", b"x"]
    assert zmq.Socket.send is plain_send
    client.send(b"after")
    assert server.recv_multipart() == [b"me", b"after"]
    server.send_multipart([b"me", b"after"])
    assert client.recv() == b"after"
