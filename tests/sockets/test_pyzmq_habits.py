"""Small habits of pyzmq that programs have come to rely on."""

from __future__ import annotations

import threading
from unittest import mock

import pytest

import purezmq as zmq


@pytest.fixture
def begun(new_socket, link):
    """A PAIR that has received the first of three parts."""
    one, other = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    link(one, other, "tcp://127.0.0.1:*")
    other.send_multipart([b"1", b"2", b"3"])
    assert one.recv() == b"1"
    return one


def test_a_message_that_was_begun_is_readable(begun):
    poller = zmq.Poller()
    poller.register(begun, zmq.POLLIN)
    for part in (b"2", b"3"):
        assert begun.poll(10_000) == zmq.POLLIN
        assert begun.EVENTS & zmq.POLLIN
        assert poller.poll(10_000) == [(begun, zmq.POLLIN)]
        assert begun.recv() == part
    assert begun.poll(0) == 0 and poller.poll(0) == [] and not begun.EVENTS & zmq.POLLIN


def test_polling_for_room_does_not_wait_while_a_message_is_begun(begun):
    assert begun.poll(10_000, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLIN | zmq.POLLOUT


@pytest.mark.purezmq_only
def test_a_message_that_another_thread_has_begun_is_not_readable_here(begun, in_thread):
    assert in_thread(begun.poll, 10).result() == 0
    assert begun.poll(0) == zmq.POLLIN


def test_annotated_attributes_of_subclasses_can_be_set(context):
    class Annotated(zmq.Context):
        extra: str

        def __init__(self):
            super().__init__()
            self.extra = "x"

    class AnnotatedSocket(zmq.Socket):
        extra: str

    made = Annotated()
    assert made.extra == "x"
    socket = made.socket(zmq.PUSH, socket_class=AnnotatedSocket)
    socket.extra = "y"
    assert socket.extra == "y"
    with pytest.raises(AttributeError):
        socket.unheard_of = 1
    socket.close()
    made.term()


def test_a_subclass_shares_the_instance_unless_it_says_otherwise():
    class Sharing(zmq.Context):
        pass

    class Own(zmq.Context):
        _instance = None

    instance = zmq.Context.instance()
    own = Own.instance()
    assert Sharing.instance() is instance
    assert type(own) is Own and own is Own.instance()
    own.term()
    instance.term()


def test_contexts_can_be_mocked_by_their_attributes(context):
    assert mock.Mock(spec=context).socket


def test_the_shadow_of_a_terminated_context_says_so():
    context = zmq.Context()
    shadow = zmq.Context.shadow(context)
    context.term()
    with pytest.raises(zmq.ZMQError) as caught:
        shadow.socket(zmq.PUB)
    assert caught.value.errno == zmq.EFAULT


def test_a_proxy_of_one_socket_answers_itself(new_socket):
    echo, client = new_socket(zmq.REP), new_socket(zmq.REQ)
    port = echo.bind_to_random_port("tcp://127.0.0.1")
    client.connect(f"tcp://127.0.0.1:{port}")

    def run():
        with pytest.raises(zmq.ZMQError):
            zmq.device(zmq.QUEUE, echo, echo)

    running = threading.Thread(target=run, daemon=True)
    running.start()
    for _ in range(3):
        client.send(b"x")
        assert client.recv() == b"x"
    client.close()
    echo.close()
    running.join(10)


def test_a_device_with_one_socket_finds_ports_and_does_not_repeat_them():
    from purezmq.devices import ThreadDevice

    device = ThreadDevice(zmq.QUEUE, zmq.REP, -1)
    first = device.bind_in_to_random_port("tcp://127.0.0.1")
    assert device.bind_out_to_random_port("tcp://127.0.0.1")
    with pytest.raises(zmq.ZMQBindError):
        for _ in range(3):
            device.bind_in_to_random_port("tcp://127.0.0.1", first, first + 2)
