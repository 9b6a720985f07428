"""Deprecated: the string helpers with which programs for pyzmq once ran on both Python 2 and 3."""

from __future__ import annotations

import warnings

__all__ = ["asbytes", "b", "basestring", "bytes", "cast_bytes", "cast_unicode", "u", "unicode"]

bytes = bytes
unicode = str
basestring = (str,)


def cast_bytes(s: str | bytes, encoding: str = "utf8", errors: str = "strict") -> bytes:
    """The text encoded, or the bytes as they are. Deprecated: ``str.encode`` does it."""
    _warn("cast_bytes", "str.encode")
    if isinstance(s, str):
        return s.encode(encoding, errors)
    if isinstance(s, bytes):
        return s
    raise TypeError(f"expected str or bytes, got: {s!r}")


def cast_unicode(s: str | bytes, encoding: str = "utf8", errors: str = "strict") -> str:
    """The bytes decoded, or the text as it is. Deprecated: ``bytes.decode`` does it."""
    _warn("cast_unicode", "bytes.decode")
    if isinstance(s, bytes):
        return s.decode(encoding, errors)
    if isinstance(s, str):
        return s
    raise TypeError(f"expected str or bytes, got: {s!r}")


def _warn(name: str, instead: str) -> None:
    warnings.warn(f"strtypes.{name} is deprecated; use {instead}", DeprecationWarning, stacklevel=3)


b = asbytes = cast_bytes
u = cast_unicode
