"""The command ``purezmq``: ZeroMQ from the shell (docs/cli.md).

Nothing of it is imported by the library, and this file imports nothing but the standard library: click and rich belong
to the optional extra ``cli``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

NEEDED = ("click", "rich")
EXTRA_MISSING = "purezmq: the command line needs {name}; install it with: pip install 'purezmq[cli]'"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with ``argv`` (default: the process's arguments) and return its exit code."""
    try:
        import click  # noqa: F401
        import rich  # noqa: F401

        from .app import run
    except ModuleNotFoundError as missing:
        if missing.name not in NEEDED:
            raise
        print(EXTRA_MISSING.format(name=missing.name), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 1  # before the command began; there is nothing to tell
    return run(argv)
