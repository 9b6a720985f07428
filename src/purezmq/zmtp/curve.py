"""CURVE: both sides prove who they are with key pairs, and all traffic is encrypted (RFC 25, RFC 26).

    client (keys C, c; knows S)              server (keys S, s)
    HELLO     C', signed with c'      ->     is there somebody who knows S?
                                      <-     WELCOME   S' and a cookie that only we can open
    INITIATE  the cookie, C and the   ->     is it the same peer, and does it have c?
              vouch of C for C'              asks the ZAP handler about C
                                      <-     READY     properties, or ERROR in clear text

C' and S' are made for this connection only, so a recording stays unreadable when c or s become known later. Everything
behind the handshake is in curve_traffic.py.

A peer that fails a check gets no answer, only the end of the connection: there is nothing to learn from trying. No
cryptography is written here; PyNaCl's functions are called (base/sodium.py).
"""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from ..base import sodium
from .command import decode_error, encode_error, split_command
from .curve_traffic import CurveDecoder, CurveEncoder, WrappedCurveEncoder
from .encoder import Encoder
from .failure import (
    CRYPTOGRAPHIC,
    FAILED_PROTOCOL,
    KEY_EXCHANGE,
    MALFORMED_ERROR,
    MALFORMED_HELLO,
    MALFORMED_INITIATE,
    MALFORMED_READY,
    MALFORMED_WELCOME,
    Failure,
    malformed_command,
    unexpected_command,
)
from .framewise import FramewiseEncoder
from .mechanism import NO_CLIENT, Mechanism
from .metadata import encode_properties
from .sealing import Opener, Sealer

if TYPE_CHECKING:
    from .config import ConnectionConfig
    from .decoder import Decoder

_VERSION = b"\x01\x00"
# Whole command bodies, names included.
_HELLO_SIZE = 200
_WELCOME_SIZE = 168
_SMALLEST_INITIATE = 257
_SMALLEST_READY = 30

Random = Callable[[int], bytes]  # so many unpredictable bytes


class CurveKeys:
    """The long-term keys of a socket, 32 bytes each. A client knows its server's public key."""

    __slots__ = ("public", "secret", "server")

    def __init__(self, secret: bytes, public: bytes = b"", server: bytes = b"") -> None:
        """Raises ValueError if the two keys of the pair do not belong together, ZMQError (ENOTSUP) without PyNaCl."""
        self.secret = secret
        self.public = sodium.public_key_of(secret)
        if public and public != self.public:
            raise ValueError("CURVE_PUBLICKEY does not belong to CURVE_SECRETKEY")
        self.server = server


class _Curve(Mechanism):
    """What client and server have in common: short-term keys, counted nonces, the shared secret."""

    __slots__ = (
        "_awaits",
        "_keys",
        "_peer_nonce",
        "_peer_short",
        "_random",
        "_sent_nonce",
        "_shared",
        "_short_public",
        "_short_secret",
        "_sodium",
    )

    name = "CURVE"
    sends_as = b""  # the nonce prefixes of MESSAGE
    hears_as = b""

    def __init__(self, config: ConnectionConfig, random: Random | None = None) -> None:
        super().__init__(config)
        assert config.curve_keys is not None
        self._keys = config.curve_keys
        self._sodium: Any = sodium.bindings()
        self._random: Random = self._sodium.randombytes if random is None else random
        self._short_secret = self._random(sodium.KEY_SIZE)
        self._short_public: bytes = self._sodium.crypto_scalarmult_base(self._short_secret)
        self._peer_short = b""
        self._shared = b""  # of the two short-term pairs
        self._sent_nonce = 0  # one counter for all our commands and messages
        self._peer_nonce = bytes(8)  # the last one heard
        self._awaits = b""

    def command_received(self, body: bytes) -> None:
        """The next command of the handshake, or ERROR."""
        name, data = split_command(body) or (b"", b"")
        if name == self._awaits:
            self._awaited_received(body)
        elif name == b"ERROR" and self._awaits != b"HELLO" and self._awaits != b"INITIATE":
            reason = decode_error(data)
            if reason is None:
                self.failure = malformed_command("the peer sent a malformed ERROR", MALFORMED_ERROR)
            else:
                self._fail_refused(reason, "does it know our CURVE_PUBLICKEY?")
        elif name == b"HELLO":
            self.failure = unexpected_command(
                "the peer is a CURVE client like us: one side must be the server (CURVE_SERVER)"
            )
        else:
            self.failure = unexpected_command(
                f"the peer sent {name[:32]!r} instead of {self._awaits.decode()} in the CURVE handshake"
            )

    def make_encoder(self, plain: Encoder) -> Encoder:
        """Encryption for everything that follows."""
        sealer = Sealer(self._shared, self.sends_as, self._sent_nonce)
        kind = WrappedCurveEncoder if isinstance(plain, FramewiseEncoder) else CurveEncoder
        return kind(plain, sealer)

    def make_decoder(self, plain: Decoder) -> Decoder:
        """Decryption for everything that follows."""
        return CurveDecoder(plain, Opener(self._shared, self.hears_as, self._peer_nonce))

    def _awaited_received(self, body: bytes) -> None:
        raise NotImplementedError

    def _next_nonce(self) -> bytes:
        self._sent_nonce += 1
        return self._sent_nonce.to_bytes(8, "big")

    def _unseal(self, what: str, open_box: Callable[..., bytes], *arguments: bytes) -> bytes | None:
        """The content of a box; None, with the failure set, if it is not what its sender ought to have made."""
        try:
            return open_box(*arguments)
        except sodium.crypto_error():
            # Also for public keys that no honest peer has (points of small order).
            self.failure = Failure(
                f"the peer's {what} cannot be decrypted",
                "curve_crypto",
                event=FAILED_PROTOCOL,
                value=CRYPTOGRAPHIC,
            )
            return None

    def _share(self, peer_short: bytes) -> bool:
        """Compute the secret that both short-term pairs share. False: the failure is set."""
        self._peer_short = peer_short
        shared = self._unseal(
            "short-term key", self._sodium.crypto_box_beforenm, peer_short, self._short_secret
        )
        self._shared = shared or b""
        return shared is not None


class CurveClient(_Curve):
    """The side that knows the other's public key beforehand. It speaks first, whoever connected."""

    __slots__ = ()

    sends_as = b"CurveZMQMESSAGEC"
    hears_as = b"CurveZMQMESSAGES"

    def start(self) -> None:
        """Send HELLO."""
        self._awaits = b"WELCOME"
        short_nonce = self._next_nonce()
        nonce = b"CurveZMQHELLO---" + short_nonce
        box = self._unseal(
            "CURVE_SERVERKEY",
            self._sodium.crypto_box,
            bytes(64),
            nonce,
            self._keys.server,
            self._short_secret,
        )
        if box is not None:
            # The padding makes HELLO longer than WELCOME: nobody gains by using us as an amplifier.
            self.outgoing.append(b"\x05HELLO" + _VERSION + bytes(72) + self._short_public + short_nonce + box)

    def hint_at_end(self) -> str:
        """What a server that does not like our HELLO or INITIATE tells us."""
        if self._awaits == b"WELCOME":
            return "the peer hung up on our CURVE HELLO: is CURVE_SERVERKEY its public key?"
        return "the peer hung up on our CURVE INITIATE: it refuses our key, if only for now"

    def _awaited_received(self, body: bytes) -> None:
        if self._awaits == b"WELCOME":
            self._welcome_received(body)
        else:
            self._ready_received(body)

    def _welcome_received(self, body: bytes) -> None:
        if len(body) != _WELCOME_SIZE:
            self.failure = malformed_command("the peer sent a malformed WELCOME", MALFORMED_WELCOME)
            return
        nonce = b"WELCOME-" + body[8:24]
        content = self._unseal(
            "WELCOME", self._sodium.crypto_box_open, body[24:], nonce, self._keys.server, self._short_secret
        )
        if content is not None and self._share(content[:32]):
            self._send_initiate(content[32:])

    def _send_initiate(self, cookie: bytes) -> None:
        keys = self._keys
        seal = self._sodium.crypto_box
        vouch_nonce = self._random(16)
        vouch = seal(
            self._short_public + keys.server, b"VOUCH---" + vouch_nonce, self._peer_short, keys.secret
        )
        properties = encode_properties(self.config.ready_properties)
        short_nonce = self._next_nonce()
        box = self._sodium.crypto_box_afternm(
            keys.public + vouch_nonce + vouch + properties, b"CurveZMQINITIATE" + short_nonce, self._shared
        )
        self.outgoing.append(b"\x08INITIATE" + cookie + short_nonce + box)
        self._awaits = b"READY"

    def _ready_received(self, body: bytes) -> None:
        if len(body) < _SMALLEST_READY:
            self.failure = malformed_command("the peer sent a malformed READY", MALFORMED_READY)
            return
        self._peer_nonce = body[6:14]
        nonce = b"CurveZMQREADY---" + self._peer_nonce
        content = self._unseal("READY", self._sodium.crypto_box_open_afternm, body[14:], nonce, self._shared)
        if content is not None and self._take_properties(content):
            self._finish()


class CurveServer(_Curve):
    """The side whose public key is known, and that has the client's key judged."""

    __slots__ = ("_cookie_key",)

    sends_as = b"CurveZMQMESSAGES"
    hears_as = b"CurveZMQMESSAGEC"

    def start(self) -> None:
        """The client begins."""
        self._awaits = b"HELLO"

    def wants_command(self) -> bool:
        """False while the handler is being asked."""
        return self.zap_request is None

    def hint_at_timeout(self) -> str:
        """libzmq does not say in its greeting that it is a server."""
        hint = super().hint_at_timeout()
        return hint or (NO_CLIENT if self._awaits == b"HELLO" else "")

    def zap_answered(self, status: int, user_id: bytes, properties: dict[str, bytes], text: str) -> None:
        """READY for 200, ERROR for 400 and 500; for 300 the peer only sees us go and may try again."""
        self.zap_request = None
        if status == 200:
            self._keep_zap(user_id, properties)
            self._send_ready()
            return
        if status != 300:
            self.outgoing.append(encode_error(str(status)))
        self._fail_zap(status, text)

    def _awaited_received(self, body: bytes) -> None:
        if self._awaits == b"HELLO":
            self._hello_received(body)
        else:
            self._initiate_received(body)

    def _hello_received(self, body: bytes) -> None:
        if len(body) != _HELLO_SIZE or body[6:8] != _VERSION:
            self.failure = malformed_command("the peer sent a malformed HELLO", MALFORMED_HELLO)
            return
        peer_short = body[80:112]
        nonce = b"CurveZMQHELLO---" + body[112:120]
        unseal = self._sodium.crypto_box_open
        what = "HELLO (is our public key its CURVE_SERVERKEY?)"
        if self._unseal(what, unseal, body[120:], nonce, peer_short, self._keys.secret) is None:
            return
        if self._share(peer_short):
            self._send_welcome()

    def _send_welcome(self) -> None:
        # Of one connection only, so a cookie is worth nothing anywhere else, and ours cannot wear out.
        self._cookie_key = self._random(sodium.KEY_SIZE)
        cookie_nonce = self._random(16)
        cookie = self._sodium.crypto_secretbox(
            self._peer_short + self._short_secret, b"COOKIE--" + cookie_nonce, self._cookie_key
        )
        nonce = self._random(16)
        box = self._sodium.crypto_box(
            self._short_public + cookie_nonce + cookie,
            b"WELCOME-" + nonce,
            self._peer_short,
            self._keys.secret,
        )
        self.outgoing.append(b"\x07WELCOME" + nonce + box)
        self._awaits = b"INITIATE"

    def _initiate_received(self, body: bytes) -> None:
        if len(body) < _SMALLEST_INITIATE:
            self.failure = malformed_command("the peer sent a malformed INITIATE", MALFORMED_INITIATE)
            return
        cookie = self._unseal(
            "cookie",
            self._sodium.crypto_secretbox_open,
            body[25:105],
            b"COOKIE--" + body[9:25],
            self._cookie_key,
        )
        if cookie is None:
            return
        self._peer_nonce = body[105:113]
        nonce = b"CurveZMQINITIATE" + self._peer_nonce
        content = self._unseal(
            "INITIATE", self._sodium.crypto_box_open_afternm, body[113:], nonce, self._shared
        )
        if content is None:
            return
        client = content[:32]
        vouch = self._unseal(
            "vouch",
            self._sodium.crypto_box_open,
            content[48:128],
            b"VOUCH---" + content[32:48],
            client,
            self._short_secret,
        )
        if vouch is None:
            return
        # The vouch names both ends: C' shows that the owner of C speaks now, S that it means to speak to us. libzmq
        # does not look at S, and so lets a server pass on what a client said to it.
        if not compare_digest(cookie, self._peer_short + self._short_secret) or not compare_digest(
            vouch, self._peer_short + self._keys.public
        ):
            self.failure = Failure(
                "the peer's cookie or vouch belongs to another connection or server",
                "curve_crypto",
                event=FAILED_PROTOCOL,
                value=KEY_EXCHANGE,
            )
        elif self._take_properties(content[128:]):
            self._judge(client)

    def _judge(self, client: bytes) -> None:
        self._awaits = b"nothing"  # whatever comes before our READY comes too early
        if self.config.zap_required:
            self.zap_request = (b"CURVE", client)
        else:
            self._send_ready()

    def _send_ready(self) -> None:
        short_nonce = self._next_nonce()
        properties = encode_properties(self.config.ready_properties)
        box = self._sodium.crypto_box_afternm(properties, b"CurveZMQREADY---" + short_nonce, self._shared)
        self.outgoing.append(b"\x05READY" + short_nonce + box)
        self._finish()
