"""Sending at a given rate."""

from __future__ import annotations

from time import monotonic


class Pace:
    """Says how long to wait before each message so that ``rate`` messages leave per second.

    The schedule is absolute, so short delays are caught up; after a pause longer than a second it starts afresh
    instead of sending everything that was missed in one burst.
    """

    __slots__ = ("_interval", "_next")

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate
        self._next = monotonic()

    def delay(self, now: float) -> float:
        """Seconds to wait before the next message; counts that message."""
        if now - self._next > 1:
            self._next = now
        delay = self._next - now
        self._next += self._interval
        return max(0.0, delay)
