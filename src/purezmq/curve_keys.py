"""Making key pairs for CURVE."""

from __future__ import annotations

from .base import sodium, z85


def curve_keypair() -> tuple[bytes, bytes]:
    """A new (public, secret) pair of keys, each 40 characters of Z85, for CURVE_PUBLICKEY and CURVE_SECRETKEY.

    Raises ZMQError (ENOTSUP) without PyNaCl.

        >>> public, secret = purezmq.curve_keypair()
    """
    public, secret = sodium.new_key_pair()
    return z85.encode(public), z85.encode(secret)


def curve_public(secret_key: str | bytes) -> bytes:
    """The public key that belongs to a secret one, both as 40 characters of Z85.

    Raises ValueError for anything that is no such key, and ZMQError (ENOTSUP) without PyNaCl.
    """
    text = secret_key.encode() if isinstance(secret_key, str) else bytes(secret_key)
    if len(text) != 40:
        raise ValueError(f"a secret key is a Z85 text of 40 characters, and this has {len(text)}")
    try:
        secret = z85.decode(text)
    except (KeyError, ValueError):
        secret = b""
    if not secret:
        # Not in the except clause: the cause would quote a piece of the key.
        raise ValueError("a secret key is a Z85 text of 40 characters, and this is no Z85")
    return z85.encode(sodium.public_key_of(secret))


__all__ = ["curve_keypair", "curve_public"]
