"""What a process has used so far: CPU seconds, context switches, resident memory."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

resource: Any
try:
    import resource
except ImportError:  # Windows: CPU time is known, the rest is not.
    resource = None


@dataclass(frozen=True)
class Usage:
    """A reading, or the difference of two. CPU counts every thread of the process, also the library's own."""

    seconds: float
    cpu_s: float
    switches: int

    def __sub__(self, earlier: Usage) -> Usage:
        return Usage(
            self.seconds - earlier.seconds, self.cpu_s - earlier.cpu_s, self.switches - earlier.switches
        )


def usage() -> Usage:
    """Return a reading of this process."""
    if resource is None:
        return Usage(time.perf_counter(), time.process_time(), 0)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Usage(time.perf_counter(), used.ru_utime + used.ru_stime, used.ru_nvcsw + used.ru_nivcsw)


def resident_kib() -> float | None:
    """Return the resident set size now, or None where /proc does not tell it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024
    except (OSError, ValueError, AttributeError):
        return None
