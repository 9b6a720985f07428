"""Descriptor numbers are reused: a poller must not take a new descriptor for an old one."""

from __future__ import annotations

import os

import purezmq as zmq


def test_a_poller_hears_a_socket_that_was_made_after_another_was_closed(new_socket):
    poller = zmq.Poller()
    for _ in range(5):
        pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
        port = pull.bind_to_random_port("tcp://127.0.0.1")
        poller.register(pull, zmq.POLLIN)
        assert poller.poll(0) == []
        push.connect(f"tcp://127.0.0.1:{port}")
        push.send(b"x")
        assert poller.poll(10_000) == [(pull, zmq.POLLIN)]
        poller.unregister(pull)
        pull.close()
        push.close()


def test_a_poller_hears_a_pipe_under_the_number_of_a_closed_one():
    poller = zmq.Poller()
    numbers = set()
    for _ in range(5):
        reader, writer = os.pipe()
        numbers.add(reader)
        try:
            poller.register(reader, zmq.POLLIN)
            assert poller.poll(0) == []
            os.write(writer, b"x")
            assert poller.poll(10_000) == [(reader, zmq.POLLIN)]
        finally:
            os.close(reader)
            os.close(writer)
    assert len(numbers) == 1
