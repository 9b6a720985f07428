"""What the two ends of ``purezmq bench`` say to each other, over one pair of PAIR sockets.

The client orders, the server answers; orders and answers are JSON after a prefix that no payload has. After ``echo``
the server sends everything back up to the client's END, and the END. After ``count`` it receives: first for the
warm-up, then for the window, then up to END; it answers with what it counted.
"""

from __future__ import annotations

import json
import platform
import sys
from typing import Any

import purezmq as zmq

PREFIX = b"\x00purezmq bench\x00"
END = PREFIX + b"end"
VERSION = 1
PATIENCE_MS = 10_000  # within a measurement neither end is silent for longer
MOST_S = 3600.0  # for one measurement; a server should be free again some day
MOST_BYTES = 1 << 30  # of a message, on both sides

Words = dict[str, Any]


def as_message(words: Words) -> bytes:
    """The message that says this."""
    return PREFIX + json.dumps({"version": VERSION, **words}).encode()


def words_of(message: bytes) -> Words | None:
    """What a message says; None for a payload, and for anything that is not said in our version of these words."""
    if not message.startswith(PREFIX):
        return None
    try:
        words = json.loads(message[len(PREFIX) :])
    except ValueError:
        return None
    return words if isinstance(words, dict) and words.get("version") == VERSION else None


def payload_of(size: int) -> bytes:
    """A message of so many bytes that is no word."""
    return b"x" * size


def own_facts() -> Words:
    """What the other end wants to know of us."""
    return {
        "purezmq": zmq.__version__,
        "compiled": len(zmq.compiled_modules()),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
    }


def facts_text(facts: Words) -> str:
    """One end in a line."""
    build = f"{facts['compiled']} compiled modules" if facts["compiled"] else "running the Python source"
    return f"purezmq {facts['purezmq']} ({build}), {facts['python']}, {facts['system']}"
