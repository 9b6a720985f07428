"""A signal handler that raises in the middle of encoding: every message is still waiting, or it is in the queue."""

from __future__ import annotations

import sys
from collections import deque

import pytest

from purezmq.base.message import Subscription
from purezmq.zmtp.encoder import Encoder
from purezmq.zmtp.shared import Shared

from .interrupting import Interrupter

PLENTY = 1 << 40

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 12),
    reason="a trace function that raises makes CPython 3.11 leave with blocks the wrong way (TypeError)",
)

OUTBOXES = {
    "one": [b"a"],
    "one in parts": [(b"", b"a")],
    "small": [b"%d" % n for n in range(20)],
    "parts": [(b"", b"%d" % n) for n in range(20)],
    "unlike": [b"a", (b"b", b"c"), Subscription(True, b"d"), b"e"],
    "large": [b"a", b"b" * 20_000, b"c" * 20_000, (b"d", b"e" * 20_000), b"f"],
}


def written(encoder):
    output = b""
    while encoder.size:
        data = b"".join(encoder.buffers_to_send())
        encoder.bytes_sent(len(data))
        output += data
    return output


@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize("budget", [PLENTY, 10])
@pytest.mark.parametrize("messages", OUTBOXES.values(), ids=OUTBOXES)
def test_encoding(messages, budget, is_shared):
    whole = Encoder()
    whole.encode(deque(messages), PLENTY)
    expected = written(whole)
    n = 0
    is_complete = False
    while not is_complete:
        n += 1
        encoder = Encoder()
        if is_shared:
            encoder.shared = Shared()
            encoder.shared.is_wanted = True
        outbox = deque(messages)
        interrupter = Interrupter(n)
        interrupter.run(lambda outbox=outbox, encoder=encoder: encoder.encode(outbox, budget))
        is_complete = not interrupter.where
        while outbox:
            encoder.encode(outbox, budget)
        assert encoder.messages_out == whole.messages_out, interrupter.where
        assert written(encoder) == expected, interrupter.where


@pytest.mark.parametrize("is_shared", [False, True])
def test_encoding_what_is_in_no_outbox(is_shared):
    messages = [b"%d" % number for number in range(20)]
    whole = Encoder()
    assert whole.encode_many(messages, PLENTY)
    expected = written(whole)
    n = 0
    is_complete = False
    while not is_complete:
        n += 1
        encoder = Encoder()
        if is_shared:
            encoder.shared = Shared()
            encoder.shared.is_wanted = True
        interrupter = Interrupter(n)
        interrupter.run(lambda encoder=encoder: encoder.encode_many(messages, PLENTY))
        is_complete = not interrupter.where
        counts = (encoder.messages_out, encoder.unsent_messages, written(encoder))
        assert counts in ((20, 20, expected), (0, 0, b"")), interrupter.where
        assert not is_complete or counts[0]
