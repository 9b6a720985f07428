"""What the doctor found, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ..failure import ExitCode


class Level(Enum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"  # worth knowing, nothing wrong
    SILENT = "silent"  # no answer in the time given
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step and its outcome."""

    step: str
    level: Level
    text: str
    advice: str = ""  # what to do about it


class Findings:
    """The growing list of findings; ``tell`` is called with each one at once."""

    def __init__(self, tell: Callable[[Finding], None]) -> None:
        self._tell = tell
        self.all: list[Finding] = []

    def _add(self, step: str, level: Level, text: str, advice: str) -> None:
        finding = Finding(step, level, text, advice)
        self.all.append(finding)
        self._tell(finding)

    def ok(self, step: str, text: str) -> None:
        """The step is fine."""
        self._add(step, Level.OK, text, "")

    def note(self, step: str, text: str, advice: str = "") -> None:
        """Something to know."""
        self._add(step, Level.NOTE, text, advice)

    def silent(self, step: str, text: str, advice: str) -> None:
        """Nobody answered in time."""
        self._add(step, Level.SILENT, text, advice)

    def wrong(self, step: str, text: str, advice: str) -> None:
        """This is why it does not work."""
        self._add(step, Level.WRONG, text, advice)

    @property
    def exit_code(self) -> ExitCode:
        """3 if something is wrong, 1 if somebody was silent, else 0."""
        levels = {finding.level for finding in self.all}
        if Level.WRONG in levels:
            return ExitCode.ENDPOINT
        return ExitCode.NOTHING if Level.SILENT in levels else ExitCode.OK
