"""Properties, as in READY commands and ZAP replies: ``namelen name vallen(4) value``, repeated."""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack, unpack_from

# A peer may not make us keep a large table: real peers announce two or three properties.
MAX_PROPERTIES = 256

SOCKET_TYPE = "Socket-Type"
IDENTITY = "Identity"

# RFC 37: names are case-insensitive. libzmq compares exactly; we accept any case and file the known ones as
# written here.
_CANONICAL = {name.lower(): name for name in (SOCKET_TYPE, IDENTITY, "Resource")}


def encode_property(name: str, value: bytes) -> bytes:
    """One property as it stands in a READY command."""
    raw_name = name.encode("latin-1")
    return pack(f">B{len(raw_name)}sI", len(raw_name), raw_name, len(value)) + value


def encode_properties(properties: Iterable[tuple[str, bytes]]) -> bytes:
    """Properties in the order given."""
    return b"".join(encode_property(name, value) for name, value in properties)


def decode_properties(data: bytes, start: int = 0) -> list[tuple[str, bytes]] | None:
    """The properties in ``data[start:]``, in order, with duplicates; None: malformed or too many."""
    found: list[tuple[str, bytes]] = []
    position = start
    size = len(data)
    while position < size:
        name_end = position + 1 + data[position]
        if name_end + 4 > size or len(found) == MAX_PROPERTIES:
            return None
        # latin-1 maps every byte to one character: whatever a peer sends is a name.
        name = data[position + 1 : name_end].decode("latin-1")
        (length,) = unpack_from(">I", data, name_end)
        position = name_end + 4 + length
        if position > size:
            return None
        found.append((_CANONICAL.get(name.lower(), name), data[name_end + 4 : position]))
    return found
