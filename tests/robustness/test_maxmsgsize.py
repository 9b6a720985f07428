"""MAXMSGSIZE: a larger frame ends the connection that sends it."""

from __future__ import annotations

import pytest

import purezmq as zmq

from .raw_peer import COMMAND, MORE, RawPeer, frame, header

LIMIT = 1000


@pytest.fixture
def pull(new_socket):
    socket = new_socket(zmq.PULL, maxmsgsize=LIMIT)
    socket.bind("tcp://127.0.0.1:*")
    return socket


@pytest.fixture
def peer(pull):
    with RawPeer(pull.LAST_ENDPOINT.decode()) as raw:
        raw.shake_hands(b"PUSH")
        yield raw


def test_a_frame_of_the_limit_is_fine(pull, peer):
    peer.try_send(frame(b"x" * LIMIT))
    assert pull.recv() == b"x" * LIMIT


def test_one_byte_more_ends_the_connection(pull, peer):
    peer.try_send(frame(b"fine") + frame(b"x" * (LIMIT + 1)))
    assert pull.recv() == b"fine"
    assert peer.is_closed_by_the_other_end()
    assert pull.poll(50) == 0


def test_the_length_alone_is_enough(pull, peer):
    peer.try_send(header(0, LIMIT + 1))
    assert peer.is_closed_by_the_other_end()


def test_commands_are_limited_too(peer):
    peer.try_send(header(COMMAND, LIMIT + 1))
    assert peer.is_closed_by_the_other_end()


def test_every_part_may_have_the_limit(pull, peer):
    peer.try_send(frame(b"x" * LIMIT, MORE) * 5 + frame(b"end"))
    assert pull.recv_multipart() == [b"x" * LIMIT] * 5 + [b"end"]


def test_a_message_with_one_part_too_large_is_not_delivered(pull, peer):
    peer.try_send(frame(b"small", MORE) + frame(b"x" * (LIMIT + 1)))
    assert peer.is_closed_by_the_other_end()
    assert pull.poll(50) == 0


def test_others_are_not_affected(new_socket, pull, peer):
    good = new_socket(zmq.PUSH)
    good.connect(pull.LAST_ENDPOINT.decode())
    good.send(b"before")
    assert pull.recv() == b"before"
    peer.try_send(header(0, LIMIT + 1))
    assert peer.is_closed_by_the_other_end()
    good.send(b"after")
    assert pull.recv() == b"after"


def test_without_a_limit_there_is_none(new_socket):
    pull = new_socket(zmq.PULL)
    pull.bind("tcp://127.0.0.1:*")
    with RawPeer(pull.LAST_ENDPOINT.decode()) as raw:
        raw.shake_hands(b"PUSH")
        raw.socket.sendall(frame(b"x" * 5_000_000))
        assert pull.recv() == b"x" * 5_000_000


def test_inproc_has_no_limit(new_socket, link):
    pull, push = new_socket(zmq.PULL, maxmsgsize=LIMIT), new_socket(zmq.PUSH)
    link(pull, push, "inproc://no-limit")
    push.send(b"x" * (LIMIT + 1))
    assert pull.recv() == b"x" * (LIMIT + 1)
