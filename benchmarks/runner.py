"""Runs rows: in each round every library once, in turn, in fresh processes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from benchmarks.errors import RunFailed, Unsupported
from benchmarks.job import Case, Job
from benchmarks.libraries import Library
from benchmarks.settings import Settings
from benchmarks.statistics import Figure
from benchmarks.team import ROOT, ProcessTeam
from benchmarks.worker import EVERY_ROLE

PROBE_TIMEOUT_S = 30
_PROBE = """
import benchmarks.fallback
from benchmarks.libraries import find_library
print(find_library({name!r}).describe())
"""


@dataclass
class Results:
    """What one library did in one row."""

    rounds: list[dict[str, float] | None] = field(default_factory=list)  # None: this round failed
    unsupported: str | None = None
    failures: list[str] = field(default_factory=list)

    def values(self, figure: Figure) -> list[float | None]:
        """Return the figure by round, so that the same round of two libraries can be compared."""
        return [None if run is None else run.get(figure.name) for run in self.rounds]

    def known(self, figure: Figure) -> list[float]:
        return [value for value in self.values(figure) if value is not None]


@dataclass
class Row:
    """One case of one scenario, by all libraries."""

    scenario: ModuleType
    case: Case
    results: dict[str, Results]

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(self.scenario.FIGURES)


def describe(library: Library) -> tuple[str | None, str]:
    """Return (version and build, ""), or (None, why it cannot be imported)."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE.format(name=library.name)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=library.environment(),
            timeout=PROBE_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return None, f"import took more than {PROBE_TIMEOUT_S} s"
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return None, lines[-1] if lines else f"exit code {done.returncode}"
    return done.stdout.strip(), ""


def run_row(
    scenario: ModuleType,
    case: Case,
    libraries: Sequence[Library],
    settings: Settings,
    progress: Callable[[str], None],
) -> Row:
    """Run all rounds of one row."""
    able = [library for library in libraries if library.can_do(scenario.NAME, case)]
    row = Row(scenario, case, {library.name: Results() for library in able})
    for number in range(settings.rounds):
        for library in able:
            results = row.results[library.name]
            if results.unsupported:
                continue
            progress(f"round {number + 1}/{settings.rounds} {library.name}")
            _run_into(results, Job(library, scenario.NAME, case, settings, directory=""), scenario)
    return row


def _run_into(results: Results, job: Job, scenario: ModuleType) -> None:
    try:
        results.rounds.append(run_once(job, scenario))
    except Unsupported as error:
        results.unsupported = str(error)
    except RunFailed as error:
        results.rounds.append(None)
        results.failures.append(str(error))


def run_once(job: Job, scenario: ModuleType) -> dict[str, float]:
    """Return the figures of one run. Raises Unsupported or RunFailed; leaves no process behind."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        team = ProcessTeam(Job(job.library, job.scenario, job.case, job.settings, directory))
        try:
            figures = _conduct(team, scenario)
        except BaseException:
            team.close(patience_s=0)
            raise
        team.close(patience_s=2)
    return figures


def _conduct(team: ProcessTeam, scenario: ModuleType) -> dict[str, float]:
    if team.job.transport != "inproc":
        return dict(scenario.conduct(team))
    # Both sides share a context, so they are threads of one process, which conducts itself.
    result: dict[str, Any] = team.start(EVERY_ROLE).expect("result")
    return dict(result["figures"])
