"""One bar chart per scenario, if matplotlib is installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.runner import Row
from benchmarks.statistics import summarize


def can_plot() -> bool:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def write_plots(rows: Sequence[Row], directory: Path) -> list[Path]:
    """Write DIRECTORY/<scenario>.png for each scenario among the rows; returns the files."""
    directory.mkdir(parents=True, exist_ok=True)
    scenarios = {
        row.scenario.NAME: [other for other in rows if other.scenario is row.scenario] for row in rows
    }
    return [_write_plot(name, group, directory) for name, group in scenarios.items()]


def _write_plot(name: str, rows: Sequence[Row], directory: Path) -> Path:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure = rows[0].figures[0]
    libraries = list(dict.fromkeys(library for row in rows for library in row.results))
    canvas, axes = pyplot.subplots(figsize=(max(6, 0.5 * len(rows) * len(libraries) + 2), 5))
    width = 0.8 / len(libraries)
    for number, library in enumerate(libraries):
        for place, row in enumerate(rows):
            results = row.results.get(library)
            summary = summarize(figure, results.known(figure)) if results else None
            if summary is None:
                continue
            spread = [[summary.value - summary.lowest], [summary.highest - summary.value]]
            axes.bar(
                place + (number - (len(libraries) - 1) / 2) * width,
                summary.value,
                width,
                yerr=spread,
                capsize=2,
                color=f"C{number}",
                label=library if place == 0 else None,
            )
    axes.set_xticks(range(len(rows)), ["\n".join(str(value) for value in row.case.values()) for row in rows])
    axes.set_yscale("log")
    axes.set_ylabel(f"{figure.name} ({figure.unit})")
    axes.set_title(rows[0].scenario.TITLE)
    axes.legend()
    path = directory / f"{name}.png"
    canvas.tight_layout()
    canvas.savefig(path, dpi=110)
    pyplot.close(canvas)
    return path
