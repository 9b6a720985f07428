"""Arithmetic with 32-bit sequence numbers that wrap (RFC 1982).

``a`` is before ``b`` if going from ``a`` to ``b`` is shorter upwards than downwards.
"""

from __future__ import annotations

MASK = 0xFFFFFFFF
HALF = 1 << 31


def after(number: int, count: int = 1) -> int:
    """The sequence number ``count`` further on (or back, if negative)."""
    return (number + count) & MASK


def distance(first: int, second: int) -> int:
    """How far it is from the first up to the second: negative if the second is before the first."""
    ahead = (second - first) & MASK
    return ahead if ahead < HALF else ahead - (1 << 32)
