"""How long to wait before dialling again."""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """The reconnect delays of one connecting endpoint (RECONNECT_IVL, RECONNECT_IVL_MAX).

    Without a maximum the delay is the base plus a random share of it, so that a crowd of peers does not come back in
    step. With a maximum it doubles up to that, as libzmq does it. A successful connect starts it anew.
    """

    __slots__ = ("_base_ms", "_maximum_ms", "_next_ms", "_random")

    def __init__(self, base_ms: int, maximum_ms: int, random: Callable[[], float]) -> None:
        self._base_ms = base_ms
        self._maximum_ms = maximum_ms
        self._random = random
        self._next_ms = base_ms

    @property
    def is_off(self) -> bool:
        """True when there is no second attempt (RECONNECT_IVL -1; libzmq treats 0 alike)."""
        return self._base_ms <= 0

    def reset(self) -> None:
        """A connect succeeded."""
        self._next_ms = self._base_ms

    def next_delay_ms(self) -> int:
        """The pause before the next attempt, in milliseconds."""
        if self._maximum_ms <= 0:
            return self._base_ms + int(self._base_ms * self._random())
        delay = min(self._next_ms, self._maximum_ms)
        self._next_ms = min(self._next_ms * 2, self._maximum_ms)
        return delay
