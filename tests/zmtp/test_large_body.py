"""Large frame bodies: memory of their own, and no more of it than the peer has earned."""

from __future__ import annotations

import time
import tracemalloc
from collections import deque

import pytest

from purezmq.base.message import PipeItem
from purezmq.zmtp import large_body
from purezmq.zmtp.decoder import LARGE_BODY, Decoder
from purezmq.zmtp.large_body import LargeBody

from .helpers import PLENTY


def header(length: int, flags: int = 0) -> bytes:
    return bytes((flags | 2,)) + length.to_bytes(8, "big")


def read_into(decoder: Decoder, data: bytes, step: int) -> None:
    """What recv_into does."""
    position = 0
    while position < len(data):
        buffer = decoder.body_buffer()
        assert buffer is not None
        n = min(step, len(buffer), len(data) - position)
        buffer[:n] = data[position : position + n]
        decoder.body_received(n)
        position += n


@pytest.mark.parametrize("step", [1000, 65_536, 1 << 20])
def test_a_body_read_directly(step: int) -> None:
    body = bytes(range(251)) * 1000
    decoder = Decoder()
    inbox: deque[PipeItem] = deque()
    decoder.feed(b"\x00\x01a" + header(len(body)) + body[:77])
    assert decoder.decode(inbox, PLENTY) == 1
    read_into(decoder, body[77:], step)
    assert decoder.body_buffer() is None
    assert decoder.decode(inbox, PLENTY) == 1
    decoder.feed(b"\x00\x01b")
    assert decoder.decode(inbox, PLENTY) == 1
    assert list(inbox) == [b"a", body, b"b"]
    assert decoder.bytes_in == len(body) + 2 and decoder.messages_in == 3


def test_a_body_fed_in_chunks_instead() -> None:
    body = bytes(range(251)) * 1000
    decoder = Decoder()
    inbox: deque[PipeItem] = deque()
    decoder.feed(header(len(body)))
    decoder.decode(inbox, PLENTY)
    assert decoder.body_buffer() is not None
    data = body + b"\x00\x01b"
    for start in range(0, len(data), 30_000):
        decoder.feed(data[start : start + 30_000])
        decoder.decode(inbox, PLENTY)
    assert list(inbox) == [body, b"b"]


def test_large_parts_of_a_message() -> None:
    body = bytes(LARGE_BODY + 100)
    decoder = Decoder()
    inbox: deque[PipeItem] = deque()
    for _ in range(3):
        decoder.feed(header(len(body), flags=1))
        decoder.decode(inbox, PLENTY)
        read_into(decoder, body, 50_000)
        assert decoder.decode(inbox, PLENTY) == 0
    decoder.feed(header(len(body)))
    decoder.decode(inbox, PLENTY)
    read_into(decoder, body, 50_000)
    assert decoder.decode(inbox, PLENTY) == 1
    assert list(inbox) == [(body,) * 4]
    assert decoder.bytes_in == 4 * len(body)


def test_a_complete_body_waits_for_room() -> None:
    decoder = Decoder()
    inbox: deque[PipeItem] = deque()
    decoder.feed(header(LARGE_BODY))
    decoder.decode(inbox, 1)
    read_into(decoder, bytes(LARGE_BODY), LARGE_BODY)
    assert decoder.decode(inbox, 0) == 0
    assert decoder.has_undecoded
    assert decoder.decode(inbox, 1) == 1


def test_smaller_bodies_get_no_memory_of_their_own() -> None:
    decoder = Decoder()
    decoder.feed(header(LARGE_BODY - 1))
    decoder.decode(deque(), PLENTY)
    assert decoder.body_buffer() is None


def test_a_claim_of_a_terabyte_costs_little() -> None:
    tracemalloc.start()
    decoder = Decoder()
    decoder.feed(header(1 << 40) + bytes(100))
    decoder.decode(deque(), PLENTY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert decoder.failure is None
    assert peak <= large_body.FIRST_ALLOCATION + 100_000


@pytest.mark.parametrize("step", [999, 4096, 10_000])
@pytest.mark.parametrize("held", [False, True])
def test_memory_grows_with_what_has_come(monkeypatch: pytest.MonkeyPatch, step: int, held: bool) -> None:
    monkeypatch.setattr(large_body, "FIRST_ALLOCATION", 4096)
    data = bytes(range(256)) * 300
    body = LargeBody(0, len(data), data[:5])
    slices = []
    position = 5
    while not body.is_complete:
        space = body.space()
        assert len(space) <= max(4096, 2 * position)
        n = min(step, len(space))
        space[:n] = data[position : position + n]
        if held:
            slices.append(space[:1])  # a careless reader keeps part of it
        body.received(n)
        position += n
    assert body.take() == data


def test_running_out_of_memory_closes_only_this_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    decoder = Decoder()
    monkeypatch.setattr(large_body, "allocate", no_memory)
    decoder.feed(header(1 << 30))
    assert decoder.decode(deque(), PLENTY) == 0
    assert decoder.failure is not None and decoder.failure.counter == "bad_frame"
    assert "memory" in decoder.failure.reason


@pytest.mark.parametrize("fed", [False, True])
def test_running_out_of_memory_later(monkeypatch: pytest.MonkeyPatch, fed: bool) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(large_body, "FIRST_ALLOCATION", 1 << 16)
    decoder = Decoder()
    decoder.feed(header(1 << 20))
    decoder.decode(deque(), PLENTY)
    monkeypatch.setattr(large_body, "allocate", no_memory)
    if fed:
        decoder.feed(bytes(1 << 17))
    else:
        decoder.body_received(1 << 16)
    assert decoder.failure is not None and "memory" in decoder.failure.reason


@pytest.mark.slow
def test_handing_out_a_body_does_not_copy_it() -> None:
    length = 64 << 20
    body = LargeBody(0, length, b"")
    body.received(length)
    start = time.perf_counter()
    data = body.take()
    taken = time.perf_counter() - start
    assert len(data) == length
    start = time.perf_counter()
    bytearray(data)
    assert taken < (time.perf_counter() - start) / 4
