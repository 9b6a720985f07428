"""The system calls of a stream: what they bring, and how they say that they did not work."""

from __future__ import annotations

import errno
import socket

import pytest

from purezmq.drivers.kernel import BEHIND_BODY, Wire
from purezmq.zmtp.large_body import LargeBody

DATA = bytes(range(256)) * 400


@pytest.fixture
def ends():
    """A wire on one end of a stream, and the other end."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        theirs.settimeout(10)
        yield Wire(ours), ours, theirs


def receive(theirs, size):
    parts = []
    while size:
        parts.append(theirs.recv(size))
        size -= len(parts[-1])
    return b"".join(parts)


@pytest.mark.parametrize("size", [1, 16 * 1024, 16 * 1024 + 1, 256 * 1024])
def test_reading_takes_what_is_there_and_no_more_than_asked(ends, size):
    wire, _, theirs = ends
    theirs.sendall(DATA[:50_000])
    assert wire.read(size)
    assert wire.data == DATA[: min(size, 50_000)]


@pytest.mark.parametrize("size", [1000, 100_000])
def test_nothing_there_is_no_end(ends, size):
    wire, _, theirs = ends
    assert not wire.read(size) and wire.error == errno.EAGAIN and wire.data == b""
    assert not wire.read_into(LargeBody(0, 1000, b"")) and wire.error == errno.EAGAIN and not wire.in_body
    theirs.close()
    assert wire.read(size) and wire.data == b""
    assert wire.read_into(LargeBody(0, 1000, b"")) and not wire.in_body and wire.data == b""


@pytest.mark.parametrize("behind", [0, 1, BEHIND_BODY, BEHIND_BODY + 1])
def test_a_body_and_a_little_more(ends, behind):
    wire, _, theirs = ends
    body = LargeBody(0, 80_000, DATA[:1000])
    theirs.sendall(DATA[1000 : 80_000 + behind])
    while not body.is_complete:
        assert wire.read_into(body) and wire.in_body
        body.received(wire.in_body)
        if not body.is_complete:
            assert wire.data == b""
    assert body.take() == DATA[:80_000]
    rest = wire.data
    if len(rest) < behind:
        assert wire.read(BEHIND_BODY)
        rest += wire.data
    assert rest == DATA[80_000 : 80_000 + behind] and len(rest) == behind


def test_nothing_behind_a_body_that_needs_more_memory(ends, monkeypatch):
    monkeypatch.setattr("purezmq.zmtp.large_body.FIRST_ALLOCATION", 1000)
    wire, _, theirs = ends
    body = LargeBody(0, 5000, b"")
    theirs.sendall(DATA[:5010])
    sizes = []
    while not body.is_complete:
        assert wire.read_into(body)
        sizes.append(wire.in_body)
        body.received(wire.in_body)
    assert sizes == [1000, 1000, 2000, 1000]
    assert body.take() == DATA[:5000] and wire.data == DATA[5000:5010]


@pytest.mark.parametrize("kind", [bytes, memoryview, bytearray])
@pytest.mark.parametrize("size", [10, 100_000])
def test_writing(ends, kind, size):
    wire, ours, theirs = ends
    data = kind(DATA[:size])
    assert wire.send(data) and wire.offered == size and 0 < wire.written <= size
    assert receive(theirs, wire.written) == DATA[: wire.written]
    buffers = [b"head", data, b"", memoryview(DATA)[5:9]]
    assert wire.send_all(buffers) and wire.offered == size + 8
    assert receive(theirs, wire.written) == b"".join(buffers)[: wire.written]


@pytest.mark.parametrize("size", [100_000, 1 << 20])
def test_a_full_stream_takes_a_part_and_then_nothing(ends, size):
    wire, _, theirs = ends
    data = bytes(size)
    sent = 0
    while wire.send_all([data, data]):
        assert 0 < wire.written <= wire.offered == 2 * size
        sent += wire.written
        assert sent < 1 << 26
    assert wire.error == errno.EAGAIN and not wire.written
    assert not wire.send(data) and wire.error == errno.EAGAIN and not wire.written
    assert receive(theirs, sent) == bytes(sent)


def test_more_buffers_than_one_call_takes(ends):
    wire, _, theirs = ends
    assert wire.send_all([b"x"] * 64) and wire.written == 64
    assert receive(theirs, 64) == b"x" * 64


def test_a_peer_that_is_gone(ends):
    wire, _, theirs = ends
    theirs.close()
    assert not wire.send(b"x") and wire.error == errno.EPIPE
    assert not wire.send_all([b"x", b"y"]) and wire.error == errno.EPIPE


def test_what_is_no_buffer_is_the_callers_mistake(ends):
    wire, _, _ = ends
    with pytest.raises(TypeError):
        wire.send_all([b"x", 3])
    assert wire.send(b"x")


def test_after_the_end_the_number_of_the_descriptor_is_not_used(ends):
    wire, ours, theirs = ends
    ours.close()
    wire.fd = -1
    assert not wire.send(b"x") and wire.error == errno.EBADF
    assert not wire.read(10) and wire.error == errno.EBADF
