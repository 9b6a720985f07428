"""What a connection needs to know from its socket. Made once, shared by its connections."""

from __future__ import annotations

import errno

from ..error import error_for
from .command import encode_ready
from .compat import ANNOUNCES_IDENTITY, COMPATIBLE, PUBLISHES, TYPE_NUMBERS
from .greeting import encode_rest, encode_signature
from .metadata import IDENTITY, SOCKET_TYPE
from .null import NullMechanism
from .plain import PlainClient, PlainServer
from .zap import is_asked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.kerberos import Names
    from .curve import CurveKeys
    from .mechanism import Mechanism

# By name: the client's side and the server's.
_MECHANISMS: dict[str, tuple[type[Mechanism], type[Mechanism]]] = {
    "NULL": (NullMechanism, NullMechanism),
    "PLAIN": (PlainClient, PlainServer),
}

# HEARTBEAT_TTL is 16 bits of tenths of a second on the wire.
MAX_HEARTBEAT_TTL_MS = 6553599


class ConnectionConfig:
    """The options of a connection, and the bytes that follow from them.

    Raises ValueError for what can never work: an unknown socket type or mechanism, a routing id of more than
    255 bytes, a longer user name or password, a property name of none or more than 255.
    """

    __slots__ = (
        "_mechanism_class",
        "as_server",
        "curve_keys",
        "greeting_rest",
        "gssapi",
        "handshake_ivl_ms",
        "heartbeat_ivl_ms",
        "heartbeat_timeout_ms",
        "heartbeat_ttl_ms",
        "max_msg_size",
        "mechanism",
        "plain_password",
        "plain_username",
        "properties",
        "publishes",
        "ready_command",
        "ready_properties",
        "routing_id",
        "signature",
        "socket_type",
        "type_number",
        "zap_domain",
        "zap_enforce_domain",
        "zap_required",
    )

    def __init__(
        self,
        socket_type: str,
        routing_id: bytes = b"",
        mechanism: str = "NULL",
        *,
        as_server: bool = False,
        max_msg_size: int = -1,
        handshake_ivl_ms: int = 30000,
        heartbeat_ivl_ms: int = 0,
        heartbeat_timeout_ms: int = -1,
        heartbeat_ttl_ms: int = 0,
        properties: tuple[tuple[str, bytes], ...] = (),
        zap_required: bool = False,
        zap_domain: bytes = b"",
        zap_enforce_domain: bool = False,
        plain_username: bytes = b"",
        plain_password: bytes = b"",
        curve_keys: CurveKeys | None = None,
        gssapi: Names | None = None,
    ) -> None:
        if socket_type not in COMPATIBLE:
            raise ValueError(f"{socket_type!r} sockets do not speak ZMTP")
        self._mechanism_class = _mechanism_class(mechanism, as_server)
        if len(routing_id) > 255:
            raise ValueError(f"a routing id has at most 255 bytes, not {len(routing_id)}")
        if mechanism == "CURVE" and curve_keys is None:
            raise ValueError("CURVE needs keys")
        if mechanism == "GSSAPI" and gssapi is None:
            raise ValueError("GSSAPI needs names")
        if len(plain_username) > 255 or len(plain_password) > 255:
            raise ValueError("a user name or password has at most 255 bytes")
        if not all(0 < len(name) < 256 for name, _ in properties):
            raise ValueError("a property name has 1 to 255 characters")
        self.socket_type = socket_type
        self.routing_id = routing_id
        self.mechanism = mechanism
        self.as_server = as_server
        self.max_msg_size = max_msg_size
        self.handshake_ivl_ms = handshake_ivl_ms
        self.heartbeat_ivl_ms = heartbeat_ivl_ms
        self.heartbeat_timeout_ms = heartbeat_timeout_ms if heartbeat_timeout_ms >= 0 else heartbeat_ivl_ms
        self.heartbeat_ttl_ms = min(heartbeat_ttl_ms, MAX_HEARTBEAT_TTL_MS)
        self.properties = properties
        self.zap_domain = zap_domain
        self.zap_enforce_domain = zap_enforce_domain
        self.zap_required = zap_required or is_asked(mechanism, as_server, zap_domain, zap_enforce_domain)
        self.plain_username = plain_username
        self.plain_password = plain_password
        self.curve_keys = curve_keys
        self.gssapi = gssapi
        self.publishes = socket_type in PUBLISHES
        self.type_number = bytes((TYPE_NUMBERS[socket_type],))
        self.signature = encode_signature(routing_id)
        self.greeting_rest = encode_rest(mechanism, as_server)
        ready = [(SOCKET_TYPE, socket_type.encode("ascii"))]
        if socket_type in ANNOUNCES_IDENTITY:
            ready.append((IDENTITY, routing_id))
        ready.extend(sorted(properties))
        self.ready_properties = tuple(ready)
        self.ready_command = encode_ready(self.ready_properties)

    def new_mechanism(self) -> Mechanism:
        """A fresh mechanism for one connection."""
        return self._mechanism_class(self)


def _mechanism_class(name: str, as_server: bool) -> type[Mechanism]:
    if name in _MECHANISMS:
        return _MECHANISMS[name][as_server]
    try:
        return _encrypting(name, as_server)
    except OSError as error:  # no descriptor left to read the module with
        raise error_for(error.errno or errno.EMFILE, error.strerror) from None


def _encrypting(name: str, as_server: bool) -> type[Mechanism]:
    """A mechanism that few programs need, and that takes long to import."""
    if name == "CURVE":
        from .curve import CurveClient, CurveServer

        return CurveServer if as_server else CurveClient
    if name == "GSSAPI":
        from .gssapi import GssapiClient, GssapiServer

        return GssapiServer if as_server else GssapiClient
    raise ValueError(f"unknown mechanism {name!r}; there are {', '.join([*_MECHANISMS, 'CURVE', 'GSSAPI'])}")
