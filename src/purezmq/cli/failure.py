"""How the command ends and how it says that something went wrong."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import IO, Any

import click


class ExitCode(IntEnum):
    """What the shell learns; documented in docs/cli.md."""

    OK = 0
    NOTHING = 1  # nothing came, or not everything left, in the time given
    USAGE = 2  # the same number as click's own usage errors
    ENDPOINT = 3


class CliFailure(click.ClickException):
    """An error that ends the command with one line on stderr."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.exit_code = int(code)  # type: ignore[misc]  # click declares it on the class and reads it from here

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line."""
        say(self.message)


def say(text: str) -> None:
    """Write one line to stderr; a closed stderr is nobody's problem."""
    try:
        sys.stderr.write(f"purezmq: {text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
