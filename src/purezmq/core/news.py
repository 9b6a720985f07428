"""What happened to a socket's connections, for the monitor, the log and the counters."""

from __future__ import annotations

# purezmq's own event, beyond libzmq's and so only for monitors that ask for it: messages were given up at the end of
# LINGER. The value is their number.
UNDELIVERED = 0x100000


class News:
    """One lifecycle notice. ``event`` and ``value`` are libzmq's numbers; ``reason`` is for people."""

    __slots__ = ("endpoint", "event", "reason", "value")

    def __init__(self, event: int, value: int, endpoint: str, reason: str = "") -> None:
        self.event = event
        self.value = value
        self.endpoint = endpoint
        self.reason = reason
