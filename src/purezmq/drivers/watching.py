"""How the I/O thread learns that a sender has left messages gathered, and went to do something else.

A sender that gathers makes no call when it pauses, and cannot know that it will. So it leaves a mark, and the I/O
thread looks at the marks every now and then. It does so without the interpreter, which it asks for when it has found
one: it gets it when the sender gives it up, and that is the moment at which to write the rest.

That needs a loop that runs without the interpreter, which is watching.pyx. Here nobody watches, and the ticks do.
"""

from __future__ import annotations

CAN_WATCH = False


class Mark:
    """Says whether a socket has messages that somebody has to write, and when it is time."""

    __slots__ = ("is_set", "ready_at")

    def __init__(self) -> None:
        self.is_set = False
        self.ready_at = 0.0


def until_marked(fd: int, marks: list[Mark], timeout_s: float) -> None:
    """Sleep until a mark is set, the descriptor is readable, or the time is up; perhaps shorter."""
    raise NotImplementedError("nobody can watch without the interpreter here")
