"""recv_into: receiving into memory that the caller owns."""

from __future__ import annotations

import array

import pytest

import purezmq as zmq


@pytest.fixture
def pair(new_socket, endpoint, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)
    return push, pull


def test_it_fills_the_buffer_and_returns_the_size(pair):
    push, pull = pair
    push.send(b"hello")
    buffer = bytearray(b"........")
    assert pull.recv_into(buffer) == 5
    assert buffer == b"hello..."


def test_a_longer_message_is_cut_and_its_real_size_returned(pair):
    push, pull = pair
    push.send(b"hello world")
    push.send(b"next")
    buffer = bytearray(5)
    assert pull.recv_into(buffer) == 11
    assert buffer == b"hello"
    assert pull.recv() == b"next"


def test_nbytes_limits_what_is_written(pair):
    push, pull = pair
    push.send(b"hello")
    buffer = bytearray(b"........")
    assert pull.recv_into(buffer, nbytes=2) == 5
    assert buffer == b"he......"


def test_part_by_part(pair):
    push, pull = pair
    push.send_multipart([b"one", b"two"])
    buffer = bytearray(3)
    assert pull.recv_into(buffer) == 3
    assert (bytes(buffer), pull.rcvmore) == (b"one", 1)
    assert pull.recv_into(buffer) == 3
    assert (bytes(buffer), pull.rcvmore) == (b"two", 0)


def test_into_a_slice(pair):
    push, pull = pair
    push.send(b"XY")
    buffer = bytearray(b"abcdef")
    pull.recv_into(memoryview(buffer)[2:4])
    assert buffer == b"abXYef"


def test_into_an_array_of_wider_items(pair):
    push, pull = pair
    push.send(array.array("i", [7, 8]).tobytes())
    target = array.array("i", [0, 0])
    assert pull.recv_into(target) == 2 * target.itemsize
    assert list(target) == [7, 8]


def test_a_large_message(pair):
    push, pull = pair
    data = bytes(range(256)) * 4096
    push.send(data)
    buffer = bytearray(len(data))
    assert pull.recv_into(buffer) == len(data)
    assert buffer == data


def test_an_empty_message(pair):
    push, pull = pair
    push.send(b"")
    assert pull.recv_into(bytearray(3)) == 0


@pytest.mark.parametrize("target", [b"read-only", memoryview(bytearray(8))[::2]], ids=["read-only", "gaps"])
def test_memory_that_cannot_be_written_is_refused_and_the_message_kept(pair, target):
    push, pull = pair
    push.send(b"kept")
    with pytest.raises((BufferError, TypeError, ValueError)):
        pull.recv_into(target)
    assert pull.recv() == b"kept"


def test_nbytes_beyond_the_buffer_is_a_value_error(pair):
    with pytest.raises(ValueError):
        pair[1].recv_into(bytearray(3), nbytes=4)


def test_dontwait(pair):
    with pytest.raises(zmq.Again):
        pair[1].recv_into(bytearray(3), flags=zmq.DONTWAIT)
