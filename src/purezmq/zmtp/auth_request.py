"""What ``socket.auth`` is asked about a peer, and the two kinds of tables that answer by themselves.

The question is that of ZAP (zap.py), with names instead of frames. Comparisons of what a peer sent with what it should
have sent take the same time wherever they differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, NoReturn

from ..base import z85

if TYPE_CHECKING:
    from .config import ConnectionConfig

_KEY_SIZE = 32
_Z85_KEY_SIZE = 40

Text = str | bytes


class AuthRequest:
    """A peer that wants to come in. It cannot be changed, and its repr shows no password.

    ``mechanism`` is "NULL", "PLAIN", "CURVE" or "GSSAPI" and decides which of the credentials are there; the others are
    None. ``domain`` is our ZAP_DOMAIN, ``address`` the peer's (over ipc ``localhost:uid:gid:pid``), ``routing_id`` our
    socket's ROUTING_ID. ``tls_name`` is the name in the peer's certificate, if there is one and it was verified.
    """

    __slots__ = (
        "address",
        "domain",
        "mechanism",
        "password",
        "principal",
        "public_key",
        "raw_public_key",
        "routing_id",
        "tls_name",
        "username",
    )

    mechanism: str
    domain: str
    address: str
    routing_id: bytes
    username: str | None  # PLAIN
    password: str | None
    public_key: bytes | None  # CURVE: 40 characters of Z85
    raw_public_key: bytes | None  # the same in 32 bytes
    principal: str | None  # GSSAPI
    tls_name: str | None

    def __init__(
        self, config: ConnectionConfig, address: str, request: tuple[bytes, ...], tls_name: bytes = b""
    ) -> None:
        mechanism = request[0].decode("ascii")
        facts: dict[str, Any] = dict.fromkeys(self.__slots__)
        facts |= {
            "mechanism": mechanism,
            "domain": _text(config.zap_domain),
            "address": address,
            "routing_id": config.routing_id,
            "tls_name": _text(tls_name) if tls_name else None,
        }
        if mechanism == "PLAIN":
            facts["username"], facts["password"] = _text(request[1]), _text(request[2])
        elif mechanism == "CURVE":
            facts["raw_public_key"], facts["public_key"] = request[1], z85.encode(request[1])
        elif mechanism == "GSSAPI":
            facts["principal"] = _text(request[1])
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("an AuthRequest cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("an AuthRequest cannot be changed")

    def password_is(self, expected: Text) -> bool:
        """Whether the peer's password is this one, compared in constant time. False for other mechanisms."""
        if self.password is None:
            return False
        return compare_digest(_bytes(expected), _bytes(self.password))

    @property
    def name(self) -> str:
        """Who the peer is, if it is let in: user name, public key in Z85, principal, or the name in its certificate."""
        key = self.public_key
        return self.username or (key.decode("ascii") if key else "") or self.principal or self.tls_name or ""

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<AuthRequest {self.mechanism}{name} from {self.address!r} in domain {self.domain!r}>"


class Decision:
    """Whether a peer may come in: ZAP's status, the user id, and words for our log."""

    __slots__ = ("status", "text", "user_id")

    def __init__(self, status: int, user_id: bytes = b"", text: str = "") -> None:
        self.status = status
        self.user_id = user_id
        self.text = text


def accept(request: AuthRequest) -> Decision:
    """Let the peer in under its own name."""
    return Decision(200, _bytes(request.name))


def decision_of(answer: object, request: AuthRequest) -> Decision:
    """What a callable means by its answer: True, False, or a user id. Raises TypeError for anything else."""
    if answer is True:
        return accept(request)
    if answer is False:
        return Decision(400, text="it returned False")
    if isinstance(answer, str | bytes) and answer:
        return Decision(200, _bytes(answer))
    raise TypeError(f"it must return True, False or a user id, not {type(answer).__name__} (or an empty one)")


class Passwords:
    """Lets in the users of PLAIN who know their password. Raises TypeError for a table of anything else."""

    mechanism = "PLAIN"

    def __init__(self, table: Mapping[Text, Text]) -> None:
        for pair in table.items():
            if not all(isinstance(item, str | bytes) for item in pair):
                raise TypeError(
                    "a table of passwords has a str or bytes for each user name, which is one as well"
                )
        self._table = {_bytes(name): _bytes(password) for name, password in table.items()}

    def decide(self, request: AuthRequest) -> Decision:
        """An unknown name takes as long as a wrong password, and is told in the same words."""
        expected = self._table.get(_bytes(request.username or ""))
        is_right = request.password_is(b"" if expected is None else expected)
        return accept(request) if is_right and expected is not None else Decision(400, text=_UNKNOWN_USER)

    def __repr__(self) -> str:
        return f"<passwords of {len(self._table)} users>"


class Keys:
    """Lets in the owners of these public keys. Raises TypeError or ValueError for what is no key of CURVE."""

    mechanism = "CURVE"

    def __init__(self, keys: Iterable[Text]) -> None:
        self._keys = {_raw_key(key) for key in keys}

    def decide(self, request: AuthRequest) -> Decision:
        """Every key is looked at, so the time tells nothing about them."""
        is_known = is_among(request.raw_public_key or b"", self._keys)
        return accept(request) if is_known else Decision(400, text="unknown key")

    def __repr__(self) -> str:
        return f"<{len(self._keys)} public keys>"


_UNKNOWN_USER = "unknown user or wrong password"


def is_among(given: bytes, keys: Iterable[bytes]) -> bool:
    """Whether a key is one of these. Takes the same time wherever it stands, and if it does not."""
    is_known = False
    for key in keys:
        is_known |= compare_digest(key, given)
    return is_known


def table_of(value: Any) -> Passwords | Keys:
    """The judge that a mapping or collection describes. Raises TypeError and ValueError saying what is expected."""
    if isinstance(value, Mapping):
        if value and all(isinstance(item, bool) for item in value.values()):  # as from load_certificates
            return Keys(key for key, is_good in value.items() if is_good)
        return Passwords(value)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray | memoryview):
        return Keys(value)
    raise TypeError(
        "auth is a callable, a collection of public keys of CURVE, or a dictionary of user names and passwords of "
        f"PLAIN, not {type(value).__name__}"
    )


def _raw_key(key: Any) -> bytes:
    if not isinstance(key, str | bytes):
        raise TypeError(f"a public key is a str or bytes, not {type(key).__name__}")
    data = _bytes(key)
    if len(data) == _KEY_SIZE:
        return data
    if len(data) == _Z85_KEY_SIZE:
        try:
            return z85.decode(data)
        except (KeyError, ValueError):
            pass
    # Without the value: it may be the secret key by mistake.
    raise ValueError("a public key of CURVE has 32 bytes, or 40 characters of Z85")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: Text) -> bytes:
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
