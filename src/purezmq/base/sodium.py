"""Where CURVE's cryptography comes from: PyNaCl, if it is installed (extra ``curve``). None of it is written here."""

from __future__ import annotations

from typing import Any

from ..constants import Errno
from ..error import ZMQError

KEY_SIZE = 32


def is_available() -> bool:
    """True if PyNaCl can be imported."""
    try:
        import nacl.bindings  # noqa: F401
    except ImportError:
        return False
    return True


def bindings() -> Any:
    """The module ``nacl.bindings``, imported when it is first needed. Raises ZMQError (ENOTSUP) without PyNaCl."""
    try:
        import nacl.bindings
    except ImportError:
        raise ZMQError(
            Errno.ENOTSUP, "CURVE needs PyNaCl, which is not installed: pip install 'purezmq[curve]'"
        ) from None
    raw()  # what cannot encrypt traffic need not begin a handshake
    return nacl.bindings


def raw() -> tuple[Any, Any]:
    """PyNaCl's ``ffi`` and ``lib``: libsodium's functions, with nobody to check what they are given."""
    try:
        from nacl._sodium import ffi, lib
    except ImportError:
        raise ZMQError(
            Errno.ENOTSUP, "this version of PyNaCl is not known to purezmq: use PyNaCl 1.5 or 1.6"
        ) from None
    return ffi, lib


def crypto_error() -> type[Exception]:
    """What PyNaCl raises for a box that cannot be opened, and for keys that no honest peer has."""
    from nacl.exceptions import CryptoError

    error: type[Exception] = CryptoError
    return error


def new_key_pair() -> tuple[bytes, bytes]:
    """A fresh (public, secret) pair of 32 bytes each."""
    public, secret = bindings().crypto_box_keypair()
    return public, secret


def public_key_of(secret: bytes) -> bytes:
    """The public key that belongs to a secret key of 32 bytes."""
    public: bytes = bindings().crypto_scalarmult_base(secret)
    return public
