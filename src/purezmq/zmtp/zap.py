"""The ZAP 1.0 dialogue (RFC 27): the question about a peer, the answer, and what holds when nobody answers.

The asker is a connection in its handshake; the handler is a socket of the same context, bound to
``inproc://zeromq.zap.01``. Carrying the messages is the driver's business.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from .failure import FAILED_NO_DETAIL, FAILED_PROTOCOL, Failure
from .metadata import decode_properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import ConnectionConfig

HANDLER_NAME = "zeromq.zap.01"

_VERSION = b"1.0"
# Each request has a pipe of its own, so there is nothing to tell apart; libzmq always says 1.
_REQUEST_ID = b"1"
_STATUSES = {b"200": 200, b"300": 300, b"400": 400, b"500": 500}
_REPLY_FRAMES = 7

# ZMQ_PROTOCOL_ERROR_ZAP_*
MALFORMED_REPLY = 0x20000001
BAD_REQUEST_ID = 0x20000002
BAD_VERSION = 0x20000003
INVALID_STATUS_CODE = 0x20000004
INVALID_METADATA = 0x20000005


class Verdict:
    """What the handler decided about a peer."""

    __slots__ = ("properties", "status", "text", "user_id")

    def __init__(self, status: int, text: str, user_id: bytes, properties: dict[str, bytes]) -> None:
        self.status = status
        self.text = text
        self.user_id = user_id
        self.properties = properties


def is_asked(mechanism: str, as_server: bool, domain: bytes, enforce_domain: bool) -> bool:
    """Whether connections of such a socket ask the handler about their peers."""
    if mechanism == "NULL":
        return bool(domain)
    if not as_server:
        return False
    return mechanism == "PLAIN" or bool(domain) or not enforce_domain


def encode_request(config: ConnectionConfig, address: str, request: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The question, with the delimiter that a REP handler needs. ``request``: mechanism name and credentials."""
    # RFC 27 does not say whose identity: libzmq sends its own, not the peer's.
    return (
        b"",
        _VERSION,
        _REQUEST_ID,
        config.zap_domain,
        address.encode("utf-8", "replace"),
        config.routing_id,
        *request,
    )


def decode_reply(message: Sequence[bytes | memoryview]) -> Verdict | Failure:
    """The handler's answer, or what is wrong with it. The checks stand in libzmq's order."""
    frames = [bytes(frame) for frame in message]
    if len(frames) != _REPLY_FRAMES or frames[0]:
        return _bad_reply(f"a reply of {len(frames)} frames instead of {_REPLY_FRAMES}", MALFORMED_REPLY)
    _, version, request_id, status, text, user_id, metadata = frames
    if version != _VERSION:
        return _bad_reply(f"version {version[:16]!r} instead of 1.0", BAD_VERSION)
    if request_id != _REQUEST_ID:
        return _bad_reply(f"request id {request_id[:16]!r} instead of {_REQUEST_ID!r}", BAD_REQUEST_ID)
    if status not in _STATUSES:
        return _bad_reply(f"status {status[:16]!r}; there are 200, 300, 400 and 500", INVALID_STATUS_CODE)
    properties = decode_properties(metadata)
    if properties is None:
        return _bad_reply("malformed metadata", INVALID_METADATA)
    found: dict[str, bytes] = {}
    for name, value in properties:
        found.setdefault(name, value)
    return Verdict(_STATUSES[status], text[:255].decode("utf-8", "replace"), user_id, found)


def without_handler(config: ConnectionConfig) -> Failure | None:
    """Nobody is bound to the handler's name. None: the peer may come in all the same."""
    if config.mechanism != "PLAIN" and not config.zap_enforce_domain:
        return None
    why = "PLAIN needs one" if config.mechanism == "PLAIN" else "ZAP_ENFORCE_DOMAIN asks for one"
    return Failure(
        f"there is no ZAP handler, and {why}: bind a REP socket of this context to inproc://{HANDLER_NAME}, "
        "or start a purezmq.auth.thread.ThreadAuthenticator",
        "zap_no_handler",
        event=FAILED_NO_DETAIL,
        value=errno.EFAULT,
        retry=True,  # a handler may come
    )


def handler_gone() -> Failure:
    """The handler went away with the question."""
    return Failure(
        "the ZAP handler was closed before it answered",
        "zap_no_handler",
        event=FAILED_NO_DETAIL,
        value=errno.EFAULT,
        retry=True,
    )


def _bad_reply(what: str, value: int) -> Failure:
    return Failure(f"the ZAP handler sent {what}", "zap_bad_reply", event=FAILED_PROTOCOL, value=value)
