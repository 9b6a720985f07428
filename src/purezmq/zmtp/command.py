"""Command bodies: ``n name(n) data``. The frame around them is framing.py's."""

from __future__ import annotations

from ..base.message import GroupChange, Subscription
from .metadata import encode_properties

# RFC 37: the context that a PONG echoes has at most 16 bytes.
MAX_CONTEXT = 16


def encode_command(name: bytes, data: bytes = b"") -> bytes:
    """The body of a command frame."""
    return bytes((len(name),)) + name + data


def split_command(body: bytes) -> tuple[bytes, bytes] | None:
    """Name and data of a command body; None if it is empty or the name runs past the end."""
    if not body or len(body) < 1 + body[0]:
        return None
    end = 1 + body[0]
    return body[1:end], body[end:]


def encode_ready(properties: tuple[tuple[str, bytes], ...]) -> bytes:
    """READY with these properties, in this order."""
    return encode_command(b"READY", encode_properties(properties))


def encode_error(reason: str) -> bytes:
    """ERROR with a reason of at most 255 bytes."""
    text = reason.encode("utf-8")[:255]
    return encode_command(b"ERROR", bytes((len(text),)) + text)


def decode_error(data: bytes) -> str | None:
    """The reason in the data of an ERROR command; None if its length runs past the end."""
    if not data or len(data) < 1 + data[0]:
        return None
    return data[1 : 1 + data[0]].decode("utf-8", "replace")


def encode_ping(ttl_ds: int, context: bytes = b"") -> bytes:
    """PING: we ask the peer to give us up after ``ttl_ds`` tenths of a second of silence (0: never)."""
    return encode_command(b"PING", ttl_ds.to_bytes(2, "big") + context)


def encode_pong(context: bytes) -> bytes:
    """The answer to a PING with this context."""
    return encode_command(b"PONG", context[:MAX_CONTEXT])


def encode_change(change: Subscription) -> bytes:
    """SUBSCRIBE or CANCEL, as peers from ZMTP 3.1 on understand them; JOIN or LEAVE from DISH to RADIO."""
    if type(change) is GroupChange:
        return encode_command(b"JOIN" if change.subscribe else b"LEAVE", change.topic)
    return encode_command(b"SUBSCRIBE" if change.subscribe else b"CANCEL", change.topic)
