"""What stands behind the lane of a publisher, in the place of a stream: it hands out what was gathered, and flushes.

A publisher hears before it sends: a subscription that has arrived counts for the next message, although the I/O thread,
which needs the GIL, may not have come to it. That is one system call in so much time.
"""

from __future__ import annotations

from ..base.pipe import Pipe
from .clock import monotonic
from .io_thread import LARGEST_BURST
from .streams import StreamHandler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..patterns.matching import Share
    from ..patterns.pub import Pub
    from .pump import Pump

# How old a publisher's view of its subscriptions may be when it sends.
HEARING_S = 1e-3
# What a sender leaves behind waits for as long as the last write to all took: see flush.
_LONGEST_REST_S = 500e-6


class Publishing:
    """The link of the box in which a publisher gathers. Everything here requires the lock of the pump."""

    __slots__ = ("_cost", "_end", "_gap", "_has_written", "_pattern", "_pump")

    is_inproc = False

    def __init__(self, pump: Pump, pattern: Pub) -> None:
        self._pump = pump
        self._pattern = pattern
        self._cost = 0.0  # how long the last flush took, in seconds
        self._end = 0.0  # and when it ended
        self._has_written = False
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
            enough = max(count // 4, int(self._cost / self._gap * self._shared_part()))
            if enough > pump.burst:
                pump.burst = min(LARGEST_BURST, enough)
                pump.end_at_pause(0)
        if now - pump.last_look >= HEARING_S:
            self._hear(now)
        shared = pump.core.shared
        assert shared is not None
        shared.is_wanted = True
        self._has_written = False
        try:
            gathered.hand_out(0, self._write)
        finally:
            shared.end()
        if pump.core.dirty or self._has_written:
            pump.flush_dirty(now)
            # A burst is measured by the time in which it is gathered. Writing to many takes longer than that.
            self._end = pump.last_flush = monotonic()
            self._cost = self._end - now
            pump.has_left.ready_at = self._end + min(_LONGEST_REST_S, self._cost * self._shared_part())

    def _shared_part(self) -> float:
        """How much of the cost of a write falls to all peers but one."""
        peers = len(self._pattern.pipes) or 1
        return (peers - 1) / peers

    def _write(self, shares: list[Share]) -> bool:
        """Write the last of these shares and take it from the list. False: it needs the pipe."""
        pipe, messages = shares[-1]
        link = pipe.link
        if len(messages) == 1 or type(link) is not StreamHandler or not link.send_share(shares, monotonic()):
            return False
        self._has_written = True
        return True

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
