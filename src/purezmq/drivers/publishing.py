"""What stands behind the lane of a publisher, in the place of a stream: it hands out what was gathered, and flushes.

A publisher hears before it sends: a subscription that has arrived counts for the next message, although the I/O thread,
which needs the GIL, may not have come to it. That is one system call in so much time.
"""

from __future__ import annotations

import time

from ..base.pipe import Pipe
from .io_thread import LARGEST_BURST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..patterns.pub import Pub
    from .pump import Pump

# How old a publisher's view of its subscriptions may be when it sends.
HEARING_S = 1e-3

monotonic = time.monotonic


class Publishing:
    """The link of the box in which a publisher gathers. Everything here requires the lock of the pump."""

    __slots__ = ("_cost", "_end", "_gap", "_pattern", "_pump")

    is_inproc = False

    def __init__(self, pump: Pump, pattern: Pub) -> None:
        self._pump = pump
        self._pattern = pattern
        self._cost = 0.0  # how long the last flush took, in seconds
        self._end = 0.0  # and when it ended
        self._gap = 1.0  # from message to message, without the pauses, in seconds
        pattern.gathered.make_room = self._make_room

    def flush(self, now: float) -> None:
        """Hand out what was gathered and write it."""
        pump = self._pump
        gathered = self._pattern.gathered
        count = len(gathered.box.outbox)
        if count:
            # Writing to many takes longer than a sender needs for its next messages, so they had better share the
            # system calls: gather as long as a flush to all but one takes. A pause, for an answer perhaps, need not be
            # the end of it.
            gap = (now - self._end) / count
            self._gap = gap if gap < self._gap else min(gap, 1.25 * self._gap)
            peers = len(self._pattern.pipes) or 1
            shared = max(count // 4, int(self._cost / self._gap * (peers - 1) / peers))
            if shared > pump.burst:
                pump.burst = min(LARGEST_BURST, shared)
                pump.end_at_pause(0)
        if now - pump.last_look >= HEARING_S:
            self._hear(now)
        gathered.hand_out()
        if pump.core.dirty:
            pump.flush_dirty(now)
            # A burst is measured by the time in which it is gathered. Writing to many takes longer than that.
            self._end = pump.last_flush = monotonic()
            self._cost = self._end - now

    def _hear(self, now: float) -> None:
        pump, pattern = self._pump, self._pattern
        pump.last_look = now
        events = pump.look()
        if not events:
            return
        # Only the newest message counts as sent after what is heard now.
        pattern.gathered.hand_out(keep=1)
        pattern.hears_now = True
        try:
            pump.process(events)
        finally:
            pattern.hears_now = False

    def _make_room(self, pipe: Pipe) -> None:
        link: Any = pipe.link
        if link is not None:
            link.flush(monotonic())
