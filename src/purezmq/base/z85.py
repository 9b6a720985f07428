"""Z85: binary data as printable text, five characters for every four bytes (RFC 32); CURVE's keys use it."""

from __future__ import annotations

from typing import Final

__all__ = ["Z85CHARS", "Z85MAP", "decode", "encode"]

Z85CHARS: Final = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
Z85MAP: Final[dict[int, int]] = {character: digit for digit, character in enumerate(Z85CHARS)}

_PLACES: Final = (85**4, 85**3, 85**2, 85, 1)


def encode(rawbytes: bytes | bytearray | memoryview) -> bytes:
    """The data as Z85 text. Raises ValueError unless its length is a multiple of four.

    >>> encode(bytes.fromhex("864FD26FB559F75B"))
    b'HelloWorld'
    """
    data = memoryview(rawbytes).cast("B")
    if len(data) % 4:
        raise ValueError(f"Z85 encodes groups of 4 bytes, and {len(data)} is not a multiple of 4")
    text = bytearray()
    for start in range(0, len(data), 4):
        number = int.from_bytes(data[start : start + 4], "big")
        text += bytes(Z85CHARS[number // place % 85] for place in _PLACES)
    return bytes(text)


def decode(z85bytes: str | bytes | bytearray | memoryview) -> bytes:
    """The data that Z85 text stands for.

    Raises ValueError if the length is not a multiple of five or a group stands for more than four bytes can
    hold, and KeyError for a character that is not in the alphabet.

    >>> decode("HelloWorld").hex()
    '864fd26fb559f75b'
    """
    if isinstance(z85bytes, str):
        if not z85bytes.isascii():
            raise ValueError("Z85 text consists of ASCII characters only")
        z85bytes = z85bytes.encode()
    text = bytes(z85bytes)
    if len(text) % 5:
        raise ValueError(f"Z85 text comes in groups of 5 characters, and {len(text)} is not a multiple of 5")
    data = bytearray()
    for start in range(0, len(text), 5):
        group = text[start : start + 5]
        number = sum(Z85MAP[character] * place for character, place in zip(group, _PLACES, strict=True))
        if number >> 32:
            raise ValueError(f"{group!r} is no Z85 group: it stands for more than 4 bytes can hold")
        data += number.to_bytes(4, "big")
    return bytes(data)
