"""Handing a conversation over from thread to thread without the system, for a moment.

Waking a thread that sleeps takes the system longer than a quick answer takes to be made, and whoever wakes it still has
the interpreter, so it may have to sleep once more, for that. A thread that waits without the interpreter, in C, can
watch for the moment in which something is there for it; and one that gives it something can stay without the
interpreter until the other has done its work. That takes a second processor, and C. handover.pyx does it; here, where
waiting without the interpreter is not possible, nobody ever waits.
"""

from __future__ import annotations

CAN_WAIT = False


class Handover:
    """Between one thread that waits (``take``) and those that have something for it (``give``)."""

    __slots__ = ()

    def take(self, longest_s: float) -> bool:
        """Wait for a ``give``, at most so long. True: there was one, perhaps already before."""
        return False

    def give(self) -> bool:
        """True: the owner waits, and has what it waits for. Then this comes back when it waits again, or soon."""
        return False
