"""The greeting of a peer, taken apart (RFC 37). The doctor looks at fields that a connection has no use for."""

from __future__ import annotations

from dataclasses import dataclass

SIGNATURE = b"\xff\0\0\0\0\0\0\0\x01\x7f"
SIGNATURE_SIZE = len(SIGNATURE)
OLD_GREETING_SIZE = 12  # ZMTP 2.0: signature, revision, socket type
GREETING_SIZE = 64
# What a libzmq peer needs to see before it sends the rest of its own greeting. We say no more than this at first: a
# peer that has read our mechanism and does not like it hangs up before we have read its own.
OPENING = SIGNATURE + b"\x03"
CLOSING = b"\x01" + b"NULL".ljust(20, b"\0") + bytes(32)  # minor version, mechanism, as-server and filler


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a ZMTP 3 peer says first."""

    major: int
    minor: int
    mechanism: str
    as_server: bool

    @property
    def version(self) -> str:
        """'3.1'."""
        return f"{self.major}.{self.minor}"

    @property
    def answers_pings(self) -> bool:
        """True from ZMTP 3.1 on."""
        return (self.major, self.minor) >= (3, 1)


def decode_greeting(data: bytes) -> Greeting:
    """Take 64 bytes apart."""
    mechanism = data[12:32].rstrip(b"\0").decode("latin-1")
    return Greeting(data[10], data[11], mechanism, data[32] == 1)


def is_versioned(signature: bytes) -> bool:
    """True if the first ten bytes are a signature; else the peer is older than ZMTP 2.0, or something else."""
    return signature[0] == SIGNATURE[0] and signature[9] & 1 == 1
