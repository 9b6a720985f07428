"""One ZMTP conversation over one byte stream: the way into this package.

The states, in order, and who moves on:

* GREETING: signatures, versions and mechanism are exchanged (greeting.py). Left by the peer's last greeting
  byte: to HANDSHAKE for 3.x, to IDENTITY for older peers.
* HANDSHAKE: the mechanism (mechanism.py) exchanges commands. Left when it says it is complete.
* IDENTITY: an old peer's first frame, its routing id, is awaited (legacy.py).
* READY: traffic. Bytes are only kept by ``receive``; ``decode`` cuts them, when there is room for messages.
* CLOSED: ``failure`` says why. There is no way back and nothing is sent any more, except for what is left of
  greeting and handshake, an ERROR for instance: the driver writes what ``buffers_to_send`` still has, once, and
  closes the stream.

Not tracked here: the stream (its end is the driver's to notice), queues and high-water marks (the pipe's),
routing. The time comes in as ``now``, in seconds; no method raises for anything that a peer sent.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable

from ..base.message import GroupChange, PipeItem, Subscription
from .command import encode_ping, encode_pong, split_command
from .config import ConnectionConfig
from .decoder import Decoder
from .encoder import Buffer, Encoder
from .failure import (
    FAILED_NO_DETAIL,
    FAILED_PROTOCOL,
    MECHANISM_MISMATCH,
    Failure,
    unexpected_command,
)
from .greeting import Greeting
from .heartbeat import Heartbeat
from .large_body import LargeBody
from .legacy import OldDecoder
from .mechanism import HANDLER, Mechanism
from .shared import Shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Connection", "ConnectionConfig", "Failure"]

# The longest handshake command, and the most that a peer may send ahead of our own READY. Real READYs have a
# few dozen bytes.
MAX_HANDSHAKE_BYTES = 64 << 10

# A peer that sends PINGs and never reads would otherwise have us queue PONGs for ever.
MAX_QUEUED_FOR_PONG = 1 << 20

_GREETING, _HANDSHAKE, _IDENTITY, _READY, _CLOSED = range(5)


class Connection:
    """The rules of one connection: bytes in, messages out, and the other way round."""

    transport_properties: dict[
        str, bytes
    ] = {}  # what the transport knows about the peer, where it knows something

    __slots__ = (
        "_config",
        "_decoder",
        "_encoder",
        "_greeting",
        "_handshake_at",
        "_heartbeat",
        "_mechanism",
        "_phantom",
        "_ping_end",
        "_state",
        "failure",
        "has_output",
        "has_undecoded",
        "is_closed",
        "is_ready",
        "peer_routing_id",
        "peer_socket_type",
        "properties",
        "version",
        "written",
    )

    def __init__(self, config: ConnectionConfig, now: float) -> None:
        self._config = config
        self._state = _GREETING
        self._greeting: Greeting | None = Greeting()
        self._mechanism: Mechanism | None = None
        self._decoder = Decoder(config.max_msg_size)
        self._encoder = Encoder()
        self._heartbeat = Heartbeat(config)
        self._handshake_at: float | None = None
        if config.handshake_ivl_ms > 0:
            self._handshake_at = now + config.handshake_ivl_ms / 1000
        self._phantom = False  # a subscription to everything is due on behalf of a 1.0 peer
        self._ping_end = 0  # stream offset behind our last PING
        self.is_ready = False
        self.is_closed = False
        self.failure: Failure | None = None
        self.has_output = False
        self.written = 0  # bytes that the driver wrote and has not told us of
        self.has_undecoded = False  # decode stopped for lack of room; call it again when there is some
        self.version = (0, 0)  # not known yet
        self.peer_socket_type = ""
        self.peer_routing_id = b""
        self.properties: dict[str, bytes] = {}
        self._write(config.signature)

    # Bytes from the peer.

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes from the peer. Greeting and handshake run at once; traffic waits for ``decode``."""
        if self._state == _READY:
            heartbeat = self._heartbeat
            if heartbeat.timeout_at is not None or heartbeat.ttl_at is not None:
                heartbeat.heard()
            self._decoder.feed(data)
            if self._decoder.failure is not None:
                self._fail(self._decoder.failure)
        elif self._state == _GREETING:
            self._receive_greeting(data, now)
        elif self._state != _CLOSED:
            self._decoder.feed(data)
            self._read_handshake(now)

    def decode(self, inbox: deque[PipeItem], room: int, now: float) -> int:
        """Append at most ``room`` complete messages to the inbox; returns how many. Answers commands."""
        if self._state != _READY:
            return 0
        decoder = self._decoder
        if self._phantom:
            if room <= 0:
                return 0
            self._phantom = False
            inbox.append(Subscription(True, b""))
            return 1 + self.decode(inbox, room - 1, now)
        # A command is there already if a signal handler interrupted us here: commands are forgotten after the deed.
        count = decoder.decode(inbox, room) if decoder.command is None else 0
        while decoder.command is not None:
            count += self._command_received(decoder.command, inbox, now)
            decoder.command = None
            count += decoder.decode(inbox, room - count)
        self.has_undecoded = decoder.has_undecoded
        if decoder.failure is not None:
            self._fail(decoder.failure)
        return count

    def receive_alone(self, data: bytes) -> PipeItem | None:
        """Take bytes that are exactly one small message, and return it. None: use ``receive`` and ``decode``."""
        if self._state != _READY or self._phantom:
            return None
        message = self._decoder.take_alone(data)
        if message is not None:
            heartbeat = self._heartbeat
            if heartbeat.timeout_at is not None or heartbeat.ttl_at is not None:
                heartbeat.heard()
        return message

    def awaited_body(self) -> LargeBody | None:
        """The large frame whose rest comes next, for one read into it; None if none is awaited."""
        return self._decoder.awaited_body() if self._state == _READY else None

    def body_buffer(self) -> memoryview | None:
        """Where to read the rest of a large frame directly, for one read; None if none is awaited."""
        body = self.awaited_body()
        return None if body is None else body.space()

    def body_received(self, n: int, now: float) -> None:
        """``n`` bytes were read into the body buffer. When the frame is complete, ``decode`` delivers it."""
        self._heartbeat.heard()
        self._decoder.body_received(n)
        if self._decoder.failure is not None:
            self._fail(self._decoder.failure)

    # Bytes to the peer.

    def encode(self, outbox: deque[PipeItem], budget: int) -> None:
        """Move messages from the outbox to the bytes to send, until about ``budget`` bytes were added."""
        if self._state == _READY:
            self._encoder.encode(outbox, budget)
            self.has_output = self._encoder.size > 0

    def encode_many(self, messages: list[Any], budget: int) -> bool:
        """Add messages that are in no outbox to the bytes to send, nothing else waiting. False: use an outbox."""
        if self._state == _READY and self._encoder.encode_many(messages, budget):
            self.has_output = True
            return True
        return False

    def share(self, shared: Shared) -> None:
        """Use what other connections of the same publisher have encoded, and let them use ours."""
        self._encoder.shared = shared

    def encode_alone(self, outbox: deque[PipeItem]) -> bytes | None:
        """The only message of the outbox as bytes to write at once, nothing else waiting; None: ``encode``.

        The driver writes them, takes the message out of the outbox and tells us with ``sent_alone``.
        """
        return self._encoder.encode_alone(outbox) if self._state == _READY else None

    def sent_alone(self, wire: bytes) -> None:
        """The bytes from ``encode_alone`` were written, or some of them: the rest comes back with ``put_back``."""
        self._encoder.sent_alone()

    def put_back(self, rest: bytes) -> None:
        """Queue what the kernel did not take of the bytes from ``encode_alone``."""
        self._encoder.put_back(rest)
        self.has_output = True

    def buffers_to_send(self) -> list[Buffer]:
        """What to write now, in order; empty if there is nothing."""
        return self._encoder.buffers_to_send() if self.has_output else []

    def bytes_sent(self, n: int) -> None:
        """The first ``n`` bytes of those buffers were written."""
        encoder = self._encoder
        encoder.sent_total += n
        self.written = 0  # no call between these two
        encoder.forget_sent()
        self.has_output = encoder.size > 0

    @property
    def can_go_on(self) -> bool:
        """True if ``mend`` can put in order what a signal handler interrupted."""
        return (
            self._state == _READY
            and type(self._decoder) is Decoder
            and self._decoder.can_go_on
            and type(self._encoder) is Encoder
        )

    def mend(self) -> None:
        """Do again what may have been left half done. Messages that wait to be decoded are the session's."""
        self.bytes_sent(self.written)
        self.has_undecoded = True  # look again

    def drop_output(self) -> int:
        """Forget everything unsent; returns the number of messages lost, a half-sent one included."""
        self.has_output = False
        return self._encoder.drop()

    @property
    def output_size(self) -> int:
        """Bytes waiting to be written."""
        return self._encoder.size if self.has_output else 0

    def unsent_messages(self) -> int:
        """Messages encoded and not completely written. Never 0 while bytes of one remain."""
        return self._encoder.unsent_messages

    def last_words(self) -> bytes:
        """What to say before this side hangs up. ZMTP knows no farewell."""
        return b""

    # Counters: whole messages, and bytes of user data.

    @property
    def messages_in(self) -> int:
        """Messages decoded so far."""
        return self._decoder.messages_in

    @property
    def bytes_in(self) -> int:
        """Bytes of user data decoded so far."""
        return self._decoder.bytes_in

    @property
    def messages_out(self) -> int:
        """Messages encoded so far."""
        return self._encoder.messages_out

    @property
    def bytes_out(self) -> int:
        """Bytes of user data encoded so far."""
        return self._encoder.bytes_out

    # Time.

    def deadline(self) -> float | None:
        """When ``deadline_reached`` wants to be called; None: no timer runs."""
        if self._state == _READY:
            return self._heartbeat.deadline()
        return self._handshake_at if self._state != _CLOSED else None

    def deadline_reached(self, now: float) -> None:
        """Do what the time demands. Calling too early does nothing."""
        if self._state == _READY:
            self._beat(now)
        elif self._state != _CLOSED and self._handshake_at is not None and now >= self._handshake_at:
            reason = f"the handshake took longer than {self._config.handshake_ivl_ms} ms (HANDSHAKE_IVL)"
            if self._mechanism is not None:
                reason += self._mechanism.hint_at_timeout()
            self._fail(
                Failure(
                    reason, "handshake_timeout", kind="timeout", event=FAILED_NO_DETAIL, value=errno.EAGAIN
                )
            )

    def paused(self, now: float) -> None:
        """Reading stops because our own user does not receive: silence proves nothing meanwhile."""
        self._heartbeat.pause()

    def resumed(self, now: float) -> None:
        """Reading goes on."""
        self._heartbeat.resume(now)

    # ZAP: the session asks the handler, we wait.

    @property
    def zap_request(self) -> tuple[bytes, ...] | None:
        """Mechanism name and credentials while a ZAP handler has to be asked about the peer, else None."""
        return self._mechanism.zap_request if self._mechanism is not None and not self.is_closed else None

    def zap_answered(
        self,
        status: int,
        now: float,
        user_id: bytes = b"",
        properties: dict[str, bytes] | None = None,
        text: str = "",
        judge: str = HANDLER,
    ) -> None:
        """The handler's verdict: 200, 300, 400 or 500, and its words, which go to our log. ``judge``: who it was."""
        mechanism = self._mechanism
        if mechanism is None or mechanism.zap_request is None or self.is_closed:
            return
        mechanism.judge = judge
        mechanism.zap_answered(status, user_id, properties or {}, text)
        self._look_at_mechanism(now)
        self._read_handshake(now)

    @property
    def errand(self) -> Callable[[], Any] | None:
        """A call that may take long, to be made without any lock before the handshake goes on; else None."""
        return self._mechanism.errand if self._mechanism is not None and not self.is_closed else None

    @property
    def waits_for_driver(self) -> bool:
        """True while the handshake waits for a ZAP handler or an errand."""
        return self.zap_request is not None or self.errand is not None

    def errand_done(self, result: Any, now: float) -> None:
        """The errand returned this, or raised it."""
        mechanism = self._mechanism
        if mechanism is None or mechanism.errand is None or self.is_closed:
            return
        mechanism.errand_done(result)
        self._look_at_mechanism(now)
        self._read_handshake(now)

    def zap_failed(self, failure: Failure) -> None:
        """There is no verdict, and without one the peer may not come in."""
        if not self.is_closed:
            self._fail(failure)

    @property
    def hint_at_end(self) -> str:
        """What it most likely means if the peer hangs up in this moment of the handshake; "" if nothing special."""
        mechanism = self._mechanism
        return "" if mechanism is None or self.is_ready or self.is_closed else mechanism.hint_at_end()

    @property
    def user_id(self) -> bytes:
        """Who the peer is, in the words of our ZAP handler. What peers say about themselves does not count."""
        mechanism = self._mechanism
        return b"" if mechanism is None else mechanism.zap_properties.get("User-Id", b"")

    @property
    def config(self) -> ConnectionConfig:
        """What this connection was made with."""
        return self._config

    # Greeting and handshake.

    def _receive_greeting(self, data: bytes, now: float) -> None:
        greeting = self._greeting
        assert greeting is not None
        config = self._config
        self._write(greeting.receive(data, config.type_number, config.greeting_rest))
        if greeting.version is None:
            return
        self._greeting = None
        self.version = greeting.version
        if self.version < (3, 0):
            self._start_old_peer(greeting)
        elif greeting.mechanism != config.greeting_rest[1:21]:
            theirs = greeting.mechanism.rstrip(b"\x00").decode("latin-1")
            reason = f"we use mechanism {config.mechanism}, the peer uses {theirs!r}"
            self._fail(Failure(reason, "mechanism_mismatch", event=FAILED_PROTOCOL, value=MECHANISM_MISMATCH))
        elif config.as_server and greeting.as_server:
            option = f"{config.mechanism}_SERVER"
            self._fail(
                unexpected_command(
                    f"both sides are servers: {option} is for one of them, the other is the client"
                )
            )
        else:
            self._start(config.new_mechanism(), now)
        if self._state != _CLOSED:
            self._decoder.feed(greeting.rest)
            self._read_handshake(now)

    def _start(self, mechanism: Mechanism, now: float) -> None:
        self._state = _HANDSHAKE
        self._mechanism = mechanism
        mechanism.start()
        self._look_at_mechanism(now)

    def _start_old_peer(self, greeting: Greeting) -> None:
        config = self._config
        if config.mechanism != "NULL" or config.zap_required:
            self._fail(
                Failure("a peer older than ZMTP 3.0 cannot satisfy our security options", "legacy_refused")
            )
            return
        self._state = _IDENTITY
        self._encoder.use_version(self.version)
        if self.version < (2, 0):
            self._decoder = OldDecoder(config.max_msg_size)
        if greeting.is_versioned:
            self._write(self._encoder.last_frame(config.routing_id))
        else:
            # Our signature was the header of the frame, its last byte the flags.
            self._write(config.routing_id)
            self._phantom = config.publishes

    def _read_handshake(self, now: float) -> None:
        """Take as many frames as the handshake still needs out of the bytes that are here."""
        decoder = self._decoder
        while self._state in (_HANDSHAKE, _IDENTITY):
            mechanism = self._mechanism
            if mechanism is not None and not mechanism.wants_command():
                break
            body = decoder.next_frame(MAX_HANDSHAKE_BYTES)
            if body is None:
                break
            if mechanism is None:
                self.peer_routing_id = body
                self._become_ready(now)
            else:
                mechanism.command_received(body)
                self._look_at_mechanism(now)
        if self._state in (_READY, _CLOSED):
            return
        if decoder.failure is not None:
            self._fail(decoder.failure)
        elif decoder.waiting_bytes > MAX_HANDSHAKE_BYTES + 10:
            self._fail(unexpected_command("the peer sends data before the handshake is done"))

    def _look_at_mechanism(self, now: float) -> None:
        """Send what the mechanism wants sent and follow it where it went."""
        mechanism = self._mechanism
        assert mechanism is not None
        for body in mechanism.outgoing:
            self._write_command(body)
        mechanism.outgoing.clear()
        if mechanism.failure is not None:
            self._fail(mechanism.failure)
        elif mechanism.is_complete:
            self.peer_socket_type = mechanism.peer_socket_type
            self.peer_routing_id = mechanism.peer_routing_id
            self.properties = mechanism.properties
            self._encoder = mechanism.make_encoder(self._encoder)
            self._decoder = mechanism.make_decoder(self._decoder)
            self._become_ready(now)

    def _become_ready(self, now: float) -> None:
        self._state = _READY
        self.is_ready = True
        self.has_undecoded = self._phantom
        self._encoder.use_version(self.version)
        if self.version >= (3, 0):
            self._heartbeat.start(now)
            self._decoder.takes_changes = self._config.publishes and type(self._decoder) is Decoder

    # Traffic.

    def _command_received(self, body: bytes, inbox: deque[PipeItem], now: float) -> int:
        """Act on a command, or ignore it; returns 1 if it put something into the inbox, else 0."""
        command = split_command(body)
        if command is None or self.version < (3, 0):
            return 0
        name, data = command
        if name == b"SUBSCRIBE" or name == b"CANCEL":
            # libzmq hands these to any socket type as if they were messages; only publishers have a use for
            # them.
            if self._config.publishes:
                inbox.append(Subscription(name == b"SUBSCRIBE", data))
                return 1
        elif name == b"JOIN" or name == b"LEAVE":
            if self._config.socket_type == "RADIO":
                inbox.append(GroupChange(name == b"JOIN", data))
                return 1
        elif name == b"PING" and len(data) >= 2:
            self._heartbeat.ping_received(int.from_bytes(data[:2], "big"), now)
            if self._encoder.size < MAX_QUEUED_FOR_PONG:
                self._write_command(encode_pong(data[2:]))
        return 0

    def _beat(self, now: float) -> None:
        heartbeat = self._heartbeat
        reason = heartbeat.expired(now)
        if reason:
            self._fail(Failure(reason, "heartbeat_timeout", kind="timeout"))
        elif heartbeat.ping_at is not None and now >= heartbeat.ping_at:
            encoder = self._encoder
            # A peer that does not read gets one PING, not one per interval.
            if encoder.sent_total >= self._ping_end:
                self._write_ping()
                self._ping_end = encoder.queued_total
            heartbeat.ping_sent(now)

    def _write_ping(self) -> None:
        self._write_command(encode_ping(self._config.heartbeat_ttl_ms // 100))

    def _write(self, data: bytes) -> None:
        if data:
            self._encoder.write(data)
            self.has_output = True

    def _write_command(self, body: bytes) -> None:
        self._encoder.write_command(body)
        self.has_output = True

    def _fail(self, failure: Failure) -> None:
        # What was said in the handshake still leaves: an ERROR, or the greeting or command in which the peer, too, can
        # see what does not fit. Without it, it would see no more than the end.
        self.has_output = self._state in (_GREETING, _HANDSHAKE) and self._encoder.size > 0
        self._state = _CLOSED
        self.is_closed = True
        self.failure = failure
        self.has_undecoded = False
