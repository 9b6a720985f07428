"""GSSAPI: both sides prove who they are with Kerberos tickets; traffic is encrypted, or not (GSSAPI_PLAINTEXT).

    client (has a ticket for the server)     server (has the key of its principal)
    INITIATE  token                   ->     who is it?
                                      <-     INITIATE  token; and so on, until both are content
    INITIATE  token, or nothing at    ->     asks the ZAP handler about the client's principal
              all: an empty command
                                      <-     READY     properties, or ERROR in clear text
    READY     properties              ->

Tokens carry their length in four bytes. Unless GSSAPI_PLAINTEXT is set, both READYs are wrapped like the messages that
follow (gssapi_traffic.py). RFC 38 is a sketch; this is what libzmq does. Only the ERROR is ours: libzmq's client takes
it for an unexpected command, which ends its attempts just the same.

A token is made and judged by the Kerberos library, which may have to ask a server far away. So that is an *errand*: the
driver runs it where it holds up nobody, and comes back with ``errand_done``. No cryptography is written here.
"""

from __future__ import annotations

import errno
from functools import partial
from typing import TYPE_CHECKING, Any

from ..base.kerberos import Context, KerberosError
from .command import decode_error, encode_command, encode_error, split_command
from .failure import (
    CRYPTOGRAPHIC,
    FAILED_NO_DETAIL,
    FAILED_PROTOCOL,
    MALFORMED_ERROR,
    MALFORMED_INITIATE,
    MALFORMED_READY,
    Failure,
    malformed_command,
    unexpected_command,
)
from .framewise import LAST
from .gssapi_traffic import GssapiDecoder, GssapiEncoder, seal, token_of
from .mechanism import NO_CLIENT, Mechanism
from .sealed_traffic import MESSAGE

if TYPE_CHECKING:
    from .config import ConnectionConfig
    from .decoder import Decoder
    from .encoder import Encoder

_PLAINTEXT = "GSSAPI_PLAINTEXT must be the same on both sides"


class _Gssapi(Mechanism):
    """What client and server have in common."""

    __slots__ = ("_awaits", "_context", "_encrypts")

    name = "GSSAPI"
    is_acceptor = False
    hint_at_refusal = ""

    def __init__(self, config: ConnectionConfig) -> None:
        super().__init__(config)
        assert config.gssapi is not None
        self._encrypts = config.gssapi.encrypts
        self._context: Any = Context(config.gssapi, is_acceptor=self.is_acceptor)
        self._awaits = b"INITIATE"

    def wants_command(self) -> bool:
        """False while a token is being made, or the handler asked."""
        return self.errand is None and self.zap_request is None

    def errand_done(self, result: Any) -> None:
        """The token that the library wants sent, or what it complains about."""
        self.errand = None
        if isinstance(result, bytes):
            self._token_made(result)
        elif isinstance(result, KerberosError) and result.is_ours:
            # Tickets run out and Kerberos servers come back, so trying again is right.
            self.failure = Failure(
                f"GSSAPI: {result}",
                "gssapi_credentials",
                event=FAILED_NO_DETAIL,
                value=errno.EACCES,
                retry=True,
            )
        else:
            self.failure = Failure(
                f"GSSAPI: the peer's token is refused: {result}{self.hint_at_refusal}",
                "gssapi_token",
                event=FAILED_PROTOCOL,
                value=CRYPTOGRAPHIC,
            )

    def make_encoder(self, plain: Encoder) -> Encoder:
        """Encryption for everything that follows, if it is wanted."""
        return GssapiEncoder(plain, self._context) if self._encrypts else plain

    def make_decoder(self, plain: Decoder) -> Decoder:
        """Decryption for everything that follows, if it is wanted."""
        return GssapiDecoder(plain, self._context) if self._encrypts else plain

    def _token_made(self, token: bytes) -> None:
        raise NotImplementedError

    def _take_token(self, data: bytes) -> None:
        """The peer's INITIATE: have the library judge it."""
        token = token_of(data)
        if token is None:
            self.failure = malformed_command("the peer sent a malformed INITIATE", MALFORMED_INITIATE)
        else:
            self.errand = partial(self._context.step, token)

    def _send_token(self, token: bytes) -> None:
        # libzmq sends an empty command where there is no token left, and waits for one.
        body = encode_command(b"INITIATE", len(token).to_bytes(4, "big") + token) if token else b""
        self.outgoing.append(body)

    def _send_ready(self) -> None:
        body = self.config.ready_command
        if self._encrypts:
            try:
                body = seal(self._context, LAST + body)
            except KerberosError as error:
                self.failure = Failure(f"GSSAPI: cannot encrypt: {error}", "gssapi_credentials")
                return
        self.outgoing.append(body)

    def _ready_received(self, body: bytes) -> bool:
        """READY, wrapped or not. False: the failure is set."""
        if body.startswith(MESSAGE) != self._encrypts:
            we = "encrypt" if self._encrypts else "do not encrypt"
            self.failure = unexpected_command(f"we {we}, and the peer's READY is different: {_PLAINTEXT}")
            return False
        if self._encrypts:
            token = token_of(body[len(MESSAGE) :])
            if token is None:
                self.failure = malformed_command("the peer sent a malformed READY", MALFORMED_READY)
                return False
            try:
                body = self._context.unwrap(token)[1:]
            except KerberosError as error:
                self.failure = Failure(
                    f"the peer's READY cannot be decrypted ({error})",
                    "gssapi_token",
                    event=FAILED_PROTOCOL,
                    value=CRYPTOGRAPHIC,
                )
                return False
        name, data = split_command(body) or (b"", b"")
        if name != b"READY":
            self._fail_unexpected(name)
            return False
        return self._take_properties(data)

    def _fail_unexpected(self, name: bytes) -> None:
        self.failure = unexpected_command(
            f"the peer sent {name[:32]!r} instead of {self._awaits.decode()} in the GSSAPI handshake"
        )


class GssapiClient(_Gssapi):
    """The side with the ticket. It speaks first, whoever connected."""

    __slots__ = ()

    hint_at_refusal = " (is it a server? one side must be, GSSAPI_SERVER)"

    def start(self) -> None:
        """Get the first token, which may need a ticket."""
        self.errand = partial(self._context.step, None)

    def command_received(self, body: bytes) -> None:
        """INITIATE as often as it takes, then READY; or ERROR."""
        name, data = split_command(body) or (b"", b"")
        if name == b"ERROR":
            self._error_received(data)
        elif self._awaits == b"READY":
            if self._ready_received(body):
                self._send_ready()
                if self.failure is None:
                    self._finish()
        elif name == b"INITIATE":
            self._take_token(data)
        else:
            self._fail_unexpected(name)

    def hint_at_end(self) -> str:
        """A server of libzmq's never says why it hangs up."""
        if self._awaits == b"READY":
            return f"the peer hung up on us after GSSAPI's last token: it refuses us, or {_PLAINTEXT}"
        if self.errand is not None:
            return ""
        return "the peer hung up on our GSSAPI token: does it have the key of GSSAPI_SERVICE_PRINCIPAL?"

    def _token_made(self, token: bytes) -> None:
        self._send_token(token)
        if self._context.is_complete:
            self._awaits = b"READY"

    def _error_received(self, data: bytes) -> None:
        reason = decode_error(data)
        if reason is None:
            self.failure = malformed_command("the peer sent a malformed ERROR", MALFORMED_ERROR)
        else:
            self._fail_refused(reason, "may our principal use it?")


class GssapiServer(_Gssapi):
    """The side that has the client's principal judged."""

    __slots__ = ("_has_begun",)

    is_acceptor = True

    def start(self) -> None:
        """The client begins."""
        self._has_begun = False

    def command_received(self, body: bytes) -> None:
        """INITIATE as often as it takes, then what says that the client is content, then READY."""
        if self._awaits == b"READY":
            if self._ready_received(body):
                self._finish()
            return
        name, data = split_command(body) or (b"", b"")
        if self._context.is_complete:
            # libzmq's server takes anything here, and its client sends an empty command.
            if body and name != b"INITIATE":
                self._fail_unexpected(name)
            elif self.config.zap_required:
                self.zap_request = (b"GSSAPI", self._context.peer)
            else:
                self._let_in()
        elif name == b"INITIATE":
            self._has_begun = True
            self._take_token(data)
        else:
            self._fail_unexpected(name)

    def zap_answered(self, status: int, user_id: bytes, properties: dict[str, bytes], text: str) -> None:
        """READY for 200, ERROR for 400 and 500; for 300 the peer only sees us go and may try again."""
        self.zap_request = None
        if status == 200:
            self._keep_zap(user_id, properties)
            self._let_in()
            return
        if status != 300:
            self.outgoing.append(encode_error(str(status)))
        self._fail_zap(status, text)

    def hint_at_timeout(self) -> str:
        """libzmq does not say in its greeting that it is a server."""
        hint = super().hint_at_timeout()
        return hint or (NO_CLIENT if not self._has_begun else "")

    def hint_at_end(self) -> str:
        """A client that does not like our READY only hangs up."""
        return f"the peer hung up on our GSSAPI READY: {_PLAINTEXT}" if self._awaits == b"READY" else ""

    def _token_made(self, token: bytes) -> None:
        self._send_token(token)

    def _let_in(self) -> None:
        # Kerberos vouches for the name; a handler may have given the peer another one.
        self.zap_properties = {"User-Id": self._context.peer, **self.zap_properties}
        self._awaits = b"READY"
        self._send_ready()
