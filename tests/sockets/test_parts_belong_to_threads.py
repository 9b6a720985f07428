"""A message that a thread has begun belongs to that thread, also when its identifier is used again."""

from __future__ import annotations

import threading

import purezmq as zmq
import pytest

pytestmark = pytest.mark.purezmq_only


def run_in_a_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


def test_parts_of_an_ended_thread_are_not_sent_by_the_next(new_socket, link):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, "inproc://parts")
    run_in_a_thread(lambda: push.send(b"left over", zmq.SNDMORE))
    for number in range(5):  # one of these threads very likely gets the identifier of the first
        run_in_a_thread(lambda n=number: push.send(b"%d" % n))
        assert pull.recv_multipart() == [b"%d" % number]


def test_parts_of_an_ended_thread_are_not_received_by_the_next(new_socket, link):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, "inproc://parts")
    for number in range(6):
        push.send_multipart([b"first %d" % number, b"second"])
    received = []
    for _ in range(6):
        run_in_a_thread(lambda: received.append(pull.recv()))
    assert received == [b"first %d" % number for number in range(6)]


def test_a_timeout_counts_while_another_thread_is_in_the_middle_of_a_message(new_socket):
    push = new_socket(zmq.PUSH, linger=0)
    pull = new_socket(zmq.PULL, rcvhwm=1)
    push.sndhwm = 1
    pull.bind("inproc://full")
    push.connect("inproc://full")
    began, end = threading.Event(), threading.Event()

    def begin():
        push.send(b"begun", zmq.SNDMORE)
        began.set()
        end.wait(20)

    thread = threading.Thread(target=begin)
    thread.start()
    assert began.wait(20)
    try:
        with pytest.raises(zmq.Again):
            for _ in range(10):
                push.send_multipart([b"a", b"b"], timeout=50)
    finally:
        end.set()
        thread.join(20)


def test_send_multipart_ends_a_message_that_send_began(new_socket, link):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, "inproc://parts")
    push.send(b"a", zmq.SNDMORE)
    push.send_multipart([b"b", b"c"])
    assert pull.recv_multipart() == [b"a", b"b", b"c"]
