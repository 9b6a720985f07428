"""send_obj and recv_obj, and the warning of recv_pyobj."""

from __future__ import annotations

import builtins
import datetime
import json
import warnings

import pytest

import purezmq as zmq
from purezmq import _objects, _trust

msgpack = pytest.importorskip("msgpack")

pytestmark = pytest.mark.purezmq_only

OBJECT = {"name": "é", "list": [1, -2, 2.5, None, True, 2**63], "nested": {"a": {}}}


@pytest.fixture
def pair(new_socket, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, "tcp://127.0.0.1:*")
    return push, pull


@pytest.fixture
def without_msgpack(monkeypatch):
    monkeypatch.setattr(_objects, "_msgpack", lambda: None)


@pytest.mark.parametrize("codec", [None, "msgpack", "json"])
def test_objects_travel(pair, codec):
    push, pull = pair
    push.send_obj(OBJECT, codec=codec)
    assert pull.recv_obj() == OBJECT


@pytest.mark.parametrize("obj", [0, 49, 127, 128, -1, "", "1", [], {}, None, True, 1.5, "[", 0x7B])
@pytest.mark.parametrize("codec", ["msgpack", "json"])
def test_the_first_byte_tells_which_it_is(obj, codec):
    data = _objects.dumps(obj, codec)
    assert _objects.loads(data) == obj
    # and others read it, too
    assert (msgpack.unpackb(data) if codec == "msgpack" else json.loads(data)) == obj


def test_msgpack_has_bytes_times_and_numbers_as_keys():
    moment = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
    assert _objects.loads(_objects.dumps({1: b"\x00\xff", "at": moment})) == {1: b"\x00\xff", "at": moment}


def test_without_msgpack_it_is_json(without_msgpack):
    assert _objects.dumps([1, "a"]) == b'[1, "a"]'
    with pytest.raises(TypeError, match=r"purezmq\[msgpack\]"):
        _objects.dumps(b"bytes")
    with pytest.raises(ImportError, match=r"purezmq\[msgpack\]"):
        _objects.dumps(1, "msgpack")
    with pytest.raises(ImportError, match=r"purezmq\[msgpack\]"):
        _objects.loads(msgpack.packb([1]))


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"{", b"\x01", b"\x93\x01", b"\x80\x80", b"[" * 100_000, b"\x91" * 100_000]
)
def test_what_is_no_object_is_a_value_error(data):
    with pytest.raises(ValueError):
        _objects.loads(data)


def test_an_unknown_codec_is_refused():
    with pytest.raises(ValueError, match="codec"):
        _objects.dumps(1, "pickle")


def test_nothing_is_run(pair, monkeypatch):
    push, pull = pair
    ran = []
    monkeypatch.setattr(builtins, "eval", ran.append)
    push.send_pyobj(Malicious())
    with pytest.raises(ValueError):
        pull.recv_obj()
    assert not ran


class Malicious:
    def __reduce__(self):
        return eval, ("1",)


# recv_pyobj


def peer_from(pull, address):
    (stream,) = pull._pump.streams
    stream.session.peer_address = address


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "[::1]", "::1", ""])
def test_pickles_from_this_machine_are_no_reason_to_warn(pair, address):
    push, pull = pair
    push.send_pyobj({1})
    assert pull.poll(10_000)
    peer_from(pull, address)
    assert pull.recv_pyobj() == {1}


@pytest.mark.parametrize("address", ["192.0.2.7", "[2001:db8::7]", "fe80::1%eth0"])
def test_pickles_from_strangers_are_said_once(pair, address):
    push, pull = pair
    push.send_pyobj({1})
    push.send_pyobj({2})
    assert pull.poll(10_000)
    peer_from(pull, address)
    with pytest.warns(zmq.UnsafePickleWarning, match="send_obj") as said:
        assert pull.recv_pyobj() == {1}
    assert said[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pull.recv_pyobj() == {2}


def test_strangers_that_have_authenticated_themselves_are_none(pair):
    push, pull = pair
    push.send(b"")
    assert pull.poll(10_000)
    peer_from(pull, "192.0.2.7")
    assert _trust.stranger_among_peers(pull._pump) == "192.0.2.7"
    pull.plain_server = 1
    assert _trust.stranger_among_peers(pull._pump) is None
