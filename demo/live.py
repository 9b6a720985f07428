"""Live progress: plain lines, with the time since the start."""

from __future__ import annotations

import time

# More often than this nobody can read it.
INTERVAL_S = 0.5


class Live:
    """Prints what is going on, and keeps it readable."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._last = self._started

    def say(self, text: str) -> None:
        """Something that happens once: always shown."""
        print(f"{time.monotonic() - self._started:6.1f} s  {text}", flush=True)

    def progress(self, text: str) -> None:
        """Something that happens all the time: shown now and then."""
        now = time.monotonic()
        if now - self._last >= INTERVAL_S:
            self._last = now
            self.say(text)
