"""``send(data)`` and ``recv()`` may have a way of their own, and nobody can tell but by the clock."""

from __future__ import annotations

import inspect

import pytest

import purezmq as zmq
from purezmq._short_ways import ShortWays

CALLS = [zmq.Socket.send, zmq.Socket.recv]


@pytest.fixture
def ends(new_socket, link, make_endpoint):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    push.send(b"first")
    assert pull.recv() == b"first"
    return push, pull


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
