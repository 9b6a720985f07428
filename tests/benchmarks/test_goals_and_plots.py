"""Goals and charts, which are made from the JSON of runs. Nothing here measures anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import goals, report
from benchmarks.cli import main
from benchmarks.goals import GOALS, UNMEASURED, Goal, goals_table, judge
from benchmarks.libraries import find_library
from benchmarks.plots import CHARTS, can_plot, write_plots
from benchmarks.runner import Results, Row
from benchmarks.scenarios import find_scenario
from benchmarks.settings import SMOKE

ROUNDS = {"purezmq": 10.0, "pyzmq": 4.0, "pyomq": 8.0, "libzmq": 20.0, "reference": 5.0, "spinning": 5.0}


def document(*rows: tuple[str, dict[str, Any]], figures: dict[str, float] | None = None) -> dict[str, Any]:
    """What a run writes in which every figure of a library has the value of ROUNDS; JSON and back."""
    made = []
    for name, case in rows:
        scenario = find_scenario(name)
        percentiles = dict.fromkeys(("p1", "p50", "p99.9"), 1.0)
        results = {
            library: Results([percentiles | {figure.name: value for figure in scenario.FIGURES}] * 2)
            for library, value in (figures or ROUNDS).items()
            if find_library(library).can_do(name, case)
        }
        made.append(Row(scenario, case, results))
    machine = {"processor": "a processor", "cores": 2, "python": "CPython"}
    text = json.dumps(report.as_json(machine, {"purezmq": "0.1.0 (7 compiled modules)"}, SMOKE, made))
    found: dict[str, Any] = json.loads(text)
    return found


def row(transport: str, **more: Any) -> dict[str, Any]:
    return {"transport": transport, "size": 100, **more}


# --- goals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (Goal("fanout", {}, "rate", "pyzmq", at_least=2.5), 2.5, "met"),
        (Goal("fanout", {}, "rate", "pyzmq", at_least=2.6), 2.5, "MISSED"),
        (Goal("roundtrip", {}, "p50", "reference", at_most=2), 2.0, "met"),
        (Goal("roundtrip", {}, "p50", "reference", at_most=1.9), 2.0, "MISSED"),
        (Goal("roundtrip", {"transport": ("ipc",)}, "p50", "pyzmq", at_most=1.9), None, UNMEASURED),
        (Goal("fanout", {}, "rate", "reference", at_least=1), None, UNMEASURED),
    ],
)
def test_a_goal_is_met_by_a_quotient_of_the_two_figures(
    goal: Goal, value: float | None, verdict: str
) -> None:
    (outcome,) = judge(document(("fanout", row("tcp")), ("roundtrip", row("tcp"))), (goal,))
    assert (outcome.value, outcome.verdict) == (value, verdict)


def test_a_goal_has_an_outcome_for_every_row_it_is_about() -> None:
    goal = Goal("fanout", {"subscribers": (1, 10)}, "rate", "pyzmq", at_least=2)
    rows = [("fanout", row("tcp", subscribers=number)) for number in (1, 10, 100)]
    assert [outcome.case["subscribers"] for outcome in judge(document(*rows), (goal,))] == [1, 10]


def test_every_goal_names_a_figure_of_its_scenario_and_rows_that_a_full_run_has() -> None:
    from benchmarks.choice import Choice

    for goal in GOALS:
        scenario = find_scenario(goal.scenario)
        assert goal.figure in {figure.name for figure in scenario.FIGURES}, goal
        assert find_library(goal.baseline)
        cases = scenario.cases(Choice())
        for name, values in goal.rows.items():
            assert set(values) <= {case[name] for case in cases}, goal
        assert any(find_library(goal.baseline).can_do(goal.scenario, case) for case in cases), goal
        assert (goal.at_least is None) != (goal.at_most is None)


def test_the_table_counts_what_is_met_missed_and_not_measured() -> None:
    text = goals_table(document(("roundtrip", row("tcp"))))
    assert "<= 0.6 x pyzmq" in text and "2.50" in text
    *_, last = text.splitlines()
    # 10 of ours against 4, 8 and 5: all three goals of the row are missed.
    assert last == f"0 met, 3 missed, {len(GOALS) - 3} not measured"


def test_missed_goals_fail_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(document(("roundtrip", row("tcp")))), "utf-8")
    assert main(["--read", str(path), "--goals"]) == 0
    assert "MISSED" in capsys.readouterr().out


# --- reading ------------------------------------------------------------------------------------------------


def test_rows_of_a_later_file_replace_those_of_an_earlier_one(tmp_path: Path) -> None:
    paths = [tmp_path / "first.json", tmp_path / "second.json"]
    documents = [
        document(("fanout", row("tcp")), ("mixed", {"transport": "tcp"}), figures={"pyzmq": 1.0}),
        document(("fanout", row("tcp")), figures={"pyzmq": 2.0}),
    ]
    for path, made in zip(paths, documents, strict=True):
        path.write_text(json.dumps(made), "utf-8")
    merged = report.read_documents(paths)
    rates = [found["libraries"]["pyzmq"]["figures"]["rate"]["value"] for found in merged["rows"]]
    assert rates == [2, 1]


@pytest.mark.parametrize("text", ["[]", '{"format": 1, "rows": []}', "no json"])
def test_a_file_of_something_else_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "figures.json"
    path.write_text(text, "utf-8")
    assert main(["--read", str(path), "--goals"]) == 2
    assert "figures.json" in capsys.readouterr().err


# --- charts -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not can_plot(), reason="needs matplotlib")
def test_every_chart_is_written_and_small(tmp_path: Path) -> None:
    rows = [
        *(("throughput", row("tcp", size=size, payload="fresh")) for size in (10, 1000)),
        ("roundtrip", row("tcp")),
        *(("connections", {"transport": "tcp", "idle": idle, "active": 10}) for idle in (0, 100)),
        *(("fanout", row("tcp", subscribers=number)) for number in (1, 10)),
        ("topics", {"transport": "tcp", "subscribers": 10, "topics": 2000}),
    ]
    written = write_plots(document(*rows), tmp_path / "plots")
    assert [path.stem for path in written] == list(CHARTS)
    for path in written:
        assert path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size < 100_000


@pytest.mark.skipif(not can_plot(), reason="needs matplotlib")
def test_a_chart_without_rows_is_not_written(tmp_path: Path) -> None:
    written = write_plots(document(("importing", {"until": "import"})), tmp_path)
    assert [path.name for path in written] == ["overview.png"]
    assert write_plots(document(), tmp_path / "none") == []


def test_the_page_of_charts_shows_all_of_them() -> None:
    page = (Path(goals.__file__).parents[1] / "docs" / "performance.md").read_text("utf-8")
    assert all(f"(plots/{name}.png)" in page for name in CHARTS)
