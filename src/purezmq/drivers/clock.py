"""The clock that is read for messages. Its compiled twin, clock.pyx, makes no number object for the time."""

from __future__ import annotations

import time

monotonic = time.monotonic
