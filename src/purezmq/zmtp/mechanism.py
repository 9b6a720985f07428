"""The interface of security mechanisms: small machines that exchange handshake commands.

A mechanism never sees frames: it gets command bodies and leaves command bodies in ``outgoing``. The
connection calls ``start`` when the peer's greeting is complete, ``command_received`` per handshake command
and ``zap_answered`` when a ZAP request it asked for (``zap_request``) was decided. After each call the
connection sends what is in ``outgoing`` and looks at ``failure`` and ``is_complete``.

A mechanism that protects traffic brings its own encoder and decoder; the default is plain framing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compat import is_compatible
from .decoder import Decoder
from .encoder import Encoder
from .failure import FAILED_AUTH, Failure
from .metadata import IDENTITY, SOCKET_TYPE, decode_properties

if TYPE_CHECKING:
    from .config import ConnectionConfig


class Mechanism:
    """What all mechanisms have in common: the peer's properties, and the two ways to end."""

    __slots__ = (
        "config",
        "failure",
        "is_complete",
        "outgoing",
        "peer_routing_id",
        "peer_socket_type",
        "properties",
        "zap_request",
    )

    name = ""

    def __init__(self, config: ConnectionConfig) -> None:
        self.config = config
        self.outgoing: list[bytes] = []
        self.failure: Failure | None = None
        self.is_complete = False
        self.properties: dict[str, bytes] = {}
        self.peer_socket_type = ""
        self.peer_routing_id = b""
        # (mechanism name, credentials …) while a ZAP handler is to be asked, else None.
        self.zap_request: tuple[bytes, ...] | None = None

    def start(self) -> None:
        """The peer's greeting is complete and names this mechanism too."""
        raise NotImplementedError

    def command_received(self, body: bytes) -> None:
        """The peer sent this handshake command."""
        raise NotImplementedError

    def zap_answered(self, status: int, user_id: bytes, properties: dict[str, bytes]) -> None:
        """The ZAP handler decided, or nobody was there and that is fine (status 200)."""
        raise NotImplementedError

    def wants_command(self) -> bool:
        """False while the peer must not have sent anything more than it already has."""
        return True

    def make_encoder(self) -> Encoder:
        """What turns messages into bytes after the handshake (and carries the handshake itself)."""
        return Encoder()

    def make_decoder(self) -> Decoder:
        """What turns bytes into messages after the handshake (and reads the handshake itself)."""
        return Decoder(self.config.max_msg_size)

    def _take_properties(self, data: bytes) -> bool:
        """Check and keep the properties that the peer announces. False: the failure is set."""
        properties = decode_properties(data)
        if properties is None:
            # libzmq reports no event for this and the next failure, only DISCONNECTED.
            self.failure = Failure("the peer sent a READY with malformed properties", "bad_metadata")
            return False
        for name, value in properties:
            if name == SOCKET_TYPE and not self._take_socket_type(value):
                return False
            if name == IDENTITY:
                self.peer_routing_id = value  # the last one counts
            self.properties.setdefault(name, value)
        return True

    def _take_socket_type(self, value: bytes) -> bool:
        ours = self.config.socket_type
        theirs = value.decode("latin-1")
        if is_compatible(ours, theirs):
            self.peer_socket_type = theirs
            return True
        self.failure = Failure(
            f"our {ours} socket and the peer's {theirs[:32]!r} socket cannot talk to each other",
            "bad_socket_type",
        )
        return False

    def _fail_zap(self, status: int) -> None:
        """The handler refused the peer (300, 400 or 500)."""
        self.failure = Failure(
            f"the ZAP handler refused the peer with status {status}",
            "zap_refused",
            event=FAILED_AUTH,
            value=status,
        )
