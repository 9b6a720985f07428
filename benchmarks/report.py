"""The table on standard output and the JSON file."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.runner import Results, Row
from benchmarks.settings import Settings
from benchmarks.statistics import PERCENTILES, Figure, Summary, ratio, summarize

FORMAT = 2
_UNITS = ((1e6, " M"), (1e3, " k"))
BASELINES = ("pyzmq", "pyomq", "libzmq", "reference", "spinning")
ADVICE = (
    "Figures are medians over the rounds; [] holds lowest and highest. 'x pyzmq' is the median of the\n"
    "ratios within a round, and above 1 is better for every figure. A small or shared machine is noisy:\n"
    "trust the ratios within one run; do not compare figures of different runs."
)


def header(machine: dict[str, Any], descriptions: dict[str, str], settings: Settings) -> str:
    """Return what stands above the tables."""
    load = machine["load_average_before"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, {machine['python']}"
        + ("" if load is None else f", load {load:.1f} before"),
        *(f"{name}: {description}" for name, description in descriptions.items()),
        f"{settings.rounds} rounds, window {settings.window_s:g} s after {settings.warmup_s:g} s",
        ADVICE,
    ]
    return "\n".join(lines)


def table(rows: Sequence[Row]) -> str:
    """Return the table of one scenario: a line per case and library."""
    scenario = rows[0].scenario
    figures = rows[0].figures
    baselines = [name for name in BASELINES if any(name in row.results for row in rows)]
    first, *others = figures
    titles = [*rows[0].case, "library", f"{first.name} {first.unit}", "[lowest highest]"]
    titles += [f"x {name}" for name in baselines]
    titles += [f"{figure.name} {figure.unit}" for figure in others]
    lines = [titles]
    notes: list[str] = []
    for row in rows:
        for number, (name, results) in enumerate(row.results.items()):
            case = [str(value) if number == 0 else "" for value in row.case.values()]
            lines.append([*case, name, *_cells(row, name, baselines)])
            notes += [f"  {name}: {note}" for note in _notes(results)]
    return "\n".join([f"\n## {scenario.NAME}: {scenario.TITLE}", *aligned(lines), *dict.fromkeys(notes)])


def _cells(row: Row, name: str, baselines: Sequence[str]) -> list[str]:
    results = row.results[name]
    first, *others = row.figures
    if results.unsupported:
        return ["cannot"]
    main = summarize(first, results.known(first))
    if main is None:
        return ["FAILED"]
    cells = [number(main.value), f"[{number(main.lowest)} {number(main.highest)}]"]
    for baseline in baselines:
        compared = _ratio(row, first, name, baseline)
        cells.append("" if compared is None or baseline == name else f"{compared.value:.2f}")
    for figure in others:
        summary = summarize(figure, results.known(figure))
        cells.append("" if summary is None else number(summary.value))
    return cells


def _notes(results: Results) -> Iterable[str]:
    if results.unsupported:
        yield f"cannot: {results.unsupported}"
    for failure, count in Counter(results.failures).items():
        yield f"FAILED {count} of {len(results.rounds)}: {failure}"


def _ratio(row: Row, figure: Figure, name: str, baseline: str) -> Summary | None:
    if baseline not in row.results:
        return None
    return ratio(figure, row.results[name].values(figure), row.results[baseline].values(figure))


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, its columns padded to the right."""
    widths = [
        max(len(line[column]) for line in lines if column < len(line)) for column in range(len(lines[0]))
    ]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=False)).rstrip()
        for line in lines
    ]


def number(value: float) -> str:
    """Return three significant digits, with k and M for thousands and millions."""
    rounded = float(f"{value:.3g}")
    if rounded == 0:
        return "0"
    unit, symbol = next((pair for pair in _UNITS if abs(rounded) >= pair[0]), (1, ""))
    scaled = rounded / unit
    decimals = max(0, 2 - math.floor(math.log10(abs(scaled))))
    return f"{scaled:.{decimals}f}{symbol}"


def as_json(
    machine: dict[str, Any], descriptions: dict[str, str], settings: Settings, rows: Sequence[Row]
) -> dict[str, Any]:
    """Return everything that was measured, each round by itself included. Goals and charts are made from it."""
    return {
        "format": FORMAT,
        "machine": machine,
        "libraries": descriptions,
        "settings": settings.as_dict(),
        "rows": [_row_as_json(row) for row in rows],
    }


def read_documents(paths: Sequence[Path]) -> dict[str, Any]:
    """Return what --json wrote to the files as one; machine and libraries are those of the last.

    Raises OSError, and ValueError for a file that is something else.
    """
    merged: dict[str, Any] = {}
    rows: dict[str, dict[str, Any]] = {}
    for path in paths:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is no JSON: {error}") from None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError(f"{path} was not written by --json of this version")
        merged = document
        rows |= {json.dumps([row["scenario"], row["case"]]): row for row in document["rows"]}
    return {**merged, "rows": list(rows.values())}


def _row_as_json(row: Row) -> dict[str, Any]:
    return {
        "scenario": row.scenario.NAME,
        "case": row.case,
        "figures": {
            figure.name: {"unit": figure.unit, "higher_is_better": figure.higher_is_better}
            for figure in row.figures
        },
        "libraries": {name: _results_as_json(row, name) for name in row.results},
    }


def _results_as_json(row: Row, name: str) -> dict[str, Any]:
    results = row.results[name]
    return {
        "unsupported": results.unsupported,
        "failures": results.failures,
        "figures": {
            figure.name: _summary_as_json(summarize(figure, results.known(figure)))
            | {"rounds": results.values(figure)}
            | {f"x_{base}": _summary_as_json(_ratio(row, figure, name, base)) for base in BASELINES}
            for figure in row.figures
            if results.known(figure)
        },
        "percentiles": _percentiles(results),
    }


def _percentiles(results: Results) -> dict[str, float]:
    """Return the medians over the rounds of whatever percentiles the scenario yields."""
    known = {name: results.known(Figure(name, "us")) for name in PERCENTILES}
    return {name: statistics.median(values) for name, values in known.items() if values}


def _summary_as_json(summary: Summary | None) -> dict[str, float]:
    if summary is None:
        return {}
    return {"value": summary.value, "lowest": summary.lowest, "highest": summary.highest}
