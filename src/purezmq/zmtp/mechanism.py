"""The interface of security mechanisms: small machines that exchange handshake commands.

A mechanism never sees frames: it gets command bodies and leaves command bodies in ``outgoing``. The
connection calls ``start`` when the peer's greeting is complete, ``command_received`` per handshake command,
``zap_answered`` when a ZAP request it asked for (``zap_request``) was decided, and ``errand_done`` when a call that may
take long (``errand``) has returned. After each call the connection sends what is in ``outgoing`` and looks at
``failure`` and ``is_complete``.

A mechanism that protects traffic replaces encoder and decoder when the handshake is complete; the default is to
go on with plain framing.
"""

from __future__ import annotations

from collections.abc import Callable

from .compat import is_compatible
from .decoder import Decoder
from .encoder import Encoder
from .failure import FAILED_AUTH, Failure
from .metadata import IDENTITY, SOCKET_TYPE, decode_properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .config import ConnectionConfig

# How the log calls whoever answers a ZAP request: the handler of the context, or the socket's own ``auth``.
HANDLER, OWN_JUDGE = "the ZAP handler", "socket.auth"

# What a server says about a peer that does not begin.
NO_CLIENT = ": the peer does not begin; is it a server, too?"

_AUTH_STATUS = {"300": 300, "400": 400, "500": 500}


class Mechanism:
    """What all mechanisms have in common: the peer's properties, and the two ways to end."""

    __slots__ = (
        "config",
        "errand",
        "failure",
        "is_complete",
        "judge",
        "outgoing",
        "peer_routing_id",
        "peer_socket_type",
        "properties",
        "zap_properties",
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
        self.judge = ""  # who answered the ZAP request, for the log
        # (mechanism name, credentials …) while a ZAP handler is to be asked, else None.
        self.zap_request: tuple[bytes, ...] | None = None
        # To be called where it may block, without any lock; what it returns or raises comes back by errand_done.
        self.errand: Callable[[], Any] | None = None
        self.zap_properties: dict[str, bytes] = {}  # what the handler says about the peer

    def start(self) -> None:
        """The peer's greeting is complete and names this mechanism too."""
        raise NotImplementedError

    def command_received(self, body: bytes) -> None:
        """The peer sent this handshake command."""
        raise NotImplementedError

    def zap_answered(self, status: int, user_id: bytes, properties: dict[str, bytes], text: str) -> None:
        """The ZAP handler decided, or nobody was there and that is fine (status 200). ``text`` is for the log."""
        raise NotImplementedError

    def errand_done(self, result: Any) -> None:
        """The errand has returned this, or raised it."""
        raise NotImplementedError

    def wants_command(self) -> bool:
        """False while the peer must not have sent anything more than it already has."""
        return True

    def hint_at_end(self) -> str:
        """What it most likely means if the peer hangs up right now; "" if it can mean anything."""
        return ""

    def hint_at_timeout(self) -> str:
        """What it most likely means if nothing more comes, to be added to a sentence; "" if it can mean anything."""
        if self.zap_request is not None:
            return ": nobody has answered yet whether the peer may come in"
        return ": a call to the security library has not returned yet" if self.errand is not None else ""

    def make_encoder(self, plain: Encoder) -> Encoder:
        """What turns messages into bytes from now on; ``plain`` has carried the handshake so far."""
        return plain

    def make_decoder(self, plain: Decoder) -> Decoder:
        """What turns bytes into messages from now on; ``plain`` has read the handshake so far."""
        return plain

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

    def _keep_zap(self, user_id: bytes, properties: dict[str, bytes]) -> None:
        self.zap_properties = {**properties, "User-Id": user_id} if user_id else properties

    def _finish(self) -> None:
        """The handshake is done."""
        # What the handler says about the peer counts more than what the peer says about itself.
        self.properties.update(self.zap_properties)
        self.is_complete = True

    def _fail_zap(self, status: int, text: str) -> None:
        """The handler refused the peer (300, 400 or 500)."""
        why = f" ({text})" if text else ""
        self.failure = Failure(
            f"{self.judge} refused the peer with status {status}{why}",
            "auth_refused" if self.judge == OWN_JUDGE else "zap_refused",
            event=FAILED_AUTH,
            value=status,
        )

    def _fail_refused(self, reason: str, advice: str) -> None:
        """The peer refused us with an ERROR command."""
        # libzmq tells the user about the three ZAP codes and is silent about any other text.
        status = _AUTH_STATUS.get(reason, 0)
        question = f"; {advice}" if advice and status == 400 else ""
        self.failure = Failure(
            f"the peer refused the connection: {reason!r}{question}",
            "error_command",
            event=FAILED_AUTH if status else "",
            value=status,
        )
