"""Raw connections: what STREAM sockets speak."""

from __future__ import annotations

from collections import deque

from purezmq.base.message import PipeItem, TrackedMessage
from purezmq.zmtp.connection import Connection
from purezmq.zmtp.raw import RawConnection

from .helpers import NOW


def test_every_chunk_is_a_message() -> None:
    raw = RawConnection()
    assert raw.is_ready and not raw.has_output
    inbox: deque[PipeItem] = deque()
    for chunk in (b"GET / ", b"HTTP/1.0\r\n", b"\r\n"):
        raw.receive(chunk, NOW)
    assert raw.decode(inbox, 2, NOW) == 2
    assert raw.has_undecoded
    assert raw.decode(inbox, 2, NOW) == 1
    assert not raw.has_undecoded
    assert list(inbox) == [b"GET / ", b"HTTP/1.0\r\n", b"\r\n"]
    assert (raw.messages_in, raw.bytes_in) == (3, 18)


def test_output_goes_out_as_it_is() -> None:
    raw = RawConnection()
    raw.encode(deque([b"a", (b"b", b"", b"c"), b"d" * 100_000]), 1 << 30)
    assert b"".join(raw.buffers_to_send()) == b"abc" + b"d" * 100_000
    assert raw.has_output and raw.unsent_messages() == 3
    raw.bytes_sent(2)
    assert raw.unsent_messages() == 2
    assert raw.drop_output() == 2
    assert not raw.has_output and raw.output_size == 0
    assert (raw.messages_out, raw.bytes_out) == (3, 100_003)


def test_the_budget_stops_encoding() -> None:
    raw = RawConnection()
    outbox: deque[PipeItem] = deque([bytes(100)] * 10)
    raw.encode(outbox, 250)
    assert len(outbox) == 7


def test_tracked_messages_are_told() -> None:
    told: list[str] = []
    raw = RawConnection()
    raw.encode(deque([TrackedMessage((b"abc",), lambda: told.append("sent"))]), 1 << 30)
    raw.bytes_sent(2)
    assert told == []
    raw.bytes_sent(1)
    assert told == ["sent"]


def test_it_has_everything_that_a_connection_has() -> None:
    public = {name for name in dir(Connection) if not name.startswith("_")}
    assert public <= set(dir(RawConnection()))
    raw = RawConnection()
    assert raw.deadline() is None and raw.body_buffer() is None and raw.zap_request is None
    raw.deadline_reached(NOW)
    raw.paused(NOW)
    raw.resumed(NOW)
    raw.zap_answered(200, NOW)
