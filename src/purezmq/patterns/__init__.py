"""Internal: not part of the public API. The rules of the socket types, free of I/O; ``pattern_for`` finds them."""

from .pattern import Pattern, pattern_for

__all__ = ["Pattern", "pattern_for"]
