"""The conversation with the peer: greeting, READY, PING.

The doctor holds its own READY back until it has the peer's. A peer says its READY as soon as it has our greeting, so
we learn its type first and can then announce one that fits and does no harm (fitting.py), or none. That is why this
does not use purezmq.zmtp.Connection, which answers at once, but only its codecs.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from purezmq.zmtp.command import decode_error, encode_ping, encode_ready, split_command
from purezmq.zmtp.compat import ANNOUNCES_IDENTITY
from purezmq.zmtp.framing import COMMAND, LONG, command_frame
from purezmq.zmtp.metadata import IDENTITY, SOCKET_TYPE, decode_properties

from .greeting import (
    CLOSING,
    GREETING_SIZE,
    OLD_GREETING_SIZE,
    OPENING,
    SIGNATURE_SIZE,
    Greeting,
    decode_greeting,
    is_versioned,
)
from .line import Line, PeerClosed, PeerSilent

PING_CONTEXT = b"purezmq doctor"  # at most 16 bytes
# Sent to a peer that stays silent: HTTP servers and other line-based ones wait for the end of a line before they
# complain. A ZMTP peer that has said nothing so far loses nothing, since we hang up anyway.
NUDGE = b"\r\n\r\n"
NUDGE_S = 0.5
MAX_COMMAND = 1 << 16  # a READY has some dozens of bytes


@dataclass(frozen=True, slots=True)
class Stranger:
    """The peer did not greet: what it said instead, if anything, and how it ended."""

    data: bytes
    closed: bool


@dataclass(frozen=True, slots=True)
class OldPeer:
    """A ZMTP 2.0 peer: it says its socket type's number in the greeting, and there is no handshake."""

    revision: int
    type_number: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The peer's READY."""

    properties: list[tuple[str, bytes]]

    @property
    def socket_type(self) -> str:
        """The announced type; '' if there is none."""
        return dict(self.properties).get(SOCKET_TYPE, b"").decode("latin-1")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The peer's ERROR."""

    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The peer ended the conversation, or said something that has no place in it."""

    what: str
    closed: bool = True


def exchange_greetings(line: Line, deadline: float) -> Greeting | OldPeer | Stranger:
    """Open the conversation and read how the peer greets."""
    try:
        line.send(OPENING, deadline)
        _first_bytes(line, deadline)
        if line.buffer[0] != OPENING[0]:
            return _listen_on(line, deadline)
        line.need(SIGNATURE_SIZE, deadline)
        if not is_versioned(bytes(line.buffer)):
            return _listen_on(line, deadline)
        line.need(OLD_GREETING_SIZE, deadline)
        if line.buffer[SIGNATURE_SIZE] < 3 and line.buffer[SIGNATURE_SIZE] != 2:
            return OldPeer(line.buffer[SIGNATURE_SIZE], line.buffer[SIGNATURE_SIZE + 1])
        line.need(GREETING_SIZE, deadline)
    except PeerSilent:
        return Stranger(bytes(line.buffer), closed=False)
    except PeerClosed:
        return Stranger(bytes(line.buffer), closed=True)
    return decode_greeting(line.take(GREETING_SIZE))


def _first_bytes(line: Line, deadline: float) -> None:
    """Wait for anything at all; say more, step by step, to a peer that waits for us."""
    now = monotonic()
    try:
        return line.need(1, min(deadline, now + (deadline - now) / 2))
    except PeerSilent:
        line.send(CLOSING, deadline)  # some peers want our whole greeting before they begin
    try:
        return line.need(1, deadline - NUDGE_S)
    except PeerSilent:
        line.send(NUDGE, monotonic() + NUDGE_S)
    line.need(1, monotonic() + NUDGE_S)


def _listen_on(line: Line, deadline: float) -> Stranger:
    """Hear what a stranger has to say for itself, for a moment."""
    try:
        while True:
            line.need(len(line.buffer) + 1, min(deadline, monotonic() + NUDGE_S))
    except PeerSilent:
        return Stranger(bytes(line.buffer), closed=False)
    except PeerClosed:
        return Stranger(bytes(line.buffer), closed=True)


def await_ready(line: Line, deadline: float) -> Ready | Refusal | Broken:
    """Complete the greeting as a NULL peer and read what the peer says to that."""
    try:
        line.send(CLOSING, deadline)
        _, body = _read_frame(line, deadline)
    except PeerClosed:
        return Broken("it closed the connection after the greetings")
    except PeerSilent:
        return Broken("it said nothing after the greetings", closed=False)
    command = split_command(body)
    if command is None:
        return Broken("its first frame is not a command")
    name, data = command
    if name == b"ERROR":
        return Refusal(decode_error(data) or "")
    if name != b"READY":
        return Broken(f"its first command is {name!r} instead of READY")
    properties = decode_properties(data)
    return Broken("the properties in its READY are malformed") if properties is None else Ready(properties)


def ping(line: Line, our_type: str, deadline: float) -> float | Broken:
    """Finish the handshake as ``our_type`` and measure a PING's round trip in seconds."""
    properties = [(SOCKET_TYPE, our_type.encode())]
    if our_type in ANNOUNCES_IDENTITY:
        properties.append((IDENTITY, b""))
    try:
        line.send(command_frame(encode_ready(tuple(properties))), deadline)
        started = monotonic()
        line.send(command_frame(encode_ping(0, PING_CONTEXT)), deadline)
        while True:
            flags, body = _read_frame(line, deadline)
            # Subscriptions and first messages may come before it; they are not for us.
            if flags & COMMAND and split_command(body) == (b"PONG", PING_CONTEXT):
                return monotonic() - started
    except PeerClosed:
        return Broken(f"it closed the connection after our READY as {our_type}")
    except PeerSilent:
        return Broken("it does not answer a PING", closed=False)


def _read_frame(line: Line, deadline: float) -> tuple[int, bytes]:
    """Flags and body of the next frame. A frame that is too large for this conversation counts as an end of it."""
    line.need(2, deadline)
    flags = line.buffer[0]
    header = 9 if flags & LONG else 2
    line.need(header, deadline)
    size = int.from_bytes(line.buffer[1:header], "big")
    if size > MAX_COMMAND:
        raise PeerClosed
    line.need(header + size, deadline)
    line.take(header)
    return flags, line.take(size)
