"""Which rows to run, as the command line chose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """None means: the scenario's own choice."""

    sizes: tuple[int, ...] | None = None
    transports: tuple[str, ...] | None = None
    payloads: tuple[str, ...] | None = None
    counts: tuple[int, ...] | None = None
    is_quick: bool = False
    is_smoke: bool = False

    def pick_sizes(self, full: Sequence[int], quick: Sequence[int], smoke: Sequence[int]) -> Sequence[int]:
        return self._pick(self.sizes, full, quick, smoke)

    def pick_counts(self, full: Sequence[int], quick: Sequence[int], smoke: Sequence[int]) -> Sequence[int]:
        """Numbers of frames, sockets, connections, or the window, whichever the scenario varies."""
        return self._pick(self.counts, full, quick, smoke)

    def pick_transports(self, offered: Sequence[str]) -> Sequence[str]:
        return [name for name in offered if self.transports is None or name in self.transports]

    def pick_payloads(self, full: Sequence[str]) -> Sequence[str]:
        if self.payloads is not None:
            return self.payloads
        return full[:1] if self.is_quick or self.is_smoke else full

    def _pick(
        self, chosen: Sequence[int] | None, full: Sequence[int], quick: Sequence[int], smoke: Sequence[int]
    ) -> Sequence[int]:
        if chosen is not None:
            return chosen
        return smoke if self.is_smoke else quick if self.is_quick else full


ALL_TRANSPORTS = ("tcp", "ipc", "inproc")
