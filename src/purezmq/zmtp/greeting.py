"""The greeting: 64 bytes that say "ZMTP", the version and the mechanism, and how old peers are recognised in
it.

Sent in three steps, because what follows depends on what the peer turns out to be:

1. at once: the signature, FF, eight bytes of padding, 7F. To a ZMTP 1.0 peer this is the header of a frame in
   the long form, so the padding holds the length of our routing id plus one, as libzmq does.
2. when the peer's signature is complete and versioned: our major version, 3.
3. when the peer's major version is known: 0 or 1 (ZMTP 2.0) gets our socket type and nothing more, everybody
   else the rest of the 64 bytes.

A first byte other than FF, or a signature whose last byte is even, is the first frame of a ZMTP 1.0 peer.
"""

from __future__ import annotations

SIGNATURE_SIZE = 10
OLD_GREETING_SIZE = 12
GREETING_SIZE = 64
MAJOR = b"\x03"
MINOR = b"\x01"

_VERSION_AT = 10
_MECHANISM_AT = 12
_MECHANISM_SIZE = 20
_AS_SERVER_AT = 32


def encode_signature(routing_id: bytes) -> bytes:
    """The first ten bytes that we send."""
    return b"\xff" + (len(routing_id) + 1).to_bytes(8, "big") + b"\x7f"


def encode_rest(mechanism: str, as_server: bool) -> bytes:
    """Everything behind the major version: minor version, mechanism, as-server, filler."""
    name = mechanism.encode("ascii").ljust(_MECHANISM_SIZE, b"\x00")
    return MINOR + name + (b"\x01" if as_server else b"\x00") + bytes(31)


class Greeting:
    """Reads the peer's greeting and says what of ours to send meanwhile.

    ``version`` is None until the greeting is complete; then ``rest`` holds the bytes that came behind it (for
    ZMTP 1.0, where there is no greeting, all of them).
    """

    __slots__ = ("_received", "_sent_major", "_sent_rest", "rest", "version")

    def __init__(self) -> None:
        self._received = b""
        self._sent_major = False
        self._sent_rest = False
        self.version: tuple[int, int] | None = None
        self.rest = b""

    @property
    def is_versioned(self) -> bool:
        """False for a ZMTP 1.0 peer, which sends no greeting (revision 0 sends one, and is 1.0 otherwise)."""
        received = self._received
        if received[0] != 0xFF:
            return False
        return len(received) < SIGNATURE_SIZE or bool(received[SIGNATURE_SIZE - 1] & 1)

    @property
    def mechanism(self) -> bytes:
        """The peer's mechanism field as it came, with its padding."""
        return self._received[_MECHANISM_AT : _MECHANISM_AT + _MECHANISM_SIZE]

    @property
    def as_server(self) -> bool:
        """True if the peer says that it is the server of the handshake. libzmq never says so, even if it is."""
        return self._received[_AS_SERVER_AT] == 1

    def receive(self, data: bytes, type_number: bytes, our_rest: bytes) -> bytes:
        """Take bytes from the peer; returns what to send in answer."""
        received = self._received = self._received + data
        size = len(received)
        if not size:
            return b""
        if not self.is_versioned:
            self._complete((1, 0), 0)
            return b""
        if size < SIGNATURE_SIZE:
            return b""
        answer = b""
        if not self._sent_major:
            self._sent_major = True
            answer = MAJOR
        if size <= _VERSION_AT:
            return answer
        major = received[_VERSION_AT]
        is_old = major < 2
        if not self._sent_rest:
            self._sent_rest = True
            answer += type_number if is_old else our_rest
        if is_old and size >= OLD_GREETING_SIZE:
            self._complete((1, 0) if major == 0 else (2, 0), OLD_GREETING_SIZE)
        elif not is_old and size >= GREETING_SIZE:
            # Whatever comes after 3.1 is expected to understand 3.1, also when it calls itself 2 or 4.
            self._complete((3, 0) if received[10:12] == b"\x03\x00" else (3, 1), GREETING_SIZE)
        return answer

    def _complete(self, version: tuple[int, int], length: int) -> None:
        self.version = version
        self.rest = self._received[length:]
