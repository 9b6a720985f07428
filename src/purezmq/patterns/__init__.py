"""Internal: not part of the public API. The rules of the socket types, free of I/O.

Importing the package fills the table behind ``pattern_for``.
"""

from . import dealer, pair, pipeline, pub, rep, req, router, stream, sub
from .pattern import Pattern, pattern_for

__all__ = [
    "Pattern",
    "dealer",
    "pair",
    "pattern_for",
    "pipeline",
    "pub",
    "rep",
    "req",
    "router",
    "stream",
    "sub",
]
