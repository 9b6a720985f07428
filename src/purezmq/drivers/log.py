"""The logger ``purezmq``. Not imported with the library: ``logging`` is a fifth of what such an import would cost."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

_found: list[Logger] = []


def logger() -> Logger:
    """The library's logger. Silent until an application configures logging."""
    if not _found:
        import logging

        made = logging.getLogger("purezmq")
        # Without a handler Python would print warnings about peers to stderr.
        made.addHandler(logging.NullHandler())
        _found.append(made)
    return _found[0]


def is_debugging() -> bool:
    """True if somebody wants to read debug messages. Nobody does before logging is imported."""
    if "logging" not in sys.modules:
        return False
    found = logger()
    return found.isEnabledFor(10)  # logging.DEBUG
