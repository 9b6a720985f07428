"""Internal: not part of the public API. The rules of the socket types, free of I/O.

Importing the package fills the table behind ``pattern_for``.
"""

from . import (
    channel,
    client_server,
    dealer,
    pair,
    peer,
    pipeline,
    pub,
    rep,
    req,
    router,
    scatter_gather,
    stream,
    sub,
)
from .pattern import Pattern, has_all_patterns, pattern_for

__all__ = [
    "Pattern",
    "channel",
    "client_server",
    "dealer",
    "has_all_patterns",
    "pair",
    "pattern_for",
    "peer",
    "pipeline",
    "pub",
    "rep",
    "req",
    "router",
    "scatter_gather",
    "stream",
    "sub",
]
