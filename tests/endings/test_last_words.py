"""What was said last arrives, whoever leaves first and whatever the other still has to say (over tcp)."""

from __future__ import annotations

import logging

import pytest

import purezmq as zmq
from purezmq.drivers import streams
from tests.robustness.raw_peer import RawPeer, command, frame

MESSAGES = [b"%06d" % number + bytes(194) for number in range(1000)]


@pytest.fixture
def push(new_socket):
    push = new_socket(zmq.PUSH)
    push.sndhwm = 0
    push.sndbuf = 1 << 18  # all of them fit into it
    push.bind("tcp://127.0.0.1:*")
    return push


@pytest.fixture
def peer(push):
    with RawPeer(push.LAST_ENDPOINT.decode(), receive_buffer=4096) as peer:
        peer.shake_hands(b"PULL")
        yield peer


@pytest.mark.parametrize("linger", [-1, 10_000])
def test_who_talks_while_it_is_left_gets_everything(push, peer, context, eventually, linger):
    push.send_many(MESSAGES)
    push.close(linger=linger)
    eventually(lambda: not push.undelivered, "the system to have everything")
    peer.socket.sendall(command(b"PONG"))
    data = b"".join(map(frame, MESSAGES))
    assert peer.receive(len(data)) == data
    assert peer.socket.recv(1) == b""
    assert context.term(timeout=10)


def test_who_is_left_without_having_listened_gets_everything(push, peer, context):
    peer.socket.sendall(command(b"PONG") * 100)
    push.send_many(MESSAGES[:5])
    push.close(linger=-1)
    assert context.term(timeout=10)
    data = b"".join(map(frame, MESSAGES[:5]))
    assert peer.receive(len(data)) == data
    assert peer.socket.recv(1) == b""


def test_with_heartbeats_the_last_message_has_arrived_before_the_end(new_socket, context):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.bind("tcp://127.0.0.1:*")
    push.heartbeat_ivl = 10
    push.connect(pull.LAST_ENDPOINT)
    push.send_many(MESSAGES)
    push.close(linger=-1)
    assert [pull.recv() for _ in MESSAGES] == MESSAGES
    pull.close()
    assert context.term(timeout=10)


def test_who_takes_nothing_does_not_hold_anybody_for_ever(push, peer, context, monkeypatch, caplog):
    monkeypatch.setattr(streams, "_STALLED_S", 0.1)
    push.send_many(MESSAGES)
    with caplog.at_level(logging.WARNING, "purezmq"):
        push.close(linger=-1)
        assert context.term(timeout=10)
    assert "has taken nothing for" in caplog.text


@pytest.mark.parametrize("room", [1, 1000])
def test_who_is_gone_is_heard_to_the_end(new_socket, eventually, room):
    pull = new_socket(zmq.PULL)
    pull.rcvhwm = room
    pull.heartbeat_ivl = 10  # soon there is something to write, and nobody to read it
    pull.bind("tcp://127.0.0.1:*")
    messages = [b"%06d" % number + bytes(500) for number in range(100)]
    with RawPeer(pull.LAST_ENDPOINT.decode()) as peer:
        peer.shake_hands(b"PUSH")
        peer.socket.sendall(b"".join(map(frame, messages)))
        peer.reset()
    eventually(
        lambda: all(stream._write_error for stream in list(pull._pump.streams)), "a PING to be refused"
    )
    assert [pull.recv() for _ in messages] == messages
    eventually(lambda: not pull.peers(), "the end of the connection")
