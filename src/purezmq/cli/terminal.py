"""Colour and tables, for terminals only; pipes and files get plain text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


def console_on(stream: TextIO = sys.stdout) -> Console | None:
    """A rich console on a terminal, None for anything else."""
    try:
        if not stream.isatty():
            return None
    except ValueError:
        return None  # closed
    from rich.console import Console  # 50 ms that a pipe need not pay

    return Console(file=stream, highlight=False)
