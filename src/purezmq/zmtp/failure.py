"""Why a connection ended, and the protocol error numbers that monitors report."""

from __future__ import annotations

# ZMQ_PROTOCOL_ERROR_*: the values of HANDSHAKE_FAILED_PROTOCOL events.
UNSPECIFIED = 0x10000000
UNEXPECTED_COMMAND = 0x10000001
INVALID_SEQUENCE = 0x10000002
KEY_EXCHANGE = 0x10000003
MALFORMED_UNSPECIFIED = 0x10000011
MALFORMED_MESSAGE = 0x10000012
MALFORMED_HELLO = 0x10000013
MALFORMED_INITIATE = 0x10000014
MALFORMED_ERROR = 0x10000015
MALFORMED_READY = 0x10000016
MALFORMED_WELCOME = 0x10000017
INVALID_METADATA = 0x10000018
CRYPTOGRAPHIC = 0x11000001
MECHANISM_MISMATCH = 0x11000002

FAILED_PROTOCOL = "HANDSHAKE_FAILED_PROTOCOL"
FAILED_NO_DETAIL = "HANDSHAKE_FAILED_NO_DETAIL"
FAILED_AUTH = "HANDSHAKE_FAILED_AUTH"


class Failure:
    """What ended a connection: for the user (reason), the monitor (event, value), the counters and the
    redialler.

    ``kind`` is "protocol" (the peer, or the pairing, is wrong) or "timeout" (the peer fell silent). ``event``
    is the monitor event to report before DISCONNECTED, "" for none. ``retry`` tells a connecting socket
    whether dialling again can help; libzmq never redials after a protocol error, and always after a timeout.
    A peer that takes its leave in good order, where the protocol has words for it, is a failure without
    counter.
    """

    __slots__ = ("counter", "event", "kind", "reason", "retry", "value")

    def __init__(
        self,
        reason: str,
        counter: str,
        *,
        kind: str = "protocol",
        event: str = "",
        value: int = 0,
        retry: bool | None = None,
    ) -> None:
        self.reason = reason
        self.counter = counter
        self.kind = kind
        self.event = event
        self.value = value
        self.retry = kind == "timeout" if retry is None else retry

    def __repr__(self) -> str:
        return f"Failure({self.reason!r}, {self.counter!r}, kind={self.kind!r}, {self.event} {self.value:#x})"


def unexpected_command(reason: str) -> Failure:
    """A handshake command arrived where another one, or none, was due."""
    return Failure(reason, "unexpected_command", event=FAILED_PROTOCOL, value=UNEXPECTED_COMMAND)


def malformed_command(reason: str, value: int = MALFORMED_UNSPECIFIED) -> Failure:
    """A handshake command whose inside does not add up."""
    return Failure(reason, "malformed_command", event=FAILED_PROTOCOL, value=value)
