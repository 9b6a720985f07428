"""Z85: binary data as printable text, five characters for every four bytes (RFC 32); CURVE's keys use it."""

from __future__ import annotations

from ..base.z85 import Z85CHARS, Z85MAP, decode, encode

__all__ = ["Z85CHARS", "Z85MAP", "decode", "encode"]
