"""How fast a source may send: a token bucket that does not mind a timer that is late.

Timers have a grain of a millisecond, and a busy interpreter or machine makes them later still. So what could not be
sent in time may be made up for, within limits: the allowance of up to ``_MEMORY_S`` is kept, but it is spent at no
more than twice the rate, and never more than ``_BURST_SIZE`` at once, which the kernel's default receive buffer at
the other end can hold.

At low rates the allowance of one second may go out at once, as libzmq does it (with the default of 100 kbit/s: eight
full packets).
"""

from __future__ import annotations

_MEMORY_S = 0.05
_BURST_SIZE = 64 * 1024
_GRAIN_S = 0.001
_CATCH_UP = 2.0
_ROUNDING_S = 1e-6  # so that the answer at this time is yes


class RateLimit:
    """Bytes per second, headers included."""

    __slots__ = ("_allowance", "_at", "_burst", "_most_allowance", "_most_burst", "bytes_per_s")

    def __init__(self, bytes_per_s: float, largest_packet: int, now: float) -> None:
        self.bytes_per_s = bytes_per_s
        one_second = max(bytes_per_s, float(largest_packet))
        self._most_burst = min(one_second, max(_BURST_SIZE, float(largest_packet)))
        self._most_allowance = max(self._most_burst, min(one_second, bytes_per_s * _MEMORY_S))
        self._allowance = self._most_allowance
        self._burst = self._most_burst
        self._at = now

    def take(self, size: int, now: float) -> bool:
        """Pay for ``size`` bytes. False: it is too early."""
        if now > self._at:
            grown = (now - self._at) * self.bytes_per_s
            self._at = now
            self._allowance = min(self._most_allowance, self._allowance + grown)
            self._burst = min(self._most_burst, self._burst + grown * _CATCH_UP)
        if size > self._allowance or size > self._burst:
            return False
        self._allowance -= size
        self._burst -= size
        return True

    def ready_at(self, size: int) -> float:
        """When to try again after ``take`` said no: at best for a number of packets in one go."""
        # Waking up for each packet would cost more than sending it.
        wanted = max(float(size), min(self.bytes_per_s * _GRAIN_S, self._most_burst - 1.0))
        for_allowance = (wanted - self._allowance) / self.bytes_per_s
        for_burst = (wanted - self._burst) / (self.bytes_per_s * _CATCH_UP)
        return self._at + max(for_allowance, for_burst, 0.0) + _ROUNDING_S
