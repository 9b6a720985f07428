"""GSSAPI after the handshake, unless GSSAPI_PLAINTEXT is set: every frame is a MESSAGE command with a wrapped frame.

    07 MESSAGE length(4) wrapped[flags(1) data]      in an ordinary message frame: never MORE, never COMMAND

Subscriptions are sent in the form of ZMTP 3.0, as messages: libzmq 4.3 marks the other form in no way, and a peer
could not tell it from a message. Later versions mark it with flags of its own, which are understood here.
"""

from __future__ import annotations

import errno
from typing import Any

from ..base.kerberos import Context, KerberosError
from .command import encode_command
from .decoder import Decoder
from .encoder import Buffer, Encoder
from .failure import CRYPTOGRAPHIC, MALFORMED_MESSAGE, UNEXPECTED_COMMAND
from .framewise import FramewiseEncoder
from .framing import LAST_HEADERS
from .sealed_traffic import MESSAGE, SealedDecoder

_SUBSCRIBE, _CANCEL = 4, 8


def seal(context: Context, data: bytes) -> bytes:
    """The body of a MESSAGE command. Raises KerberosError."""
    token = context.wrap(data)
    return b"".join((MESSAGE, len(token).to_bytes(4, "big"), token))


def token_of(data: bytes) -> bytes | None:
    """The token behind its length; None unless it fills the rest exactly."""
    token = data[4:]
    return token if len(data) >= 4 and int.from_bytes(data[:4], "big") == len(token) else None


class GssapiEncoder(FramewiseEncoder):
    """Wraps messages."""

    __slots__ = ("_context",)

    def __init__(self, plain: Encoder, context: Context) -> None:
        super().__init__()
        self.take_over(plain)
        self._context = context

    def use_version(self, version: tuple[int, int]) -> None:
        """The form of subscriptions does not depend on the version."""
        self._subscription_commands = False

    def _frame(self, flags: bytes, data: Buffer) -> bytes:
        try:
            body = seal(self._context, b"".join((flags, data)))
        except KerberosError as error:
            # MIT's library goes on when a ticket has expired; one that does not has the connection made again.
            raise OSError(errno.EACCES, f"GSSAPI: cannot encrypt: {error}") from None
        return LAST_HEADERS[len(body)] + body


class GssapiDecoder(SealedDecoder):
    """Unwraps messages."""

    __slots__ = ("_context",)

    counter = "gssapi_traffic"
    most_frames = 1

    def __init__(self, plain: Decoder, context: Context) -> None:
        super().__init__(plain)
        self._context = context

    def _open_all(self, frames: list[bytes], found: list[Any]) -> bytes:
        frame = frames[0]  # and there is no other
        token = token_of(frame[len(MESSAGE) :])
        if not frame.startswith(MESSAGE):
            self._end("a frame that is not encrypted", UNEXPECTED_COMMAND)
        elif token is None:
            self._end("a MESSAGE whose length does not fit", MALFORMED_MESSAGE)
        else:
            try:
                content = self._context.unwrap(token)
            except KerberosError as error:
                self._end(f"a MESSAGE that cannot be decrypted ({error})", CRYPTOGRAPHIC)
                return b""
            if content:
                found.append(content[1:])
                return content[:1]
            self._end("a MESSAGE without flags", MALFORMED_MESSAGE)
        return b""

    def _command_of(self, flags: int, data: bytes) -> bytes | None:
        if flags & _SUBSCRIBE:
            return encode_command(b"SUBSCRIBE", data)
        if flags & _CANCEL:
            return encode_command(b"CANCEL", data)
        return super()._command_of(flags, data)
