"""What send and send_multipart take, what they refuse, and that refusing sends nothing."""

from __future__ import annotations

import array

import pytest

import purezmq as zmq


@pytest.fixture
def pair(new_socket, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, "inproc://what-can-be-sent")
    return push, pull


@pytest.mark.parametrize("copy", [True, False], ids=["copy", "no copy"])
@pytest.mark.parametrize(
    "data",
    [
        b"bytes",
        bytearray(b"bytearray"),
        memoryview(b"view")[1:],
        array.array("i", [1, 2, 3]),
        memoryview(b""),
    ],
    ids=["bytes", "bytearray", "slice", "array", "empty"],
)
def test_any_contiguous_buffer(pair, data, copy):
    push, pull = pair
    push.send(data, copy=copy)
    assert pull.recv() == bytes(data)


@pytest.mark.parametrize("copy", [True, False], ids=["copy", "no copy"])
def test_a_view_with_gaps_is_a_buffer_error(pair, copy):
    push, pull = pair
    with pytest.raises(BufferError):
        push.send(memoryview(b"abcdef")[::2], copy=copy)
    assert pull.poll(0) == 0


@pytest.mark.parametrize(
    "data", ["text", 5, None, [b"list"], object()], ids=["str", "int", "None", "list", "object"]
)
def test_anything_else_is_a_type_error(pair, data):
    push, pull = pair
    with pytest.raises(TypeError):
        push.send(data)
    assert pull.poll(0) == 0


def test_text_gets_a_hint(pair):
    with pytest.raises(TypeError, match="send_string"):
        pair[0].send("text")


def test_an_empty_list_is_an_index_error(pair):
    with pytest.raises(IndexError):
        pair[0].send_multipart([])


@pytest.mark.parametrize("bad", ["text", 7, None])
def test_a_bad_part_is_named_by_its_index_and_nothing_is_sent(pair, bad):
    push, pull = pair
    with pytest.raises(TypeError, match="2"):
        push.send_multipart([b"good", b"also good", bad, b"good again"])
    assert pull.poll(0) == 0
    push.send(b"next")
    assert pull.recv_multipart() == [b"next"]


def test_text_instead_of_a_list_of_parts_is_a_type_error(pair):
    push, pull = pair
    with pytest.raises(TypeError):
        push.send_multipart("text")
    assert pull.poll(0) == 0


def test_the_buffer_may_be_reused_after_a_copying_send(pair):
    push, pull = pair
    data = bytearray(b"before")
    push.send(data)
    data[:] = b"AFTER!"
    assert pull.recv() == b"before"


def test_the_same_frame_can_be_sent_twice(pair):
    push, pull = pair
    frame = zmq.Frame(b"again and again")
    push.send(frame)
    push.send(frame)
    assert [pull.recv(), pull.recv()] == [b"again and again"] * 2
    assert frame.bytes == b"again and again"


@pytest.mark.parametrize("kind", [zmq.PULL, zmq.SUB], ids=str)
def test_a_receiving_socket_cannot_send(new_socket, kind):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(kind).send(b"")
    assert caught.value.errno == zmq.ENOTSUP


@pytest.mark.parametrize("kind", [zmq.PUSH, zmq.PUB], ids=str)
def test_a_sending_socket_cannot_receive(new_socket, kind):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(kind).recv()
    assert caught.value.errno == zmq.ENOTSUP


@pytest.mark.parametrize("size", [0, 1, 29, 30, 33, 254, 255, 256, 8191, 8192, 8193, 65535, 65536, 1 << 20])
def test_every_size_arrives_intact(new_socket, endpoint, link, size):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)
    data = bytes(range(256)) * (size // 256 + 1)
    push.send(data[:size])
    assert pull.recv() == data[:size]


def test_64_mebibytes_in_one_frame(new_socket, endpoint, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)
    data = bytes(range(256)) * (64 << 12)
    push.send(data)
    assert pull.recv() == data
