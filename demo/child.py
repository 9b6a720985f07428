"""What every process of the demo does first: find out who it is, and make sure it cannot outlive its parent."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from .control import Line


def begin() -> tuple[Line, dict[str, Any]]:
    """Returns the line to the parent, and the job that the parent has given on the command line."""
    job: dict[str, Any] = json.loads(sys.argv[1])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return Line(job["name"], job["desk"]), job


def _end_with_parent() -> None:
    # Nothing is ever written to this pipe. It ends when the parent does, however the parent ends.
    # Read past sys.stdin: its lock, held by a waiting thread, would upset the interpreter's own end.
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)
