"""A subscription that has arrived counts, whether or not anybody had the time to read it."""

from __future__ import annotations

import time

import pytest

import purezmq as zmq

PATIENCE_MS = 20_000


@pytest.mark.parametrize(
    ("publisher", "subscriber"), [(zmq.PUB, zmq.SUB), (zmq.XPUB, zmq.SUB), (zmq.RADIO, zmq.DISH)]
)
def test_it_counts_for_the_next_message(publisher, subscriber):
    with zmq.Context() as ctx, ctx.socket(publisher) as pub, ctx.socket(subscriber) as sub:
        pub.bind("tcp://127.0.0.1:*")
        sub.connect(pub.LAST_ENDPOINT)
        pub.wait_for_peers(1, timeout=PATIENCE_MS)
        sub.wait_for_peers(1, timeout=PATIENCE_MS)
        with pub._pump.lock:
            pub._pump.claim("nobody reads")  # keeps the I/O thread away
        try:
            looked = pub._pump.last_look
            if subscriber == zmq.DISH:
                sub.join("x")
            else:
                sub.subscribe("x")
            end = time.monotonic() + PATIENCE_MS / 1000
            while time.monotonic() < looked + 0.002:
                assert time.monotonic() < end
            if publisher == zmq.RADIO:
                pub.send(b"x", group="x")
            else:
                pub.send(b"x")
        finally:
            with pub._pump.lock:
                pub._pump.unclaim("nobody reads")
        assert sub.recv(timeout=PATIENCE_MS) == b"x"
