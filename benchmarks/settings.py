"""How long and how often to measure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """One profile of durations.

    All libraries get equal *durations*, not equal counts: they differ by more than ten times in some
    scenarios, and an equal count would give the fastest one a window too short to trust or the slowest one
    minutes. The count then follows from the speed, and no calibration run is needed.
    """

    window_s: float = 1.0
    warmup_s: float = 0.3
    rounds: int = 5
    deadline_s: float = 60.0  # for one run; a process that is still there is ended by its pid
    verified: int = 200  # messages checked in full before each measurement
    is_smoke: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


FULL = Settings()
QUICK = Settings(window_s=0.3, warmup_s=0.1, rounds=3)
SMOKE = Settings(window_s=0.02, warmup_s=0.01, rounds=1, deadline_s=20.0, verified=50, is_smoke=True)
