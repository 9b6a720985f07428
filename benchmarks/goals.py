"""What purezmq wants to reach, and how far it got in one run. For reading: no goal ever fails a run.

A goal is a ratio between two libraries in the same rounds of the same row, so it means the same on every machine, as
far as anything does. The goals are meant for the compiled build on CPython 3.11.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.report import aligned
from benchmarks.statistics import Figure, ratio

OURS = "purezmq"
UNMEASURED = "not measured"
Document = dict[str, Any]  # what report.as_json returns


@dataclass(frozen=True)
class Goal:
    """`figure` shall be `at_least` or `at_most` so many times that of `baseline`, in every row that matches."""

    scenario: str
    rows: dict[str, tuple[Any, ...]]
    figure: str
    baseline: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def wanted(self) -> str:
        relation, number = (">=", self.at_least) if self.at_least is not None else ("<=", self.at_most)
        return f"{relation} {number:g} x {self.baseline}"

    def is_met_by(self, value: float) -> bool:
        if self.at_least is not None:
            return value >= self.at_least
        assert self.at_most is not None
        return value <= self.at_most


@dataclass(frozen=True)
class Outcome:
    """A goal in one row; without a value if the row, or the library to compare with, was not measured."""

    goal: Goal
    case: dict[str, Any] = field(default_factory=dict)
    value: float | None = None
    lowest: float = 0.0
    highest: float = 0.0

    @property
    def verdict(self) -> str:
        if self.value is None:
            return UNMEASURED
        return "met" if self.goal.is_met_by(self.value) else "MISSED"


def _goals() -> Iterator[Goal]:
    tcp, streams = {"transport": ("tcp",)}, {"transport": ("tcp", "ipc")}
    small, large = {"size": (10, 100)}, {"size": (100_000, 1_000_000)}
    yield Goal("throughput", tcp | small, "rate", "pyzmq", at_least=5)
    yield Goal("throughput", tcp | small, "rate", "libzmq", at_least=1)
    for sizes, factor in (((1_000,), 2.0), ((10_000,), 1.5), (large["size"], 1.3)):
        yield Goal("throughput", streams | {"size": sizes}, "rate", "pyzmq", at_least=factor)
        yield Goal("throughput", streams | {"size": sizes}, "rate", "pyomq", at_least=1)
    for baseline in ("pyzmq", "pyomq"):
        yield Goal("throughput", streams | large, "cpu_byte", baseline, at_most=1)
    inproc = {"transport": ("inproc",)}
    yield Goal("throughput", inproc, "rate", "pyzmq", at_least=5)
    yield Goal("throughput", inproc, "rate", "pyomq", at_least=1)
    yield Goal("batch", tcp | small, "rate", "pyzmq", at_least=8)
    for baseline, factor in (("pyzmq", 0.6), ("pyomq", 1.0), ("reference", 1.3)):
        yield Goal("roundtrip", streams, "p50", baseline, at_most=factor)
    yield Goal("roundtrip", inproc, "p50", "reference", at_most=1)
    yield Goal("busy_roundtrip", streams, "p50", "spinning", at_most=2)
    yield Goal("asyncio_throughput", streams | {"size": (100,)}, "rate", "pyzmq", at_least=15)
    yield Goal("asyncio_throughput", streams | {"size": (100,)}, "rate", "pyomq", at_least=2)
    yield Goal("asyncio_roundtrip", streams, "p50", "pyzmq", at_most=0.5)
    yield Goal("fanout", tcp, "rate", "pyzmq", at_least=2)
    yield Goal("topics", tcp, "rate", "pyzmq", at_least=2)
    yield Goal("pipelined", tcp | {"window": (200,)}, "rate", "pyzmq", at_least=6)
    yield Goal("proxy", tcp, "rate", "pyzmq", at_least=2)
    yield Goal("proxy", tcp, "rate", "pyomq", at_least=1)
    yield Goal("curve", tcp | {"size": (100,)}, "rate", "pyzmq", at_least=1)
    yield Goal("curve", tcp | {"size": (100_000,)}, "rate", "pyzmq", at_least=1.2)
    yield Goal("connections", {"idle": (1_000, 10_000)}, "memory", "pyzmq", at_most=0.25)
    yield Goal("connections", {"active": (1_000,)}, "rate", "pyzmq", at_least=1.5)
    yield Goal("computing", streams, "p95", "pyzmq", at_most=1)
    yield Goal("importing", {"until": ("import",)}, "time", "pyzmq", at_most=0.5)


GOALS = tuple(_goals())


def judge(document: Document, goals: tuple[Goal, ...] = GOALS) -> list[Outcome]:
    """Return an outcome for each row that a goal is about; one without a value for a goal with no such row."""
    outcomes = []
    for goal in goals:
        mine = [_in_row(goal, row) for row in document["rows"] if _is_about(goal, row)]
        outcomes += [outcome for outcome in mine if outcome.value is not None] or [Outcome(goal)]
    return outcomes


def goals_table(document: Document) -> str:
    """Return the table of the goals of the scenarios that were run, with a last line that counts all goals."""
    outcomes = judge(document)
    scenarios = {row["scenario"] for row in document["rows"]}
    lines = [["scenario", "row", "figure", "wanted", "measured", "[lowest highest]", ""]]
    for outcome in outcomes:
        goal = outcome.goal
        if goal.scenario not in scenarios:
            continue
        case = outcome.case or {name: "|".join(map(str, values)) for name, values in goal.rows.items()}
        row = " ".join(str(value) for value in case.values())
        measured, spread = "", ""
        if outcome.value is not None:
            measured, spread = f"{outcome.value:.2f}", f"[{outcome.lowest:.2f} {outcome.highest:.2f}]"
        lines.append([goal.scenario, row, goal.figure, goal.wanted, measured, spread, outcome.verdict])
    verdicts = [outcome.verdict for outcome in outcomes]
    counts = ", ".join(f"{verdicts.count(name)} {name.lower()}" for name in ("met", "MISSED", UNMEASURED))
    return "\n".join(["\n## goals: purezmq's figure, so many times another's", *aligned(lines), counts])


def _is_about(goal: Goal, row: dict[str, Any]) -> bool:
    case = row["case"]
    return row["scenario"] == goal.scenario and all(
        case.get(name) in values for name, values in goal.rows.items()
    )


def _in_row(goal: Goal, row: dict[str, Any]) -> Outcome:
    ours, theirs = (_rounds(row, name, goal.figure) for name in (OURS, goal.baseline))
    # As a plain quotient: for a delay, below 1 is better.
    compared = ratio(Figure(goal.figure, "", higher_is_better=True), ours, theirs)
    if compared is None:
        return Outcome(goal)
    return Outcome(goal, row["case"], compared.value, compared.lowest, compared.highest)


def _rounds(row: dict[str, Any], library: str, figure: str) -> list[float | None]:
    results = row["libraries"].get(library, {})
    rounds: list[float | None] = results.get("figures", {}).get(figure, {}).get("rounds", [])
    return rounds
