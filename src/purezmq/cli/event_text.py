"""Monitor events in words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import purezmq as zmq

FAILURES = {
    "ZMTP_UNEXPECTED_COMMAND": "the peer sent a handshake command that has no place there",
    "ZMTP_INVALID_SEQUENCE": "the peer's encrypted messages are out of order",
    "ZMTP_KEY_EXCHANGE": "the key exchange failed; check the server key",
    "ZMTP_MALFORMED_COMMAND_READY": "the peer's READY is malformed",
    "ZMTP_INVALID_METADATA": "the peer's properties are malformed, or its socket type does not fit",
    "ZMTP_CRYPTOGRAPHIC": "decryption failed; check the keys",
    "ZMTP_MECHANISM_MISMATCH": "the peer uses another security mechanism (NULL, PLAIN or CURVE)",
}
REFUSALS = {
    300: "the authenticator could not decide (300); the connection may be retried",
    400: "the authenticator refused the credentials (400)",
    500: "the authenticator failed (500)",
}


def event_name(event: int) -> str:
    """'HANDSHAKE_SUCCEEDED' and the like; an unknown event keeps its number."""
    try:
        return zmq.Event(event).name or hex(event)
    except ValueError:
        return hex(event)


def reason(event: int, value: int) -> str:
    """What the event's value means; '' if it says nothing worth reading."""
    if event in (zmq.EVENT_BIND_FAILED, zmq.EVENT_ACCEPT_FAILED, zmq.EVENT_CLOSE_FAILED):
        return os.strerror(value)
    if event == zmq.EVENT_CONNECT_RETRIED:
        return f"next attempt in {value} ms"
    if event == zmq.EVENT_CONNECT_DELAYED:
        return "the connection is being made"
    if event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        return f"the peer closed during the handshake ({os.strerror(value)})" if value else "no detail"
    if event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return _protocol_error(value)
    if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
        return REFUSALS.get(value, f"status {value}")
    if event in (zmq.EVENT_CONNECTED, zmq.EVENT_ACCEPTED, zmq.EVENT_LISTENING):
        return f"descriptor {value}"
    return ""


def _protocol_error(value: int) -> str:
    value &= 0xFFFFFFFF
    for name in dir(zmq):
        if name.startswith("PROTOCOL_ERROR_") and int(getattr(zmq, name)) == value:
            short = name.removeprefix("PROTOCOL_ERROR_")
            return FAILURES.get(short, short.lower().replace("_", " "))
    return f"protocol error {value:#x}"


def describe(notice: Mapping[str, Any]) -> str:
    """One line: the event, its endpoint and its reason."""
    event, value = int(notice["event"]), int(notice["value"])
    endpoint = notice["endpoint"].decode(errors="replace")
    text = reason(event, value)
    line = f"{event_name(event)} {endpoint}".rstrip()
    return f"{line}: {text}" if text else line
