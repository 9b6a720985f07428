"""The logger ``purezmq``. Not imported with the library: ``logging`` is a third of what the first context would cost.

It is not imported at all, but found: a program in which nobody has imported ``logging`` reads no log, and our logger is
silent until somebody does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from logging import Logger

_found: list[Logger] = []


class _Mute:
    """A logger that says nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


def logger() -> Logger:
    """The library's logger. Silent until an application configures logging."""
    if not _found:
        if "logging" not in sys.modules:
            return cast("Logger", _Mute())
        import logging  # perhaps being imported by another thread: this waits for that

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
