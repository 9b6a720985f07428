"""NULL: no security. READY goes out as soon as the peer's greeting (and the ZAP verdict, if any) is here."""

from __future__ import annotations

from .command import decode_error, encode_error, split_command
from .failure import MALFORMED_ERROR, malformed_command, unexpected_command
from .mechanism import Mechanism

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import ConnectionConfig


class NullMechanism(Mechanism):
    """Ready when READY was sent and received."""

    __slots__ = ("_ready_received", "_ready_sent", "_refusal")

    name = "NULL"

    def __init__(self, config: ConnectionConfig) -> None:
        super().__init__(config)
        self._ready_sent = False
        self._ready_received = False
        self._refusal: tuple[int, str] | None = (
            None  # to be told to the peer, whose READY is still on its way
        )

    def start(self) -> None:
        """Send READY, or ask the ZAP handler first."""
        if self.config.zap_required:
            self.zap_request = (b"NULL",)
        else:
            self._send_ready()

    def zap_answered(self, status: int, user_id: bytes, properties: dict[str, bytes], text: str) -> None:
        """READY for 200, ERROR for 400 and 500; for 300 the peer only sees us go and may try again."""
        self.zap_request = None
        if status == 200:
            self._keep_zap(user_id, properties)
            self._send_ready()
            return
        if status == 300 or self._ready_received:
            self._refuse(status, text)
        else:
            # Not before the peer's READY is here: a libzmq that reads our greeting and an ERROR in one go has not sent
            # its own READY, notes the ERROR, and acts on it never. It would see just the end of the stream, and come
            # again.
            self._refusal = (status, text)

    def _refuse(self, status: int, text: str) -> None:
        if status != 300:
            self.outgoing.append(encode_error(str(status)))
        self._fail_zap(status, text)

    def hint_at_end(self) -> str:
        """Whoever refuses a peer for now, or is refused, may hang up without a word."""
        if self._refusal is not None:
            return f"{self.judge} refused the peer with status {self._refusal[0]}"
        if self._ready_sent and not self._ready_received:
            return "the peer hung up before its READY: it refuses us, if only for now"
        return ""

    def wants_command(self) -> bool:
        """False once READY is here: what follows is traffic, even if our own READY has still to go."""
        return not self._ready_received

    def command_received(self, body: bytes) -> None:
        """READY or ERROR; nothing else has a place in this handshake."""
        if self._refusal is not None:
            self._refuse(*self._refusal)
            return
        command = split_command(body)
        if command is None:
            self.failure = unexpected_command("the peer sent something other than READY in the handshake")
            return
        name, data = command
        if name == b"READY":
            self._ready_received = True
            if self._take_properties(data):
                self._look_if_complete()
        elif name == b"ERROR":
            self._error_received(data)
        else:
            self.failure = unexpected_command(f"the peer sent {name[:32]!r} instead of READY")

    def _error_received(self, data: bytes) -> None:
        reason = decode_error(data)
        if reason is None:
            self.failure = malformed_command("the peer sent a malformed ERROR", MALFORMED_ERROR)
            return
        self._fail_refused(reason, "")

    def _send_ready(self) -> None:
        self.outgoing.append(self.config.ready_command)
        self._ready_sent = True
        self._look_if_complete()

    def _look_if_complete(self) -> None:
        if self._ready_sent and self._ready_received:
            self._finish()
