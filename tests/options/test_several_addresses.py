"""Names with several addresses (RFC 8305): staggered attempts, the first that is connected wins."""

from __future__ import annotations

import contextlib
import socket as os_socket

import pytest

import purezmq as zmq
from purezmq.transports import tcp

INET, INET6 = os_socket.AF_INET, os_socket.AF_INET6


@pytest.fixture
def name_has(monkeypatch):
    """``name_has(ports, ...)``: what the name service says about any name, one list per question."""

    def make(*answers):
        asked = []

        def look_up(endpoint, ipv6):
            asked.append(endpoint.host)
            answer = answers[min(len(asked), len(answers)) - 1]
            if isinstance(answer, OSError):
                raise answer
            return [(INET, ("127.0.0.1", port)) for port in answer]

        monkeypatch.setattr(tcp, "look_up", look_up)
        return asked

    return make


@pytest.fixture
def silent_port():
    """A port where connections are neither accepted nor refused."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(os_socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(2):
            filler = stack.enter_context(os_socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port():
    with os_socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture
def pull(new_socket):
    socket = new_socket(zmq.PULL)
    socket.bind("tcp://127.0.0.1:*")
    return socket


def port_of(socket):
    return int(socket.LAST_ENDPOINT.rpartition(b":")[2])


def connecting(new_socket, watch, **options):
    push = new_socket(zmq.PUSH, **{"linger": 0, "reconnect_ivl": 20, **options})
    events = watch(push)
    push.connect("tcp://some.name:5555")
    push.send(b"x")
    return push, events


def test_an_address_that_says_nothing_does_not_keep_the_next_one_waiting(
    new_socket, watch, name_has, silent_port, pull
):
    name_has([silent_port, port_of(pull)])
    push, events = connecting(new_socket, watch)
    assert pull.recv() == b"x"
    events.wait_for(zmq.EVENT_CONNECTED)
    delayed = [event for event in events.seen if event == zmq.EVENT_CONNECT_DELAYED]
    assert len(delayed) == 2
    assert events.seen[-2:] == [zmq.EVENT_CLOSED, zmq.EVENT_CONNECTED]  # the loser was closed first
    assert len(push.peers()) == 1


def test_after_a_refusal_the_next_one_is_dialled_at_once(new_socket, watch, name_has, closed_port, pull):
    name_has([closed_port, closed_port, port_of(pull)])
    _, events = connecting(new_socket, watch)
    assert pull.recv() == b"x"
    events.wait_for(zmq.EVENT_CONNECTED)
    assert zmq.EVENT_CONNECT_RETRIED not in events.seen


def test_when_all_refuse_there_is_one_pause_and_another_question(
    new_socket, watch, name_has, closed_port, pull
):
    asked = name_has([closed_port, closed_port], OSError(-2, "unknown"), [port_of(pull)])
    push, events = connecting(new_socket, watch)
    assert pull.recv() == b"x"
    events.wait_for(zmq.EVENT_CONNECTED)
    assert [e for e in events.seen if e in (zmq.EVENT_CLOSED, zmq.EVENT_CONNECT_RETRIED)] == [
        zmq.EVENT_CLOSED,
        zmq.EVENT_CLOSED,
        zmq.EVENT_CONNECT_RETRIED,
        zmq.EVENT_CONNECT_RETRIED,
    ]
    assert asked == ["some.name"] * 3
    assert push.stats()["failures"] == {"connect_failed": 1, "lookup_failed": 1}


def test_every_address_has_its_own_connect_timeout(new_socket, watch, name_has, silent_port, pull):
    name_has([silent_port, silent_port, port_of(pull)])
    connecting(new_socket, watch, connect_timeout=30)
    assert pull.recv() == b"x"


def test_disconnecting_meanwhile_leaves_nothing(new_socket, watch, name_has, silent_port, eventually):
    name_has([silent_port, silent_port])
    push, events = connecting(new_socket, watch)
    events.wait_for(zmq.EVENT_CONNECT_DELAYED)
    events.wait_for(zmq.EVENT_CONNECT_DELAYED)
    push.disconnect("tcp://some.name:5555")
    for _ in range(2):
        events.wait_for(zmq.EVENT_CLOSED)
    assert not push.peers()


def test_families_take_turns():
    six = [(INET6, number) for number in range(3)]
    four = [(INET, number) for number in range(2)]
    assert tcp.interleaved([*six, *four]) == [six[0], four[0], six[1], four[1], six[2]]
    assert tcp.interleaved([*four, *six]) == [four[0], six[0], four[1], six[1], six[2]]
    assert tcp.interleaved(six) == six
    assert tcp.interleaved([]) == []
