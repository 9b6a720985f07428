"""A stopwatch that counts microseconds."""

from __future__ import annotations

import time

__all__ = ["Stopwatch"]


class Stopwatch:
    """Measures the time between ``start`` and ``stop``, in whole microseconds."""

    def __init__(self) -> None:
        self._started_ns: int | None = None

    def start(self) -> None:
        """Begin to measure. Raises RuntimeError if it is measuring already."""
        if self._started_ns is not None:
            raise RuntimeError("the stopwatch is running already: stop it first")
        self._started_ns = time.perf_counter_ns()

    def stop(self) -> int:
        """End the measurement; the microseconds since ``start``. Raises RuntimeError if it was not started."""
        if self._started_ns is None:
            raise RuntimeError("the stopwatch is not running: start it first")
        started_ns, self._started_ns = self._started_ns, None
        return (time.perf_counter_ns() - started_ns) // 1000
