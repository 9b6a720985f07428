"""Timers for loops that wait in a poller, as the C library's ``zmq_timers``: no thread, no event loop."""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable
from typing import Any

_ROUNDING_MS = 1e-6  # what the arithmetic of floats may add must not make a millisecond of it


class Timers:
    """Calls functions at intervals, whenever the loop asks. For one thread.

    >>> timers = Timers()
    >>> beat = timers.add(1000, send_heartbeat)
    >>> while True:
    ...     for socket, _ in poller.poll(timers.timeout()):
    ...         work(socket)
    ...     timers.execute()
    """

    __slots__ = ("_heap", "_intervals", "_numbers", "_times")

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._intervals: dict[int, tuple[int, Callable[..., Any], tuple[Any, ...]]] = {}
        self._times: dict[
            int, float
        ] = {}  # when each is due; an entry of the heap that differs is out of date
        self._heap: list[tuple[float, int]] = []

    def __len__(self) -> int:
        return len(self._intervals)

    def add(self, interval_ms: int, handler: Callable[..., Any], *args: Any) -> int:
        """Call ``handler(*args)`` every so many milliseconds, for the first time after one interval.

        Returns the number by which the timer is known. Raises ValueError for an interval below 1.
        """
        number = next(self._numbers)
        self._set(number, interval_ms, handler, args)
        return number

    def set_interval(self, number: int, interval_ms: int) -> None:
        """Change a timer's interval; it begins now. Raises KeyError for an unknown number."""
        _, handler, args = self._intervals[number]
        self._set(number, interval_ms, handler, args)

    def reset(self, number: int) -> None:
        """Let a timer's interval begin now. Raises KeyError for an unknown number."""
        self._begin(number, time.monotonic())

    def cancel(self, number: int) -> None:
        """Forget a timer. Raises KeyError for an unknown number."""
        del self._intervals[number]
        del self._times[number]

    def timeout(self) -> int | None:
        """Milliseconds until the next timer is due, rounded up, for ``poll``; None: there is no timer."""
        heap = self._heap
        while heap:
            when, number = heap[0]
            if self._times.get(number) == when:
                return max(0, math.ceil((when - time.monotonic()) * 1000 - _ROUNDING_MS))
            heapq.heappop(heap)
        return None

    def execute(self) -> int:
        """Call what is due, each once, and begin its next interval. Returns how many were called."""
        now = time.monotonic()
        due = []
        while self._heap and self._heap[0][0] <= now:
            when, number = heapq.heappop(self._heap)
            if self._times.get(number) == when:
                due.append(number)
                self._begin(number, now)
        count = 0
        for number in due:
            entry = self._intervals.get(number)
            if entry is not None:  # not cancelled by one that was called before it
                count += 1
                entry[1](*entry[2])
        return count

    def _set(self, number: int, interval_ms: int, handler: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if interval_ms < 1:
            raise ValueError(f"the interval of a timer is at least 1 millisecond, got {interval_ms}")
        self._intervals[number] = (interval_ms, handler, args)
        self._begin(number, time.monotonic())

    def _begin(self, number: int, now: float) -> None:
        when = now + self._intervals[number][0] / 1000
        self._times[number] = when
        heapq.heappush(self._heap, (when, number))
