"""Poller: waiting for several sockets and descriptors at once."""

from __future__ import annotations

import os
import socket as os_socket
import time

import pytest

import purezmq as zmq


@pytest.fixture
def pair(new_socket, endpoint, link):
    a, b = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    link(a, b, endpoint)
    return a, b


@pytest.fixture
def os_pair():
    a, b = os_socket.socketpair()
    with a, b:
        yield a, b


def test_it_tells_what_is_readable(pair):
    a, b = pair
    poller = zmq.Poller()
    poller.register(a, zmq.POLLIN)
    poller.register(b, zmq.POLLIN)
    assert poller.poll(0) == []
    b.send(b"x")
    assert dict(poller.poll(10_000)) == {a: zmq.POLLIN}
    a.recv()
    assert poller.poll(0) == []


def test_a_message_already_waiting_is_reported_again_and_again(pair):
    a, b = pair
    poller = zmq.Poller()
    poller.register(a, zmq.POLLIN)
    b.send(b"1")
    b.send(b"2")
    for _ in range(3):
        assert poller.poll(10_000) == [(a, zmq.POLLIN)]
    a.recv()
    assert poller.poll(10_000) == [(a, zmq.POLLIN)]
    a.recv()
    assert poller.poll(0) == []


def test_it_tells_what_is_writable(new_socket, endpoint, eventually):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    push.bind(endpoint)
    poller = zmq.Poller()
    poller.register(push, zmq.POLLOUT)
    assert poller.poll(0) == []
    pull.connect(push.LAST_ENDPOINT.decode())
    assert poller.poll(10_000) == [(push, zmq.POLLOUT)]


def test_both_directions_at_once(pair):
    a, b = pair
    poller = zmq.Poller()
    poller.register(a)
    assert poller.poll(10_000) == [(a, zmq.POLLOUT)]
    b.send(b"x")
    assert a.poll(10_000)
    assert poller.poll(10_000) == [(a, zmq.POLLIN | zmq.POLLOUT)]


def test_it_wakes_when_something_arrives(pair, in_thread):
    a, b = pair
    poller = zmq.Poller()
    poller.register(a, zmq.POLLIN)
    polling = in_thread(poller.poll)
    time.sleep(0.05)
    assert polling.is_running
    b.send(b"x")
    assert polling.result() == [(a, zmq.POLLIN)]


@pytest.mark.parametrize("timeout_ms", [50, 50.7])
def test_it_gives_up_after_its_timeout(pair, timeout_ms):
    poller = zmq.Poller()
    poller.register(pair[0], zmq.POLLIN)
    start = time.monotonic()
    assert poller.poll(timeout_ms) == []
    assert 0.045 < time.monotonic() - start < 2


def test_with_nothing_registered_it_returns_at_once():
    start = time.monotonic()
    assert zmq.Poller().poll(5_000) == []
    assert time.monotonic() - start < 1


def test_raw_descriptors_can_be_polled_beside_sockets(pair, os_pair):
    a, b = pair
    here, there = os_pair
    poller = zmq.Poller()
    poller.register(a, zmq.POLLIN)
    poller.register(here.fileno(), zmq.POLLIN)
    assert poller.poll(0) == []
    there.send(b"x")
    assert poller.poll(10_000) == [(here.fileno(), zmq.POLLIN)]
    b.send(b"x")
    assert a.poll(10_000)
    assert dict(poller.poll(10_000)) == {a: zmq.POLLIN, here.fileno(): zmq.POLLIN}


def test_an_object_with_fileno_is_reported_as_its_descriptor(os_pair):
    here, there = os_pair
    poller = zmq.Poller()
    poller.register(here, zmq.POLLIN | zmq.POLLOUT)
    assert poller.poll(10_000) == [(here.fileno(), zmq.POLLOUT)]
    there.send(b"x")
    assert poller.poll(10_000) == [(here.fileno(), zmq.POLLIN | zmq.POLLOUT)]


def test_a_pipe_is_a_descriptor_too():
    reading, writing = os.pipe()
    try:
        poller = zmq.Poller()
        poller.register(reading, zmq.POLLIN)
        assert poller.poll(0) == []
        os.write(writing, b"x")
        assert poller.poll(10_000) == [(reading, zmq.POLLIN)]
    finally:
        os.close(reading)
        os.close(writing)


def test_a_descriptor_whose_other_end_is_gone_shows_it(os_pair):
    here, there = os_pair
    poller = zmq.Poller()
    poller.register(here, zmq.POLLIN)
    there.close()
    assert dict(poller.poll(10_000))[here.fileno()] & zmq.POLLIN


def test_something_that_cannot_be_polled_is_refused():
    poller = zmq.Poller()
    with pytest.raises((TypeError, ValueError, zmq.ZMQError)):
        poller.register("nonsense", zmq.POLLIN)
        poller.poll(0)


def test_membership(pair):
    a, b = pair
    poller = zmq.Poller()
    poller.register(a, zmq.POLLIN)
    assert a in poller
    assert b not in poller
    assert poller.sockets == [(a, zmq.POLLIN)]
    poller.unregister(a)
    assert a not in poller
    assert poller.sockets == []


def test_unregistering_a_stranger_is_a_key_error(pair):
    with pytest.raises(KeyError):
        zmq.Poller().unregister(pair[0])


def test_registering_again_replaces_the_flags(pair):
    a, _ = pair
    poller = zmq.Poller()
    poller.register(a, zmq.POLLOUT)
    poller.register(a, zmq.POLLIN)
    assert poller.sockets == [(a, zmq.POLLIN)]
    poller.modify(a, zmq.POLLOUT)
    assert poller.poll(10_000) == [(a, zmq.POLLOUT)]


def test_registering_for_nothing_unregisters(pair):
    a, _ = pair
    poller = zmq.Poller()
    poller.register(a, zmq.POLLIN)
    poller.register(a, 0)
    assert a not in poller


def test_the_others_stay_after_one_was_unregistered(new_socket, make_endpoint, link):
    hub = [new_socket(zmq.PAIR) for _ in range(5)]
    ends = [new_socket(zmq.PAIR) for _ in range(5)]
    poller = zmq.Poller()
    for one, other in zip(hub, ends, strict=True):
        link(one, other, make_endpoint("tcp"))
        poller.register(one, zmq.POLLIN)
    poller.unregister(hub[1])
    for end in ends:
        end.send(b"x")
    seen = set()
    deadline = time.monotonic() + 10
    while len(seen) < 4 and time.monotonic() < deadline:
        seen |= {socket for socket, _ in poller.poll(1_000)}
    assert seen == {hub[0], hub[2], hub[3], hub[4]}


def test_one_socket_in_two_pollers(pair):
    a, b = pair
    pollers = [zmq.Poller(), zmq.Poller()]
    for poller in pollers:
        poller.register(a, zmq.POLLIN)
    b.send(b"x")
    for poller in pollers:
        assert poller.poll(10_000) == [(a, zmq.POLLIN)]


def test_polling_does_not_disturb_request_and_reply(new_socket, endpoint, link):
    rep, req = new_socket(zmq.REP), new_socket(zmq.REQ)
    link(rep, req, endpoint)
    poller = zmq.Poller()
    poller.register(rep)
    poller.register(req)
    for _ in range(3):
        assert dict(poller.poll(10_000)).get(req) == zmq.POLLOUT
        req.send(b"question")
        assert rep.poll(10_000)
        assert dict(poller.poll(10_000)) == {rep: zmq.POLLIN}
        rep.recv()
        assert dict(poller.poll(10_000)) == {rep: zmq.POLLOUT}
        rep.send(b"answer")
        assert req.poll(10_000)
        assert dict(poller.poll(10_000)) == {req: zmq.POLLIN}
        assert req.recv() == b"answer"


def test_zmq_poll_is_the_same_as_a_function(pair, os_pair):
    a, b = pair
    here, there = os_pair
    assert zmq.zmq_poll([(a, zmq.POLLIN), (here.fileno(), zmq.POLLIN)], 0) == []
    there.send(b"x")
    assert zmq.zmq_poll([(a, zmq.POLLIN), (here.fileno(), zmq.POLLIN)], 10_000) == [
        (here.fileno(), zmq.POLLIN)
    ]
    b.send(b"x")
    assert zmq.zmq_poll([(a, zmq.POLLIN)], 10_000) == [(a, zmq.POLLIN)]


def test_a_hundred_sockets_of_which_one_is_ready(new_socket):
    pulls = [new_socket(zmq.PULL) for _ in range(100)]
    push = new_socket(zmq.PUSH)
    poller = zmq.Poller()
    for pull in pulls:
        pull.bind("tcp://127.0.0.1:*")
        poller.register(pull, zmq.POLLIN)
    push.connect(pulls[77].LAST_ENDPOINT.decode())
    push.send(b"x")
    assert poller.poll(10_000) == [(pulls[77], zmq.POLLIN)]
