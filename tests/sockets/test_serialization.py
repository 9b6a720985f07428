"""send_string, send_json, send_pyobj, send_serialized and their counterparts."""

from __future__ import annotations

import decimal

import pytest

import purezmq as zmq


@pytest.fixture
def pair(new_socket, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, "tcp://127.0.0.1:*")
    return push, pull


@pytest.mark.parametrize("text", ["", "plain", "zwölf Boxkämpfer", "\U0001f600", "nul\0inside"])
def test_text_travels_as_utf_8(pair, text):
    push, pull = pair
    push.send_string(text)
    push.send_string(text)
    assert pull.recv() == text.encode()
    assert pull.recv_string() == text


def test_another_encoding_can_be_chosen(pair):
    push, pull = pair
    push.send_string("grün", encoding="latin-1")
    push.send_string("grün", encoding="latin-1")
    assert pull.recv() == b"gr\xfcn"
    assert pull.recv_string(encoding="latin-1") == "grün"


def test_bytes_are_not_text(pair):
    with pytest.raises(TypeError):
        pair[0].send_string(b"bytes")


def test_text_that_does_not_decode_says_so(pair):
    push, pull = pair
    push.send(b"\xff\xfe")
    with pytest.raises(UnicodeDecodeError):
        pull.recv_string()


def test_json(pair):
    push, pull = pair
    value = {"name": "é", "list": [1, 2.5, None, True], "nested": {"a": {}}}
    push.send_json(value)
    assert pull.recv_json() == value


def test_json_takes_the_arguments_of_the_json_module(pair):
    push, pull = pair
    push.send_json({"b": 1, "a": 2}, sort_keys=True)
    assert pull.recv() == b'{"a": 2, "b": 1}'
    push.send_json(1.5)
    assert pull.recv_json(parse_float=decimal.Decimal) == decimal.Decimal("1.5")


def test_json_can_be_a_part(pair):
    push, pull = pair
    push.send_json([1], zmq.SNDMORE)
    push.send(b"end")
    assert pull.recv_json() == [1]
    assert pull.rcvmore
    assert pull.recv() == b"end"


def test_python_objects(pair):
    push, pull = pair
    value = {"set": {1, 2}, "complex": 1j, "none": None}
    push.send_pyobj(value)
    assert pull.recv_pyobj() == value


def test_a_serializer_of_ones_own(pair):
    push, pull = pair
    push.send_serialized(["a", "b"], lambda words: [word.encode() for word in words])
    assert pull.recv_serialized(lambda frames: [bytes(frame).decode() for frame in frames]) == ["a", "b"]


def test_a_serializer_of_ones_own_without_copies(pair):
    push, pull = pair
    push.send_serialized("x" * 100, lambda text: [text.encode()], copy=False)
    frames = []
    pull.recv_serialized(frames.extend, copy=False)
    assert [type(frame) for frame in frames] == [zmq.Frame]
    assert frames[0].bytes == b"x" * 100
