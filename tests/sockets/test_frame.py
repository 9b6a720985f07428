"""Frame: one part of a message as an object."""

from __future__ import annotations

import copy

import pytest

import purezmq as zmq


def test_a_frame_holds_bytes():
    frame = zmq.Frame(b"hello")
    assert frame.bytes == bytes(frame) == b"hello"
    assert len(frame) == 5
    assert frame.more is False


def test_message_is_another_name():
    assert zmq.Message is zmq.Frame


def test_without_data_it_is_empty():
    frame = zmq.Frame()
    assert len(frame) == 0
    assert frame.bytes == b""


@pytest.mark.parametrize(
    "data", [b"abc", bytearray(b"abc"), memoryview(b"abc")], ids=["bytes", "bytearray", "view"]
)
def test_it_takes_any_buffer(data):
    assert zmq.Frame(data).bytes == b"abc"


@pytest.mark.parametrize("data", ["text", 3], ids=["str", "int"])
def test_it_takes_nothing_else(data):
    with pytest.raises(TypeError):
        zmq.Frame(data)


def test_buffer_is_a_view_of_bytes():
    buffer = zmq.Frame(b"abc").buffer
    assert isinstance(buffer, memoryview)
    assert (buffer.format, buffer.itemsize, buffer.nbytes, bytes(buffer)) == ("B", 1, 3, b"abc")


def test_a_frame_is_itself_a_buffer():
    assert bytes(memoryview(zmq.Frame(b"abc"))) == b"abc"


def test_bytes_are_made_once():
    frame = zmq.Frame(b"x" * 100)
    assert frame.bytes is frame.bytes


def test_frames_are_equal_only_to_themselves():
    frame = zmq.Frame(b"abc")
    assert frame == frame
    assert frame != zmq.Frame(b"abc")


def test_a_copy_has_the_same_content():
    frame = zmq.Frame(b"abc" * 1000)
    duplicate = copy.copy(frame)
    assert duplicate is not frame
    assert duplicate.bytes == frame.bytes


def test_a_short_frame_shows_its_bytes_and_a_long_one_its_size():
    assert repr(zmq.Frame(b"abc")) == "<zmq.Frame(b'abc')>"
    assert repr(zmq.Frame(b"x" * 20)) == "<zmq.Frame(b'xxxxxxxxxxxx'...20B)>"
    assert "kB" in repr(zmq.Frame(b"x" * 5000))
    assert str(zmq.Frame(b"abc")) == repr(zmq.Frame(b"abc"))


def test_without_copying_the_frame_shows_changes_of_its_source():
    source = bytearray(b"abc")
    frame = zmq.Frame(source, copy=False)
    source[0:1] = b"X"
    assert bytes(frame.buffer) == b"Xbc"


def test_with_copying_it_does_not():
    source = bytearray(b"abc")
    frame = zmq.Frame(source, copy=True)
    source[0:1] = b"X"
    assert bytes(frame.buffer) == b"abc"


def test_more_can_be_read_as_an_option_too():
    frame = zmq.Frame(b"abc")
    assert frame.get(zmq.MORE) == 0


def test_options_cannot_be_set():
    with pytest.raises(zmq.ZMQError):
        zmq.Frame(b"abc").set(zmq.MORE, 1)


@pytest.mark.parametrize("key", ["Socket-Type", "User-Id", "No-Such-Property"])
def test_a_local_frame_has_no_properties(key):
    frame = zmq.Frame(b"abc")
    with pytest.raises(zmq.ZMQError):
        frame.get(key)
    with pytest.raises(zmq.ZMQError):
        frame[key]


def test_a_received_frame_knows_its_peer(new_socket, link):
    router, dealer = new_socket(zmq.ROUTER), new_socket(zmq.DEALER, routing_id=b"me")
    link(router, dealer, "tcp://127.0.0.1:*")
    dealer.send(b"hello")
    for frame in router.recv_multipart(copy=False):
        assert frame["Socket-Type"] == frame.get("Socket-Type") == "DEALER"
        assert frame["Identity"] == "me"
        assert frame["Peer-Address"] == "127.0.0.1"
        with pytest.raises(zmq.ZMQError):
            frame["User-Id"]


def test_over_inproc_there_are_no_properties(new_socket, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, "inproc://properties")
    push.send(b"hello")
    with pytest.raises(zmq.ZMQError):
        pull.recv(copy=False)["Socket-Type"]


def test_metadata_of_the_peer_can_be_read(new_socket, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    push.set(zmq.METADATA, b"X-hello:a longer value")
    link(pull, push, "tcp://127.0.0.1:*")
    push.send(b"x")
    assert pull.recv(copy=False)["X-hello"] == "a longer value"
