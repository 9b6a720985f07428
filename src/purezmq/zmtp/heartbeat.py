"""Heartbeats of one connection: when to send PING, and when silence means that the peer is gone.

Three timers, all absolute times in seconds or None:

* ``ping_at``: the next PING is due (one per interval, whatever else is sent).
* ``timeout_at``: we sent a PING and heard nothing since.
* ``ttl_at``: the peer sent a PING asking us to give it up after so much silence.

Any bytes from the peer clear the last two. libzmq waits for a complete frame, and so drops a live peer in the
middle of a frame that takes longer than the timeout: a PONG cannot overtake it.

While our own user does not receive and reading has stopped (``pause``), silence proves nothing: the last two
timers stand still, and ``resume`` starts them anew.
"""

from __future__ import annotations

from .config import ConnectionConfig


class Heartbeat:
    """The timers of one connection. Nothing runs before ``start``."""

    __slots__ = (
        "_interval_s",
        "_is_paused",
        "_timeout_pending",
        "_timeout_s",
        "_ttl_pending",
        "_ttl_s",
        "ping_at",
        "timeout_at",
        "ttl_at",
    )

    def __init__(self, config: ConnectionConfig) -> None:
        self._interval_s = config.heartbeat_ivl_ms / 1000
        self._timeout_s = config.heartbeat_timeout_ms / 1000
        self._ttl_s = 0.0  # what the peer asked for
        self._is_paused = False
        self._timeout_pending = False  # while paused: to be armed again
        self._ttl_pending = False
        self.ping_at: float | None = None
        self.timeout_at: float | None = None
        self.ttl_at: float | None = None

    def start(self, now: float) -> None:
        """The handshake is done."""
        if self._interval_s > 0:
            self.ping_at = now + self._interval_s

    def heard(self) -> None:
        """The peer is alive: bytes came."""
        self.timeout_at = None
        self.ttl_at = None

    def ping_sent(self, now: float) -> None:
        """A PING went out, or one that waits to go out is as good."""
        self.ping_at = now + self._interval_s
        if self._timeout_s > 0:
            if self._is_paused:
                self._timeout_pending = True
            elif self.timeout_at is None:
                self.timeout_at = now + self._timeout_s

    def ping_received(self, ttl_ds: int, now: float) -> None:
        """The peer asks to be given up after this silence (0: no wish; libzmq wraps at 65.5 s)."""
        if not ttl_ds:
            return
        self._ttl_s = ttl_ds / 10
        if self._is_paused:
            self._ttl_pending = True
        elif self.ttl_at is None:
            self.ttl_at = now + self._ttl_s

    def pause(self) -> None:
        """Reading has stopped by our own choice."""
        self._is_paused = True
        self._timeout_pending = self.timeout_at is not None
        self._ttl_pending = self.ttl_at is not None
        self.heard()

    def resume(self, now: float) -> None:
        """Reading goes on."""
        self._is_paused = False
        if self._timeout_pending:
            self.timeout_at = now + self._timeout_s
        if self._ttl_pending:
            self.ttl_at = now + self._ttl_s
        self._timeout_pending = self._ttl_pending = False

    def deadline(self) -> float | None:
        """The earliest of the timers."""
        earliest = self.ping_at
        if self.timeout_at is not None and (earliest is None or self.timeout_at < earliest):
            earliest = self.timeout_at
        if self.ttl_at is not None and (earliest is None or self.ttl_at < earliest):
            earliest = self.ttl_at
        return earliest

    def expired(self, now: float) -> str:
        """Why the peer must be given up now; "" if it need not."""
        if self.timeout_at is not None and now >= self.timeout_at:
            return f"no sign of life for {self._timeout_s:g} s after a PING (HEARTBEAT_TIMEOUT)"
        if self.ttl_at is not None and now >= self.ttl_at:
            return f"no sign of life for {self._ttl_s:g} s, the time to live that the peer asked for"
        return ""
