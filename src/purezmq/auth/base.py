"""The authenticator: a ZAP handler with lists of addresses, passwords and keys."""

from __future__ import annotations

import hmac
import inspect
import logging
import os
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from ..base import z85
from ..constants import SocketType
from ..context import Context
from ..error import ZMQError, error_for
from ..socket import Socket
from ..zmtp.auth_request import is_among
from .certs import load_certificates

CURVE_ALLOW_ANY = "*"
_HANDLER_ENDPOINT = "inproc://zeromq.zap.01"
_VERSION = b"1.0"

# Request frames without the credentials, and how many of those each mechanism has. (NULL over TLS: the name in the
# client's certificate.)
_COMMON_FRAMES = 6
_CREDENTIALS = {b"NULL": (0, 1), b"PLAIN": (2,), b"CURVE": (1,), b"GSSAPI": (1,)}

# (may come in, why, its name)
_Decision = tuple[bool, str, str]


class CredentialsProvider(Protocol):
    """What ``configure_curve_callback`` wants."""

    def callback(self, domain: str, key: bytes) -> bool | Awaitable[bool]:
        """Whether the owner of this public key (Z85) may come in."""


class Authenticator:
    """Decides which peers may come in. NULL peers may unless their address is refused; others need credentials.

    It has no thread: whoever owns it receives from ``zap_socket`` and awaits ``handle_zap_message`` for each message.
    ``purezmq.auth.thread.ThreadAuthenticator`` does all that by itself.

    Rules belong to a domain (option ZAP_DOMAIN). Those of ``"*"`` are for sockets without one, and for no others.
    """

    def __init__(self, context: Context[Any] | None = None, encoding: str = "utf-8", log: Any = None) -> None:
        self.context: Context[Any] = context if context is not None else Context.instance()
        self.encoding = encoding
        self.allow_any = False  # every CURVE key is good
        self.credentials_providers: dict[str, CredentialsProvider] = {}
        self.zap_socket: Socket[Any] | None = None
        self.passwords: dict[str, Mapping[str, str]] = {}
        self.certs: dict[str, Mapping[bytes, bool]] = {}
        self.log = log if log is not None else logging.getLogger("purezmq.auth")
        self._allowed: set[str] = set()
        self._denied: set[str] = set()

    # -- life ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Become the context's ZAP handler. Raises ZMQError (EADDRINUSE) if it has one."""
        socket: Socket[Any] = self.context.socket(SocketType.REP, Socket)
        socket.linger = 1
        try:
            socket.bind(_HANDLER_ENDPOINT)
        except ZMQError as error:
            socket.close(0)
            raise error_for(
                error.errno or 0, f"this context has a ZAP handler already (addr={_HANDLER_ENDPOINT!r})"
            ) from None
        self.zap_socket = socket
        self.log.debug("started")

    def stop(self) -> None:
        """Stop being the ZAP handler."""
        socket, self.zap_socket = self.zap_socket, None
        if socket is not None:
            socket.close()

    # -- rules -----------------------------------------------------------------------------------------

    def allow(self, *addresses: str) -> None:
        """Refuse every address but these. Their peers still need credentials where the mechanism asks for them.

        Raises ValueError after ``deny``.
        """
        if self._denied:
            raise ValueError("use allow or deny, not both")
        self._allowed = self._allowed | set(addresses)

    def deny(self, *addresses: str) -> None:
        """Refuse these addresses. Raises ValueError after ``allow``."""
        if self._allowed:
            raise ValueError("use allow or deny, not both")
        self._denied = self._denied | set(addresses)

    def configure_plain(self, domain: str = "*", passwords: Mapping[str, str] | None = None) -> None:
        """The user names and passwords of a domain."""
        if passwords is not None:
            self.passwords[domain] = dict(passwords)

    def configure_curve(self, domain: str = "*", location: str | os.PathLike[str] = ".") -> None:
        """The keys of a domain: those of the certificates in a directory, or CURVE_ALLOW_ANY.

        Call it again when the directory has changed. A directory that cannot be read is logged and changes nothing.
        """
        if location == CURVE_ALLOW_ANY:
            self.allow_any = True
            return
        self.allow_any = False
        try:
            self.certs[domain] = load_certificates(location)
        except (OSError, ValueError) as error:
            self.log.error("cannot load the certificates of domain %r: %s", domain, error)

    def configure_curve_callback(
        self, domain: str = "*", credentials_provider: CredentialsProvider | None = None
    ) -> None:
        """Ask ``credentials_provider.callback(domain, key)`` about the keys of a domain, instead of certificates."""
        self.allow_any = False
        if credentials_provider is None:
            self.log.error("no credentials provider given for domain %r", domain)
        else:
            self.credentials_providers[domain] = credentials_provider

    def configure_gssapi(self, domain: str = "*", location: str | None = None) -> None:
        """Nothing to configure: every principal may come in."""

    def curve_user_id(self, client_public_key: bytes) -> str:
        """The name of the owner of this key (32 bytes), which becomes User-Id; override it to map keys to names."""
        return z85.encode(client_public_key).decode("ascii")

    # -- requests --------------------------------------------------------------------------------------

    async def handle_zap_message(self, msg: list[bytes]) -> None:
        """Judge one request and send the reply."""
        request_id = msg[1] if len(msg) > 1 else b""
        if len(msg) < _COMMON_FRAMES:
            self.log.error("invalid ZAP request, not enough frames: %d", len(msg))
            self._reply(request_id, False, "Not enough frames")
            return
        version, _, raw_domain, raw_address, _, mechanism = msg[:_COMMON_FRAMES]
        credentials = msg[_COMMON_FRAMES:]
        domain = raw_domain.decode(self.encoding, "replace")
        address = raw_address.decode(self.encoding, "replace")
        if version != _VERSION:
            self.log.error("invalid ZAP version: %r", version[:16])
            self._reply(request_id, False, "Invalid version")
            return
        reason = self._why_refused(address)
        name = ""
        if reason:
            allowed = False
        elif mechanism not in _CREDENTIALS:
            allowed, reason = False, "Unknown mechanism"
        elif len(credentials) not in _CREDENTIALS[mechanism]:
            allowed, reason = False, "Invalid credentials"
        else:
            try:
                allowed, reason, name = await self._decide(domain or "*", mechanism, credentials)
            except Exception:
                self.log.exception("internal error while judging a peer at %s", address)
                self._reply(request_id, False, "Internal error", status=b"500")
                return
        self.log.debug(
            "%s %s from %s in domain %r: %s",
            "allowed" if allowed else "denied",
            mechanism.decode("ascii", "replace")[:20],
            address,
            domain,
            reason,
        )
        self._reply(request_id, allowed, reason, name)

    def _why_refused(self, address: str) -> str:
        """Why this address may not come in; "" if it may."""
        if self._allowed and address not in self._allowed:
            return "Address not in allow list"
        return "Address denied" if address in self._denied else ""

    async def _decide(self, domain: str, mechanism: bytes, credentials: list[bytes]) -> _Decision:
        if mechanism == b"PLAIN":
            return self._decide_plain(domain, *credentials)
        if mechanism == b"CURVE":
            return await self._decide_curve(domain, *credentials)
        if credentials:  # GSSAPI, or NULL over TLS
            return True, "OK", credentials[0].decode("utf-8", "replace")
        return True, "OK", "anonymous"

    def _decide_plain(self, domain: str, raw_name: bytes, password: bytes) -> _Decision:
        if not self.passwords:
            return False, "No passwords defined", ""
        passwords = self.passwords.get(domain)
        if passwords is None:
            return False, "Invalid domain", ""
        name = raw_name.decode(self.encoding, "surrogateescape")
        expected = passwords.get(name)
        # An unknown name takes as long as a wrong password, and is told in the same words.
        wanted = (expected if expected is not None else "").encode(self.encoding)
        if hmac.compare_digest(wanted, password) and expected is not None:
            return True, "OK", name
        return False, "Invalid username or password", ""

    async def _decide_curve(self, domain: str, key: bytes) -> _Decision:
        if len(key) != 32:
            return False, "Invalid credentials", ""
        if self.allow_any:
            return True, "OK", self.curve_user_id(key)
        text = z85.encode(key)
        if self.credentials_providers:
            provider = self.credentials_providers.get(domain)
            if provider is None:
                return False, "Unknown domain", ""
            answer = provider.callback(domain, text)
            known = bool(await answer if inspect.isawaitable(answer) else answer)
        else:
            certs = self.certs.get(domain)
            if certs is None:
                return False, "Unknown domain", ""
            known = is_among(text, [key for key, is_good in certs.items() if is_good])
        return (True, "OK", self.curve_user_id(key)) if known else (False, "Unknown key", "")

    def _reply(
        self, request_id: bytes, allowed: bool, reason: str, name: str = "", *, status: bytes = b""
    ) -> None:
        socket = self.zap_socket
        if socket is None:
            return  # stopped meanwhile; the asker notices that
        status = status or (b"200" if allowed else b"400")
        user_id = name.encode(self.encoding, "surrogateescape") if allowed else b""
        socket.send_multipart([_VERSION, request_id, status, reason.encode("utf-8"), user_id, b""])


__all__ = ["CURVE_ALLOW_ANY", "Authenticator", "CredentialsProvider"]
