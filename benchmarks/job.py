"""What a role is given to play."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.channel import Channel
from benchmarks.libraries.library import Library
from benchmarks.settings import Settings

Case = dict[str, Any]  # one row's parameters: plain JSON values


@dataclass(frozen=True)
class Job:
    """One part in one run of one row by one library."""

    library: Library
    scenario: str
    case: Case
    settings: Settings
    directory: str  # for ipc endpoints; removed after the run
    role: str = ""
    channel: Channel | None = field(default=None, compare=False)

    def part(self, role: str, parameters: dict[str, Any], channel: Channel | None = None) -> Job:
        """Return this job as `role` plays it."""
        return replace(self, role=role, case={**self.case, **parameters}, channel=channel)

    @property
    def transport(self) -> str:
        return str(self.case.get("transport", "tcp"))
