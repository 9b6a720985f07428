"""What becomes of unsent messages when a socket is closed."""

from __future__ import annotations

import time

import pytest

import purezmq as zmq


def duration_of(call):
    start = time.monotonic()
    call()
    return time.monotonic() - start


def test_the_default_is_to_wait_for_ever_except_for_subscribers(new_socket):
    assert new_socket(zmq.PUSH).linger == -1
    assert new_socket(zmq.SUB).linger == 0
    assert new_socket(zmq.XSUB).linger == 0


@pytest.mark.parametrize("how", ["option", "close argument"])
def test_linger_zero_forgets_messages_for_a_peer_that_never_came(
    context, new_socket, future_endpoint, in_thread, how
):
    push = new_socket(zmq.PUSH)
    push.connect(future_endpoint)
    push.send(b"nobody will ever read this")
    if how == "option":
        push.linger = 0
        push.close()
    else:
        push.close(linger=0)
    assert duration_of(in_thread(context.term).result) < 2


def test_term_waits_as_long_as_a_positive_linger(context, new_socket, make_future_endpoint, in_thread):
    push = new_socket(zmq.PUSH)
    push.connect(make_future_endpoint("tcp"))
    push.send(b"nobody will ever read this")
    push.close(linger=300)
    assert 0.2 < duration_of(in_thread(context.term).result) < 5


@pytest.mark.parametrize("transport", ["tcp", "ipc", "tls+tcp", "ws"])
def test_lingering_for_ever_delivers_to_a_peer_that_comes_late(
    make_context, new_socket, make_future_endpoint, in_thread, transport
):
    endpoint = make_future_endpoint(transport)
    sender = make_context()
    push = new_socket(zmq.PUSH, of=sender)
    push.connect(endpoint)
    push.send(b"better late")
    push.close()
    ending = in_thread(sender.term)
    time.sleep(0.2)  # nothing announces that term() waits; it must still do so after a while
    assert ending.is_running
    pull = new_socket(zmq.PULL)
    pull.bind(endpoint)
    assert pull.recv() == b"better late"
    ending.result()


@pytest.mark.parametrize("transport", ["tcp", "ipc", "tls+tcp", "ws"])
def test_close_returns_at_once_and_everything_still_arrives(
    make_context, new_socket, make_endpoint, link, in_thread, transport
):
    sender = make_context()
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH, of=sender)
    link(pull, push, make_endpoint(transport))
    for number in range(900):
        push.send(b"%d" % number)
    assert duration_of(push.close) < 1
    ending = in_thread(sender.term)
    assert [int(pull.recv()) for _ in range(900)] == list(range(900))
    ending.result()


@pytest.mark.purezmq_only  # over ipc libzmq stops reading when the peer closes while its own queue is full
@pytest.mark.parametrize("transport", ["tcp", "ipc", "tls+tcp", "ws"])
def test_a_full_receiver_still_gets_everything_from_a_closed_sender(
    make_context, new_socket, make_endpoint, link, in_thread, transport
):
    sender = make_context()
    pull, push = new_socket(zmq.PULL, rcvhwm=10), new_socket(zmq.PUSH, of=sender)
    link(pull, push, make_endpoint(transport))
    for number in range(900):
        push.send(b"%d" % number)
    push.close()
    ending = in_thread(sender.term)
    assert [int(pull.recv()) for _ in range(900)] == list(range(900))
    ending.result()


def test_messages_in_an_inproc_pipe_outlive_their_sender(new_socket, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, "inproc://outlives")
    for number in range(10):
        push.send(b"%d" % number)
    push.close()
    assert [int(pull.recv()) for _ in range(10)] == list(range(10))


def test_a_pending_inproc_connection_does_not_hold_up_term(context, new_socket, in_thread):
    push = new_socket(zmq.PUSH)
    push.connect("inproc://never-bound")
    push.send(b"lost")
    push.close()
    assert duration_of(in_thread(context.term).result) < 2


def test_disconnect_with_linger_still_delivers(new_socket, wire_endpoint, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    address = link(pull, push, wire_endpoint)
    for number in range(100):
        push.send(b"%d" % number)
    push.disconnect(address)
    assert [int(pull.recv()) for _ in range(100)] == list(range(100))


def test_destroy_takes_a_linger_for_all_sockets(context, new_socket, make_future_endpoint, in_thread):
    for _ in range(3):
        push = new_socket(zmq.PUSH)
        push.connect(make_future_endpoint("tcp"))
        push.send(b"nobody")
    in_thread(context.destroy, 0).result()
    assert context.closed
