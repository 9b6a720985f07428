"""How the I/O thread learns that a sender has left messages gathered, and went to do something else.

A sender that gathers makes no call when it pauses, and cannot know that it will. So it leaves a mark, and the I/O
thread looks at the marks every now and then. It does so without the interpreter, which it asks for when it has found
one: it gets it when the sender gives it up, and that is the moment at which to write the rest.

That needs a loop that runs without the interpreter, which is watching.pyx. Here nobody watches, and the ticks do.

Watching costs a look every 30 us, and is for senders that have left something a moment ago. The others say when they
leave something: a timer wakes the I/O thread a little later. It gets the interpreter when the sender has paused, and
writes what is left. Senders that mostly leave nothing, because they write the rest themselves when they wait for an
answer, or that do not pause, are looked at more and more rarely.
"""

from __future__ import annotations

CAN_WATCH = False


class Mark:
    """Says whether a socket has messages that somebody has to write, and when it is time."""

    __slots__ = ("expected_at", "expects_at", "is_expected", "is_set", "pause_s", "ready_at")

    def __init__(self) -> None:
        self.is_set = False
        self.ready_at = 0.0
        self.is_expected = False  # the timer was set for it; and when
        self.expected_at = 0.0
        self.expects_at = 0.0  # when it may be set again
        self.pause_s = 0.0  # from one time to the next


class Timer:
    """A descriptor that becomes readable after a time."""

    __slots__ = ("fd",)

    def __init__(self) -> None:
        self.fd = -1
        raise NotImplementedError("nobody sets timers here")

    def set(self, seconds: float) -> None:
        """Let it become readable after this time, unless it was set before and that time is not over."""

    def drain(self) -> None:
        """Forget that its time was over."""

    def close(self) -> None:
        """Give the descriptor back."""


def until_marked(fd: int, marks: list[Mark], timeout_s: float) -> None:
    """Sleep until a mark is set, the descriptor is readable, or the time is up; perhaps shorter."""
    raise NotImplementedError("nobody can watch without the interpreter here")
