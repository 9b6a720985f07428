"""The bytes of a STREAM socket's peer: no ZMTP at all, behind the same interface as ``Connection``."""

from __future__ import annotations

from collections import deque

from ..base.message import PipeItem
from .encoder import Buffer, Encoder
from .failure import Failure
from .large_body import LargeBody
from .shared import Shared


class RawConnection:
    """Every received chunk is a message; what is sent goes out as it is. Never fails."""

    __slots__ = (
        "_chunks",
        "_encoder",
        "bytes_in",
        "has_output",
        "has_undecoded",
        "messages_in",
        "properties",
        "written",
    )

    is_ready = True
    can_go_on = False  # an interrupted step cannot be taken again
    is_closed = False
    failure: Failure | None = None
    version = (0, 0)
    peer_socket_type = ""
    peer_routing_id = b""
    user_id = b""
    zap_request: tuple[bytes, ...] | None = None
    errand = None
    waits_for_driver = False
    hint_at_end = ""
    config = None
    transport_properties: dict[str, bytes] = {}

    def __init__(self, now: float = 0.0) -> None:
        self._chunks: deque[bytes] = deque()
        self._encoder = Encoder()
        self.has_output = False
        self.written = 0
        self.has_undecoded = False
        self.messages_in = 0
        self.bytes_in = 0
        self.properties: dict[str, bytes] = {}

    def share(self, shared: Shared) -> None:
        """There are no frames to share."""

    def receive(self, data: bytes, now: float) -> None:
        """Take a chunk from the peer."""
        if data:
            self._chunks.append(data)

    def decode(self, inbox: deque[PipeItem], room: int, now: float) -> int:
        """Append chunks to the inbox, at most ``room``; returns how many."""
        count = min(room, len(self._chunks))
        for _ in range(count):
            chunk = self._chunks.popleft()
            self.bytes_in += len(chunk)
            inbox.append(chunk)
        self.messages_in += count
        self.has_undecoded = bool(self._chunks)
        return count

    def receive_alone(self, data: bytes) -> PipeItem | None:
        """There is no shorter way than ``receive``."""
        return None

    def encode_many(self, messages: list[PipeItem], budget: int) -> bool:
        """There is no shorter way than ``encode``."""
        return False

    def encode_alone(self, outbox: deque[PipeItem]) -> bytes | None:
        """There is no shorter way than ``encode``."""
        return None

    def sent_alone(self, wire: bytes) -> None:
        """Never called: ``encode_alone`` gives nothing away."""

    def put_back(self, rest: bytes) -> None:
        """Never called: ``encode_alone`` gives nothing away."""
        raise AssertionError("a raw connection encodes nothing by itself")

    def awaited_body(self) -> LargeBody | None:
        """Raw peers have no frames to wait for."""
        return None

    def body_buffer(self) -> memoryview | None:
        """Raw peers have no frames to wait for."""
        return None

    def body_received(self, n: int, now: float) -> None:
        """Never called: there is no body buffer."""
        raise AssertionError("a raw connection has no body buffer")

    def encode(self, outbox: deque[PipeItem], budget: int) -> None:
        """Move data from the outbox to the bytes to send, until about ``budget`` bytes were added."""
        encoder = self._encoder
        end = encoder.queued_total + budget
        while outbox and encoder.queued_total < end:
            encoder.write_raw(outbox.popleft())
        self.has_output = encoder.size > 0

    def buffers_to_send(self) -> list[Buffer]:
        """What to write now, in order; empty if there is nothing."""
        return self._encoder.buffers_to_send()

    def bytes_sent(self, n: int) -> None:
        """The first ``n`` bytes of those buffers were written."""
        encoder = self._encoder
        encoder.sent_total += n
        self.written = 0
        encoder.forget_sent()
        self.has_output = encoder.size > 0

    def mend(self) -> None:
        """Never called: an interrupted raw connection is given up."""

    def drop_output(self) -> int:
        """Forget everything unsent; returns the number of messages lost, a half-sent one included."""
        self.has_output = False
        return self._encoder.drop()

    @property
    def output_size(self) -> int:
        """Bytes waiting to be written."""
        return self._encoder.size

    def unsent_messages(self) -> int:
        """Messages encoded and not completely written."""
        return self._encoder.unsent_messages

    def last_words(self) -> bytes:
        """Nobody but the application knows what to say."""
        return b""

    @property
    def messages_out(self) -> int:
        """Messages taken over so far."""
        return self._encoder.messages_out

    @property
    def bytes_out(self) -> int:
        """Bytes taken over so far."""
        return self._encoder.bytes_out

    def deadline(self) -> float | None:
        """No timer ever runs."""
        return None

    def deadline_reached(self, now: float) -> None:
        """No timer ever runs."""

    def paused(self, now: float) -> None:
        """Nothing depends on it."""

    def resumed(self, now: float) -> None:
        """Nothing depends on it."""

    def errand_done(self, result: object, now: float) -> None:
        """Never called: there is no errand."""

    def zap_answered(
        self,
        status: int,
        now: float,
        user_id: bytes = b"",
        properties: dict[str, bytes] | None = None,
        text: str = "",
    ) -> None:
        """Never asked for."""

    def zap_failed(self, failure: Failure) -> None:
        """Never asked for."""
