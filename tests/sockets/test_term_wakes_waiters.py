"""Context.term() wakes everybody who waits in a call on one of its sockets, and then waits for the sockets to close."""

from __future__ import annotations

import threading

import pytest

import purezmq as zmq


def wait_in_recv(socket):
    socket.recv()


def wait_in_recv_multipart(socket):
    socket.recv_multipart()


def wait_in_recv_into(socket):
    socket.recv_into(bytearray(10))


def wait_in_recv_frame(socket):
    socket.recv(copy=False)


def wait_in_send(socket):
    socket.send(b"nobody takes this")


def wait_in_poll(socket):
    while True:
        socket.poll()
        socket.get(zmq.EVENTS)


def wait_in_poller(socket):
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    while True:
        poller.poll()
        socket.get(zmq.EVENTS)


def wait_in_proxy(socket):
    with zmq.Socket(socket.context, zmq.PUSH) as backend:
        backend.linger = 0
        zmq.proxy(socket, backend)


WAITS = [
    (zmq.PULL, wait_in_recv),
    (zmq.PULL, wait_in_recv_multipart),
    (zmq.PULL, wait_in_recv_into),
    (zmq.PULL, wait_in_recv_frame),
    (zmq.PUSH, wait_in_send),
    (zmq.PULL, wait_in_poll),
    (zmq.PULL, wait_in_poller),
    (zmq.PULL, wait_in_proxy),
]


@pytest.mark.parametrize(("socket_type", "wait"), WAITS, ids=[wait.__name__ for _, wait in WAITS])
@pytest.mark.parametrize("transport", ["none", "tcp", "inproc"])
def test_a_blocked_call_raises_context_terminated(
    context, socket_type, wait, transport, make_endpoint, in_thread
):
    waiting = threading.Event()

    def wait_then_close():
        with context.socket(socket_type) as socket:
            if transport != "none":
                socket.bind(make_endpoint(transport))
            waiting.set()
            wait(socket)

    waiter = in_thread(wait_then_close)
    assert waiting.wait(10)
    with pytest.raises(TimeoutError):
        _ensure_still_blocked(waiter)
    in_thread(context.term).wait()
    with pytest.raises(zmq.ContextTerminated):
        waiter.result()


def _ensure_still_blocked(waiter):
    """Give the waiter the time to get into its call; raises TimeoutError because it must still be there."""
    waiter._thread.join(0.05)
    if waiter.is_running:
        raise TimeoutError
    waiter.result()


def test_many_waiters_are_all_woken(context, in_thread):
    ready = threading.Barrier(9)

    def receive():
        with context.socket(zmq.PULL) as socket:
            ready.wait(10)
            socket.recv()

    waiters = [in_thread(receive) for _ in range(8)]
    ready.wait(10)
    in_thread(context.term).wait()
    for waiter in waiters:
        with pytest.raises(zmq.ContextTerminated):
            waiter.result()


def test_term_waits_for_open_sockets_and_their_calls_fail(context, new_socket, in_thread, eventually):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    ending = in_thread(context.term)

    def is_terminating():
        try:
            pull.get(zmq.EVENTS)
        except zmq.ContextTerminated:
            return True
        return False

    eventually(is_terminating, "the sockets to learn of term()")
    for call in (
        lambda: pull.recv(zmq.DONTWAIT),
        lambda: push.send(b"", zmq.DONTWAIT),
        lambda: pull.bind("inproc://too-late"),
        lambda: push.connect("tcp://127.0.0.1:1"),
        lambda: pull.set(zmq.LINGER, 0),
    ):
        with pytest.raises(zmq.ContextTerminated):
            call()
    pull.close()
    assert ending.is_running
    push.close()
    ending.result()
