"""The checksum of RFC 3208, which is TCP's without a pseudo header."""

from __future__ import annotations


def checksum(packet: bytes) -> int:
    """The checksum of a packet whose own field is zero. Never 0, which says that nothing was computed."""
    # Adding 16-bit words with the carry brought round is arithmetic modulo 65535, and a number is congruent to
    # the sum of its base-65536 digits: one division in C instead of a loop. A missing last byte counts as zero.
    return 0xFFFF - int.from_bytes(packet, "big") * (256 if len(packet) & 1 else 1) % 0xFFFF


def is_intact(packet: bytes) -> bool:
    """True if the packet, checksum field included, adds up."""
    return int.from_bytes(packet, "big") * (256 if len(packet) & 1 else 1) % 0xFFFF == 0
