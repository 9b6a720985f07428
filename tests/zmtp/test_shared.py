"""Connections that share what they encode write what each would have written alone."""

from collections import deque

import pytest

from purezmq.zmtp import shared as shared_module
from purezmq.zmtp.encoder import Encoder
from purezmq.zmtp.shared import Shared

from .helpers import PLENTY

BATCHES = {
    "one part": [b"abc", b"", b"x" * 300],
    "parts": [(b"a", b"b"), (b"c", b"x" * 300)],
    "mixed": [b"abc", (b"a", b"b"), b"z"],
    "large": [b"abc", b"x" * 9000],
}


def output(encoder):
    return b"".join(encoder.buffers_to_send())


@pytest.fixture
def joined(monkeypatch):
    """The batches that were really encoded."""
    calls = []
    original = shared_module.join_messages

    def join(batch):
        calls.append(list(batch))
        return original(batch)

    try:
        monkeypatch.setattr(shared_module, "join_messages", join)
    except (AttributeError, TypeError):
        pytest.skip("compiled")
    return calls


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES.keys())
def test_all_write_the_same(batch):
    alone = Encoder()
    alone.encode(deque(batch), PLENTY)
    shared = Shared()
    shared.is_wanted = True
    for _ in range(3):
        encoder = Encoder()
        encoder.shared = shared
        encoder.encode(deque(batch), PLENTY)
        assert output(encoder) == output(alone)
        for count in ("unsent_messages", "messages_out", "bytes_out", "size"):
            assert getattr(encoder, count) == getattr(alone, count)


def test_old_peers_get_their_own_frames():
    shared = Shared()
    shared.is_wanted = True
    for version, expected in (((3, 1), b"\0\1a\0\1b"), ((1, 0), b"\2\0a\2\0b"), ((3, 0), b"\0\1a\0\1b")):
        encoder = Encoder()
        encoder.shared = shared
        encoder.use_version(version)
        encoder.encode(deque([b"a", b"b"]), PLENTY)
        assert output(encoder) == expected


def test_nothing_is_kept_after_the_end():
    shared = Shared()
    shared.is_wanted = True
    assert shared.join([b"a", b"b"]) == (b"\0\1a\0\1b", 2)
    shared.end()
    assert shared._batch is None and shared._joined is None
    assert shared.join([b"c", b"d"]) == (b"\0\1c\0\1d", 2)
    assert shared._batch is None


def test_what_another_one_encoded_is_found(joined):
    shared = Shared()
    shared.is_wanted = True
    for batch in ([b"a", b"b"], [b"a", b"b"], [b"a", b"c"]):
        assert shared.join(batch) is not None
    assert joined == [[b"a", b"b"], [b"a", b"c"]]
