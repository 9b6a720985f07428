"""The short way for one message alone decodes and encodes exactly what the batches do."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purezmq.zmtp.decoder import Decoder
from purezmq.zmtp.encoder import Encoder

PARTS = st.lists(st.binary(max_size=600), min_size=1, max_size=5)


def as_item(parts):
    return parts[0] if len(parts) == 1 else tuple(parts)


def encoded(parts) -> bytes:
    encoder = Encoder()
    encoder.encode(deque([as_item(parts), as_item(parts)]), 1 << 20)  # two: past the short way for one
    wire = b"".join(bytes(buffer) for buffer in encoder.buffers_to_send())
    return wire[: len(wire) // 2]


def idle_decoder(**options) -> Decoder:
    decoder = Decoder(**options)
    decoder.feed(b"")
    decoder.decode(deque(), 1)
    return decoder


@given(PARTS)
def test_one_message_alone_is_what_the_batch_makes_of_it(parts):
    decoder = idle_decoder()
    assert decoder.take_alone(encoded(parts)) == as_item(parts)
    assert (decoder.messages_in, decoder.bytes_in) == (1, sum(map(len, parts)))


@given(PARTS, st.integers(min_value=1))
def test_anything_but_one_whole_message_is_left_to_the_batch(parts, cut):
    wire = encoded(parts)
    decoder = idle_decoder()
    assert decoder.take_alone(wire[: cut % len(wire)]) is None
    assert decoder.take_alone(wire + wire[: 1 + cut % len(wire)]) is None
    assert (decoder.messages_in, decoder.bytes_in) == (0, 0)


def test_a_part_above_the_limit_is_left_to_the_batch():
    decoder = idle_decoder(max_msg_size=300)
    assert decoder.take_alone(encoded([b"x" * 301])) is None
    assert decoder.take_alone(encoded([b"x" * 300])) == b"x" * 300


@pytest.mark.parametrize("wire", [b"\x04\x05\x04PONG", b"\x06" + bytes(8), b"\x08\x00"])
def test_commands_and_strange_flags_are_left_to_the_batch(wire):
    assert idle_decoder().take_alone(wire) is None


@given(PARTS)
def test_encoding_alone_is_what_the_batch_makes_of_it(parts):
    outbox = deque([as_item(parts)])
    wire = Encoder().encode_alone(outbox)
    assert wire is None or wire == encoded(parts)
    assert outbox  # the driver takes it out when it has written it
