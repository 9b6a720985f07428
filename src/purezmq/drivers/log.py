"""The logger ``purezmq``. Not imported with the library: ``logging`` is a third of what the first context would cost.

It is not imported at all, but found: a program in which nobody has imported ``logging`` reads no log, and our logger is
silent until somebody does.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger
    from typing import Any

_found: list[Logger] = []


class _Mute:
    """A logger that says nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


_MUTE: Any = _Mute()


def logger() -> Logger:
    """The library's logger. Silent until an application configures logging."""
    if not _found:
        if "logging" not in sys.modules:
            mute: Logger = _MUTE
            return mute
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
