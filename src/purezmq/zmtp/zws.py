"""One ZWS 2.0 conversation (RFC 45): ZMTP's mechanisms and messages in the frames of a WebSocket.

What differs from ``Connection``, whose states and moves hold here too:

* GREETING is the HTTP upgrade (upgrade.py). The subprotocol says the mechanism. The bare name ZWS2.0 is all that a
  browser can offer, because the others have a slash in them. It means NULL without READY: each side's first message
  is its routing id.
* Frames and their headers (zws_framing.py, zws_decoder.py). Subscriptions are always messages.
* Heartbeats are WebSocket's PING and PONG, outside of any encryption. CLOSE ends the conversation in good order.
* After CURVE's handshake the frames that were cut become frames of ZMTP for CURVE's decoder.
"""

from __future__ import annotations

from collections import deque

from ..base.message import PipeItem
from .config import ConnectionConfig
from .connection import _CLOSED, _GREETING, _READY, Connection
from .decoder import Decoder
from .failure import Failure
from .framing import LAST_HEADERS
from .large_body import LargeBody
from .mechanism import Mechanism
from .upgrade import NO_MECHANISM, Upgrade
from .zws_decoder import ZwsDecoder
from .zws_framing import CLOSE, PING, PONG, MaskingEncoder, ZwsEncoder

# RFC 6455, 7.4.1: 1000 is the normal end.
_NORMAL = (1000).to_bytes(2, "big")

# A peer that sends PINGs and never reads would otherwise have us queue PONGs for ever.
_MAX_QUEUED_FOR_PONG = 1 << 20

# What ZWS can do, seen as a version of ZMTP: commands and heartbeats, but subscriptions are messages.
_AS_VERSION = (3, 0)


class ZwsPlace:
    """Where a client dials: the host for the header, and the path."""

    __slots__ = ("host", "path")

    def __init__(self, host: str, path: str) -> None:
        self.host = host
        self.path = path


def subprotocols(config: ConnectionConfig) -> tuple[str, ...]:
    """What may be spoken, the best first."""
    protocols = (f"{NO_MECHANISM}/{config.mechanism}",)
    return (*protocols, NO_MECHANISM) if config.mechanism == "NULL" else protocols


class BareMechanism(Mechanism):
    """What stands for a mechanism under the bare name ZWS2.0: routing ids, and ZAP as for NULL."""

    __slots__ = ("id_received", "is_admitted", "is_id_sent")

    name = "NULL"

    def __init__(self, config: ConnectionConfig) -> None:
        super().__init__(config)
        self.is_admitted = False
        self.is_id_sent = False
        self.id_received = False

    def start(self) -> None:
        """Let the peer in, or ask the ZAP handler first."""
        if self.config.zap_required:
            self.zap_request = (b"NULL",)
        else:
            self.is_admitted = True

    def zap_answered(self, status: int, user_id: bytes, properties: dict[str, bytes], text: str) -> None:
        """There is no ERROR to send: a refused peer only sees us go."""
        self.zap_request = None
        if status != 200:
            self._fail_zap(status, text)
            return
        self._keep_zap(user_id, properties)
        self.is_admitted = True
        self._look_if_complete()

    def wants_command(self) -> bool:
        """False once the routing id is here: what follows is traffic."""
        return not self.id_received

    def command_received(self, body: bytes) -> None:
        """The peer's routing id."""
        self.peer_routing_id = body[:255]
        self.id_received = True
        self._look_if_complete()

    def _look_if_complete(self) -> None:
        if self.id_received and self.is_admitted:
            self._finish()


class ZwsConnection(Connection):
    """The rules of one WebSocket connection. ``place`` makes it the client; ``origins`` are for servers."""

    __slots__ = ("_frames", "_framing", "_is_closing", "_upgrade", "_ws_encoder", "transport_properties")

    def __init__(
        self,
        config: ConnectionConfig,
        now: float,
        place: ZwsPlace | None = None,
        origins: frozenset[str] | None = None,
    ) -> None:
        super().__init__(config, now)
        is_client = place is not None
        self._upgrade: Upgrade | None = Upgrade(subprotocols(config), is_client=is_client, origins=origins)
        self._greeting = None
        self._ws_encoder = MaskingEncoder() if is_client else ZwsEncoder()
        self._encoder = self._ws_encoder
        self._framing = ZwsDecoder(config.max_msg_size, is_masked=not is_client)
        self._decoder = self._framing
        self._frames: deque[PipeItem] = deque()  # cut, on their way to CURVE's decoder
        self._is_closing = False
        self.transport_properties: dict[str, bytes] = {}
        self.has_output = False
        if place is not None:
            self._write(self._upgrade.start(place.host, place.path))

    # -- the upgrade -----------------------------------------------------------------------------------

    def _receive_greeting(self, data: bytes, now: float) -> None:
        upgrade = self._upgrade
        assert upgrade is not None
        answer = upgrade.receive(data)
        self._write(answer)
        if upgrade.failure is not None:
            self._fail(upgrade.failure)
            self.has_output = bool(answer)
        elif upgrade.protocol:
            self._upgrade = None
            self.transport_properties = upgrade.request
            self.version = _AS_VERSION
            self._start(
                BareMechanism(self._config)
                if upgrade.protocol == NO_MECHANISM
                else self._config.new_mechanism(),
                now,
            )
            if self._state != _CLOSED:
                self._decoder.feed(upgrade.rest)
                self._read_handshake(now)

    def _read_handshake(self, now: float) -> None:
        super()._read_handshake(now)
        self._look_at_control(now)
        if self._state == _READY and self._decoder is not self._framing and self._framing.waiting_bytes:
            self._hand_over()  # traffic that came together with the end of CURVE's handshake

    def _look_at_mechanism(self, now: float) -> None:
        mechanism = self._mechanism
        if isinstance(mechanism, BareMechanism) and mechanism.is_admitted and not mechanism.is_id_sent:
            mechanism.is_id_sent = True
            self._write(self._encoder.last_frame(self._config.routing_id))
        super()._look_at_mechanism(now)
        if self._state == _READY and type(self._decoder) is not ZwsDecoder:
            # The mechanism has its own decoder, which took over what was not decoded yet. It reads ZMTP, so give it a
            # fresh beginning and keep cutting frames ourselves.
            self._separate_framing()

    def _separate_framing(self) -> None:
        decoder, framing = self._decoder, self._framing
        fresh = Decoder(self._config.max_msg_size)
        for name in Decoder.__slots__:
            setattr(decoder, name, getattr(fresh, name))
        framing.messages_in = framing.bytes_in = 0

    # -- traffic ---------------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes from the peer. Upgrade and handshake run at once; traffic waits for ``decode``."""
        if self._is_closing:
            return
        if self._state == _READY and self._decoder is not self._framing:
            self._heartbeat.heard()
            self._framing.feed(data)
            self._hand_over()
            return
        super().receive(data, now)

    def _hand_over(self) -> None:
        """Turn whole frames into frames of ZMTP for the mechanism's decoder."""
        framing, frames = self._framing, self._frames
        while True:
            count = framing.decode(frames, 1 << 20)
            command, framing.command = framing.command, None
            if command is not None:
                frames.append(command)  # inside the encryption there are no others; its decoder says so
            elif not count:
                break
        pieces: list[bytes | memoryview] = []
        for frame in frames:
            for part in frame if isinstance(frame, tuple) else (frame,):
                assert isinstance(part, (bytes, memoryview))
                pieces.append(LAST_HEADERS[len(part)])
                pieces.append(part)
        frames.clear()
        if pieces:
            self._decoder.feed(b"".join(pieces))
        if framing.failure is not None:
            self._fail(framing.failure)

    def decode(self, inbox: deque[PipeItem], room: int, now: float) -> int:
        """Append at most ``room`` complete messages to the inbox; returns how many. Answers commands."""
        count = super().decode(inbox, room, now)
        if self._framing.control and not self.has_undecoded:
            self._look_at_control(now)  # a CLOSE counts when everything before it is delivered
        return count

    def receive_alone(self, data: bytes) -> PipeItem | None:
        """Take bytes that are exactly one small message, and return it. None: use ``receive`` and ``decode``."""
        return super().receive_alone(data) if self._decoder is self._framing else None

    def awaited_body(self) -> LargeBody | None:
        """The large frame whose rest comes next, for one read into it; None if none is awaited."""
        return super().awaited_body() if self._decoder is self._framing else None

    # -- control frames --------------------------------------------------------------------------------

    def _look_at_control(self, now: float) -> None:
        control = self._framing.control
        while control and self._state != _CLOSED:
            opcode, payload = control.pop(0)
            if opcode == PING:
                self._heartbeat.heard()
                if self._encoder.size < _MAX_QUEUED_FOR_PONG:
                    # RFC 6455, 5.5.3: with the payload of the PING.
                    self._write(self._ws_encoder.control_frame(PONG, payload))
            elif opcode == CLOSE:
                self._closed_by_peer(payload)

    def _closed_by_peer(self, payload: bytes) -> None:
        self._is_closing = True
        self._write(self._ws_encoder.control_frame(CLOSE, payload[:2] or _NORMAL))
        has_output = self.has_output
        code = int.from_bytes(payload[:2], "big") if len(payload) > 1 else 1000
        text = payload[2:].decode("utf-8", "replace")
        is_normal = self.is_ready and code in (1000, 1001)
        self._fail(
            Failure(
                f"the peer closed the WebSocket with code {code} {text}".rstrip(),
                "" if is_normal else "ws_closed",
                retry=True,
            )
        )
        self.has_output = has_output

    def _write_ping(self) -> None:
        self._write(self._ws_encoder.control_frame(PING, b""))

    def last_words(self) -> bytes:
        """What to say before this side hangs up."""
        if self._state in (_GREETING, _CLOSED):
            return b""
        return self._ws_encoder.control_frame(CLOSE, _NORMAL)
