"""A closed socket: every call but close() says ENOTSOCK."""

from __future__ import annotations

import gc

import pytest

import purezmq as zmq

CALLS = {
    "send": lambda s: s.send(b""),
    "send_multipart": lambda s: s.send_multipart([b""]),
    "send_string": lambda s: s.send_string(""),
    "recv": lambda s: s.recv(),
    "recv frame": lambda s: s.recv(copy=False),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_into": lambda s: s.recv_into(bytearray(1)),
    "bind": lambda s: s.bind("inproc://closed"),
    "connect": lambda s: s.connect("inproc://closed"),
    "unbind": lambda s: s.unbind("inproc://closed"),
    "disconnect": lambda s: s.disconnect("inproc://closed"),
    "get": lambda s: s.get(zmq.LINGER),
    "set": lambda s: s.set(zmq.LINGER, 0),
    "fileno": lambda s: s.fileno(),
    "monitor": lambda s: s.monitor("inproc://closed.monitor", zmq.EVENT_ALL),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_calls_raise_enotsock(new_socket, call):
    socket = new_socket(zmq.DEALER)
    socket.close()
    with pytest.raises(zmq.ZMQError) as caught:
        call(socket)
    assert caught.value.errno == zmq.ENOTSOCK


def test_poll_raises_enotsup(new_socket):
    socket = new_socket(zmq.DEALER)
    socket.close()
    with pytest.raises(zmq.ZMQError) as caught:
        socket.poll(0)
    assert caught.value.errno == zmq.ENOTSUP


def test_close_may_be_repeated(new_socket):
    socket = new_socket(zmq.DEALER)
    assert not socket.closed
    socket.close()
    socket.close()
    socket.close(linger=0)
    assert socket.closed


def test_leaving_the_with_block_closes(new_socket):
    with new_socket(zmq.DEALER) as socket:
        assert not socket.closed
    assert socket.closed


def test_repr_names_the_type_and_tells_that_it_is_closed(new_socket):
    socket = new_socket(zmq.DEALER)
    assert "DEALER" in repr(socket)
    assert "closed" not in repr(socket)
    socket.close()
    assert "closed" in repr(socket)


def test_a_forgotten_socket_is_closed_with_a_warning(context, new_socket, eventually):
    socket = context.socket(zmq.PULL)
    socket.bind("inproc://forgotten")
    with pytest.warns(ResourceWarning):
        del socket
        gc.collect()
    successor = new_socket(zmq.PULL)

    def can_bind():
        try:
            successor.bind("inproc://forgotten")
        except zmq.ZMQError as error:
            assert error.errno == zmq.EADDRINUSE
            return False
        return True

    eventually(can_bind, "the name of the forgotten socket to be free")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_forgotten_socket_is_closed_even_where_warnings_are_errors(context, in_thread):
    socket = context.socket(zmq.PULL)
    del socket
    gc.collect()
    in_thread(context.term).result()


def test_close_frees_the_tcp_port_for_the_next_bind(new_socket, eventually):
    first = new_socket(zmq.PULL)
    first.bind("tcp://127.0.0.1:*")
    address = first.LAST_ENDPOINT.decode()
    first.close()
    second = new_socket(zmq.PULL)

    def rebinds():
        try:
            second.bind(address)
        except zmq.ZMQError as error:
            assert error.errno == zmq.EADDRINUSE
            return False
        return True

    eventually(rebinds, f"{address} to be free again")
