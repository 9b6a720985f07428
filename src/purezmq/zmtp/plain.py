"""PLAIN: a user name and a password in clear text, judged by a ZAP handler. Traffic is not protected.

client                        server
HELLO user password     ->    asks the ZAP handler
                        <-    WELCOME, or ERROR
INITIATE properties     ->
                        <-    READY properties
"""

from __future__ import annotations

from .command import decode_error, encode_command, encode_error, split_command
from .failure import (
    MALFORMED_ERROR,
    MALFORMED_HELLO,
    MALFORMED_WELCOME,
    malformed_command,
    unexpected_command,
)
from .mechanism import NO_CLIENT, Mechanism
from .metadata import encode_properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import ConnectionConfig

_WELCOME = encode_command(b"WELCOME")

# libzmq from 4.3.0 on writes the name of this ERROR with a first byte of 5E instead of 05 45, and its PLAIN client
# understands nothing else.
_LIBZMQ_ERROR = b"\x5eRROR"


class PlainClient(Mechanism):
    """The side with the user name. It speaks first, whoever connected."""

    __slots__ = ("_awaits",)

    name = "PLAIN"

    def __init__(self, config: ConnectionConfig) -> None:
        super().__init__(config)
        self._awaits = b"WELCOME"

    def start(self) -> None:
        """Send HELLO."""
        user, password = self.config.plain_username, self.config.plain_password
        data = bytes((len(user),)) + user + bytes((len(password),)) + password
        self.outgoing.append(encode_command(b"HELLO", data))

    def command_received(self, body: bytes) -> None:
        """WELCOME, then READY; or ERROR in the place of either."""
        if body.startswith(_LIBZMQ_ERROR):
            self._error_received(body[len(_LIBZMQ_ERROR) :])
            return
        name, data = split_command(body) or (b"", b"")
        if name == b"ERROR":
            self._error_received(data)
        elif name == b"HELLO":
            self.failure = unexpected_command(
                "the peer is a PLAIN client like us: one side must be the server (PLAIN_SERVER)"
            )
        elif name != self._awaits:
            self.failure = unexpected_command(
                f"the peer sent {name[:32]!r} instead of {self._awaits.decode()} in the PLAIN handshake"
            )
        elif name == b"READY":
            self.is_complete = self._take_properties(data)
        elif data:
            self.failure = malformed_command("the peer sent a malformed WELCOME", MALFORMED_WELCOME)
        else:
            self._awaits = b"READY"
            properties = encode_properties(self.config.ready_properties)
            self.outgoing.append(encode_command(b"INITIATE", properties))

    def hint_at_end(self) -> str:
        """A server that has no handler, or answers 300, only hangs up."""
        return (
            "the peer hung up on our PLAIN credentials: it refuses us for now, or has no ZAP handler"
            if self._awaits == b"WELCOME"
            else ""
        )

    def _error_received(self, data: bytes) -> None:
        reason = decode_error(data)
        if reason is None:
            self.failure = malformed_command("the peer sent a malformed ERROR", MALFORMED_ERROR)
        else:
            self._fail_refused(reason, "are PLAIN_USERNAME and PLAIN_PASSWORD right?")


class PlainServer(Mechanism):
    """The side that has the user name judged."""

    __slots__ = ("_awaits",)

    name = "PLAIN"

    def __init__(self, config: ConnectionConfig) -> None:
        super().__init__(config)
        self._awaits = b"HELLO"

    def start(self) -> None:
        """The client begins."""

    def wants_command(self) -> bool:
        """False while the handler is being asked."""
        return self.zap_request is None

    def command_received(self, body: bytes) -> None:
        """HELLO, then INITIATE."""
        name, data = split_command(body) or (b"", b"")
        if name != self._awaits:
            self.failure = unexpected_command(
                f"the peer sent {name[:32]!r} instead of {self._awaits.decode()} in the PLAIN handshake"
            )
        elif name == b"INITIATE":
            if self._take_properties(data):
                self.outgoing.append(self.config.ready_command)
                self._finish()
        else:
            credentials = _split_credentials(data)
            if credentials is None:
                self.failure = malformed_command("the peer sent a malformed HELLO", MALFORMED_HELLO)
            else:
                self.zap_request = (b"PLAIN", *credentials)

    def hint_at_timeout(self) -> str:
        """libzmq does not say in its greeting that it is a server."""
        hint = super().hint_at_timeout()
        return hint or (NO_CLIENT if self._awaits == b"HELLO" else "")

    def zap_answered(self, status: int, user_id: bytes, properties: dict[str, bytes], text: str) -> None:
        """WELCOME for 200, ERROR for 400 and 500; for 300 the peer only sees us go and may try again."""
        self.zap_request = None
        if status == 200:
            self._keep_zap(user_id, properties)
            self._awaits = b"INITIATE"
            self.outgoing.append(_WELCOME)
            return
        if status != 300:
            self.outgoing.append(_LIBZMQ_ERROR + encode_error(str(status))[len(b"\x05ERROR") :])
        self._fail_zap(status, text)


def _split_credentials(data: bytes) -> tuple[bytes, bytes] | None:
    """User name and password of a HELLO; None unless they fill it exactly."""
    if not data:
        return None
    user_end = 1 + data[0]
    if len(data) <= user_end or len(data) != user_end + 1 + data[user_end]:
        return None
    return data[1:user_end], data[user_end + 1 :]
