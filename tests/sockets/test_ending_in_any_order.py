"""Closing, disconnecting, unbinding and terminating, in every order, with messages under way: nothing hangs."""

from __future__ import annotations

import errno
import itertools

import pytest

import purezmq as zmq

STEPS = ["disconnect", "unbind", "close sender", "close receiver"]


@pytest.mark.parametrize("order", list(itertools.permutations(STEPS)), ids=", ".join)
def test_one_after_the_other(make_context, new_socket, endpoint, link, in_thread, order):
    context = make_context()
    push, pull = new_socket(zmq.PUSH, of=context, linger=100), new_socket(zmq.PULL, of=context)
    address = link(pull, push, endpoint)
    for _ in range(50):
        push.send(b"x" * 1000)
    pull.recv()
    actions = {
        "disconnect": lambda: push.closed or push.disconnect(address),
        "unbind": lambda: pull.closed or pull.unbind(address),
        "close sender": push.close,
        "close receiver": pull.close,
    }
    for step in order:
        try:
            actions[step]()
        except zmq.ZMQError as error:
            assert error.errno == errno.ENOENT  # an inproc connection ends together with its peer
    in_thread(context.term).result()


@pytest.mark.parametrize("repeat", range(5))
def test_all_at_once(make_context, new_socket, endpoint, link, in_thread, repeat):
    sending, receiving = make_context(), make_context()
    if endpoint.startswith("inproc"):
        receiving = sending
    push, pull = new_socket(zmq.PUSH, of=sending, linger=0), new_socket(zmq.PULL, of=receiving, linger=0)
    link(pull, push, endpoint)

    def send():
        try:
            while True:
                push.send(b"x" * 100)
        except zmq.ContextTerminated:
            push.close()

    def receive():
        try:
            while True:
                pull.recv()
        except zmq.ContextTerminated:
            pull.close()

    working = [in_thread(send), in_thread(receive)]
    ending = [in_thread(context.term) for context in {sending, receiving}]
    for thread in (*working, *ending):
        thread.result()


def test_sockets_that_come_and_go_under_load(new_socket, endpoint):
    pull = new_socket(zmq.PULL)
    pull.bind(endpoint)
    address = pull.LAST_ENDPOINT.decode()
    for number in range(100):
        with new_socket(zmq.PUSH) as push:
            push.connect(address)
            push.send(b"%d" % number)
    assert {int(pull.recv()) for _ in range(100)} == set(range(100))
