"""The way from HTTP to ZWS 2.0: the opening handshake of WebSocket, by wsproto.

The bytes behind the HTTP headers are frames already and are handed back in ``rest``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .failure import FAILED_PROTOCOL, Failure

if TYPE_CHECKING:
    from wsproto.handshake import H11Handshake

# ZMQ_PROTOCOL_ERROR_WS_UNSPECIFIED
WS_UNSPECIFIED = 0x12000000

# Real requests have a few hundred bytes; those of browsers with all their cookies may have a few thousand.
MAX_HEADERS = 16 << 10

_END = b"\r\n\r\n"
NO_MECHANISM = "ZWS2.0"


class Upgrade:
    """One side of the opening handshake. Ends with ``protocol`` or ``failure`` set."""

    __slots__ = ("_accepts", "_handshake", "_origins", "_received", "failure", "protocol", "request", "rest")

    def __init__(
        self, accepts: tuple[str, ...], *, is_client: bool, origins: frozenset[str] | None = None
    ) -> None:
        from wsproto.connection import ConnectionType
        from wsproto.handshake import H11Handshake

        self._accepts = accepts  # subprotocols, the best one first
        self._handshake: H11Handshake = H11Handshake(
            ConnectionType.CLIENT if is_client else ConnectionType.SERVER
        )
        self._origins = origins  # the sites whose pages may come in, None for all
        self._received = b""
        self.protocol = ""
        self.failure: Failure | None = None
        self.rest = b""
        self.request: dict[str, bytes] = {}  # a server's: what the client asked for

    def start(self, host: str, path: str) -> bytes:
        """A client's request."""
        from wsproto.events import Request

        return self._handshake.send(Request(host=host, target=path, subprotocols=list(self._accepts)))

    def receive(self, data: bytes) -> bytes:
        """Take bytes of the peer; returns what to send."""
        from wsproto.utilities import RemoteProtocolError

        self._received += data
        head, end, rest = self._received.partition(_END)
        if not end:
            if len(self._received) > MAX_HEADERS:
                self._fail(f"HTTP headers of more than {MAX_HEADERS} bytes")
            elif not self._begins_well():
                self._fail("something that is no HTTP")
            return b""
        if len(head) > MAX_HEADERS:
            self._fail(f"HTTP headers of more than {MAX_HEADERS} bytes")
            return b""
        self._received = b""
        self.rest = rest
        try:
            self._handshake.receive_data(head + end)
            for event in self._handshake.events():
                return self._decide(event)
        except RemoteProtocolError as error:
            self._fail(f"an HTTP message that opens no WebSocket ({error})")
            return b"" if self._handshake.client else self._rejection(400)
        except (ValueError, UnicodeError):  # of header values that are not what they should be
            pass
        self._fail("an HTTP message that opens no WebSocket")
        return b""

    def _begins_well(self) -> bool:
        """False as soon as the first bytes cannot become the message that is expected."""
        expected = b"HTTP/1.1 " if self._handshake.client else b"GET "
        return self._received[: len(expected)] == expected[: len(self._received)]

    def _decide(self, event: Any) -> bytes:
        from wsproto.events import AcceptConnection, RejectConnection, Request

        if isinstance(event, Request):
            return self._answer(event)
        if isinstance(event, AcceptConnection):
            self.protocol = event.subprotocol or ""
            if not self.protocol:
                self._fail("an answer without the subprotocol ZWS2.0: no ZeroMQ there")
        elif isinstance(event, RejectConnection):
            self._fail(f"HTTP status {event.status_code} instead of a WebSocket", retry=True)
        return b""

    def _answer(self, request: Any) -> bytes:
        from wsproto.events import AcceptConnection

        # The client's order counts.
        for protocol in request.subprotocols:
            if protocol in self._accepts:
                self.protocol = protocol
                break
        else:
            offered = ", ".join(request.subprotocols)[:80] or "none"
            self._fail(f"a request for subprotocol {offered}; we speak {' and '.join(self._accepts)}")
            return self._rejection(400)
        headers = {bytes(name).lower(): bytes(value) for name, value in request.extra_headers}
        self.request = {"WS-Path": request.target.encode()}
        if b"origin" in headers:
            self.request["WS-Origin"] = headers[b"origin"]
            if self._origins is not None and headers[b"origin"].decode("latin-1") not in self._origins:
                self._fail(
                    f"a request of a page from {headers[b'origin'][:80]!r}, which is not in ws_origins"
                )
                return self._rejection(403)
        return self._handshake.send(AcceptConnection(subprotocol=self.protocol))

    def _rejection(self, status: int) -> bytes:
        from wsproto.events import RejectConnection

        assert self.failure is not None
        text = self.failure.reason.encode("ascii", "replace") + b"\n"
        headers = [
            (b"content-type", b"text/plain"),
            (b"content-length", str(len(text)).encode()),
            (b"connection", b"close"),
        ]
        from wsproto.events import RejectData
        from wsproto.utilities import LocalProtocolError

        try:
            answer = self._handshake.send(
                RejectConnection(status_code=status, headers=headers, has_body=True)
            )
            return answer + self._handshake.send(RejectData(data=text, body_finished=True))
        except LocalProtocolError:  # HTTP is broken too badly for an answer
            return b""

    def _fail(self, what: str, *, retry: bool = False) -> None:
        self.protocol = ""
        self.failure = Failure(
            f"the peer sent {what}", "ws_upgrade", event=FAILED_PROTOCOL, value=WS_UNSPECIFIED, retry=retry
        )
