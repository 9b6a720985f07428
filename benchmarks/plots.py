"""The charts of docs/plots, made from the JSON of one run or several; they need matplotlib.

Each shows what the run has: rows that were not measured are missing from their chart, and a chart without rows is not
written. Medians over the rounds; bars from the lowest to the highest round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.statistics import PERCENTILES

Rows = list[dict[str, Any]]

# The same colour and mark for a library in every chart, told apart without colours, too.
STYLES = {
    "purezmq": ("#c1272d", "o", "-"),
    "purezmq-interpreted": ("#e8a0a3", "o", "--"),
    "pyzmq": ("#0b4f8a", "s", "-"),
    "pyomq": ("#e08214", "^", "-"),
    "libzmq": ("#4d9221", "D", "--"),
    "reference": ("#6b6b6b", "x", ":"),
    "spinning": ("#000000", "+", ":"),
}
FLOORS = ("reference", "spinning")
WIDTH_IN, HEIGHT_IN, FOOT_IN, LEGEND_IN = 4.0, 3.0, 0.2, 0.35
DPI, COLOURS = 90, 64
LATENCY_SCENARIOS = {
    "roundtrip": "REQ/REP",
    "asyncio_roundtrip": "asyncio REQ/REP",
    "busy_roundtrip": "BUSY_POLL",
}


def can_plot() -> bool:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def write_plots(document: dict[str, Any], directory: Path) -> list[Path]:
    """Write the charts that `document`, which report.as_json made, has rows for; returns the files."""
    import matplotlib

    matplotlib.use("Agg")
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, draw in CHARTS.items():
        figure = draw(document["rows"])
        if figure is None:
            continue
        _sign(figure, _origin(document))
        path = directory / f"{name}.png"
        _save(figure, path)
        written.append(path)
    return written


def _save(figure: Any, path: Path) -> None:
    """Write a PNG with few colours, which is a third as large; a chart has not many more."""
    from PIL import Image  # matplotlib cannot do without it either

    buffer = BytesIO()
    figure.savefig(buffer, dpi=DPI)
    Image.open(buffer).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def _sign(figure: Any, text: str) -> None:
    """Write what the figures come from into the lower right corner, below everything else."""
    height_in = figure.get_figheight()
    kept_in = FOOT_IN + (LEGEND_IN if figure.legends else 0)
    # Legends outside of the axes do not keep clear of the rectangle by themselves.
    figure.get_layout_engine().set(rect=(0, kept_in / height_in, 1, 1 - kept_in / height_in))
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0.5, FOOT_IN / height_in))
    figure.text(0.995, 0.05 / height_in, text, ha="right", va="bottom", fontsize=6.5, color="#555555")


def _origin(document: dict[str, Any]) -> str:
    machine, libraries = document["machine"], document["libraries"]
    versions = {name: text.split()[0].rstrip(",") for name, text in libraries.items() if name not in FLOORS}
    if "purezmq" in versions:
        versions["purezmq"] += " compiled" if "compiled" in libraries["purezmq"] else " interpreted"
    names = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{machine.get('processor')}, {machine.get('cores')} cores, {machine.get('python')}; {names}"


# One function per chart; each returns a figure, or None if there is nothing to show.


def _throughput(rows: Rows) -> Any:
    mine = _with_payload(_of(rows, "throughput"))
    return _panels(
        "PUSH/PULL throughput by message size",
        _by(mine, "transport"),
        lambda axes, group: _lines(axes, group, "size", "rate", "message size (bytes)", "messages/s"),
    )


def _latency(rows: Rows) -> Any:
    groups = {}
    for scenario, words in LATENCY_SCENARIOS.items():
        for transport, group in _by(_of(rows, scenario), "transport").items():
            groups[f"{words}, {transport}"] = group[:1]
    return _panels("Round trips: so many percent are at most so long", groups, _percentile_curves, columns=4)


def _connections(rows: Rows) -> Any:
    mine = _of(rows, "connections")
    panels = {
        "rate": ("throughput over the active", "messages/s"),
        "cpu_recv": ("processor time per message", "us"),
        "memory": ("memory per idle connection", "KiB"),
    }
    groups = {
        title: [{**row, "panel": (name, unit)} for row in mine] for name, (title, unit) in panels.items()
    }

    def draw(axes: Any, group: Rows) -> None:
        name, unit = group[0]["panel"]
        _lines(axes, group, "idle", name, "idle connections", unit, x_log=False, y_log=False)

    active = mine[0]["case"]["active"] if mine else 0
    return _panels(f"One ROUTER with {active:,} active connections", groups if mine else {}, draw)


def _subscribers(rows: Rows) -> Any:
    groups = {}
    for transport, group in _by(_of(rows, "fanout"), "transport").items():
        groups[f"everything to everybody, {transport}"] = group
    for topics, group in _by(_of(rows, "topics"), "topics").items():
        groups[f"each message to one, {topics:,} topics"] = group
    return _panels(
        "One PUB and its subscribers",
        groups,
        lambda axes, group: _lines(axes, group, "subscribers", "rate", "SUB sockets", "deliveries/s"),
    )


def _overview(rows: Rows) -> Any:
    """How many times better than pyzmq and pyomq, row by row."""
    entries = []
    for row in _with_payload(rows):
        ours = row["libraries"].get("purezmq", {}).get("figures", {})
        first = next(iter(row["figures"]))
        ratios = {base: ours.get(first, {}).get(f"x_{base}", {}).get("value") for base in ("pyzmq", "pyomq")}
        if any(ratios.values()):
            words = " ".join(str(value) for value in row["case"].values())
            entries.append((f"{row['scenario']} {words} ({first})", ratios))
    if not entries:
        return None
    figure = _new_figure(8, 1.2 + 0.19 * len(entries))
    axes = figure.add_subplot()
    for place, (_, ratios) in enumerate(entries):
        for base, value in ratios.items():
            if value:
                color, mark, _line = STYLES[base]
                label = base if place == 0 else None
                axes.plot([value], [place], mark, color=color, markersize=5, label=label)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    _plain_ticks(axes.xaxis)
    axes.set_yticks(range(len(entries)), [words for words, _ in entries], fontsize=7)
    axes.set_ylim(len(entries) - 0.4, -0.6)
    axes.grid(alpha=0.3)
    axes.set_xlabel("right of 1: purezmq is so many times better")
    axes.set_title("All rows, against pyzmq and pyomq", fontsize=11)
    axes.legend(fontsize=8, loc="lower right", title="so many times")
    return figure


CHARTS: dict[str, Callable[[Rows], Any]] = {
    "throughput": _throughput,
    "latency": _latency,
    "connections": _connections,
    "subscribers": _subscribers,
    "overview": _overview,
}


def _panels(
    title: str, groups: dict[Any, Rows], draw: Callable[[Any, Rows], None], columns: int | None = None
) -> Any:
    if not groups:
        return None
    columns = min(len(groups), columns or len(groups))
    lines = math.ceil(len(groups) / columns)
    figure = _new_figure(max(WIDTH_IN * columns, 5.5), HEIGHT_IN * lines + LEGEND_IN + FOOT_IN)
    figure.suptitle(title)
    labels: dict[str, Any] = {}
    for number, (name, group) in enumerate(groups.items(), 1):
        axes = figure.add_subplot(lines, columns, number)
        draw(axes, group)
        axes.set_title(str(name), fontsize=10)
        axes.grid(alpha=0.3, which="major")
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            labels.setdefault(label, handle)
    figure.legend(labels.values(), labels.keys(), loc="lower center", ncols=len(labels), fontsize=9)
    return figure


def _new_figure(width_in: float, height_in: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), layout="constrained")


def _lines(
    axes: Any,
    rows: Rows,
    key: str,
    figure: str,
    x_label: str,
    y_label: str,
    *,
    x_log: bool = True,
    y_log: bool = True,
) -> None:
    """One line per library, over the values of `key`."""
    for library in _libraries(rows):
        points = [(row["case"][key], _figure(row, library, figure)) for row in rows]
        known = [(x, found) for x, found in points if found]
        if not known:
            continue
        color, mark, line = STYLES[library]
        xs, ys = [x for x, _ in known], [found["value"] for _, found in known]
        below = [found["value"] - found["lowest"] for _, found in known]
        above = [found["highest"] - found["value"] for _, found in known]
        axes.errorbar(
            xs,
            ys,
            [below, above],
            color=color,
            marker=mark,
            linestyle=line,
            markersize=4,
            capsize=2,
            label=library,
        )
    if x_log:
        axes.set_xscale("log")
        _plain_ticks(axes.xaxis)
    if y_log:
        _log_upward(axes)
    else:
        axes.set_ylim(bottom=0)
        _plain_ticks(axes.yaxis)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)


def _percentile_curves(axes: Any, rows: Rows) -> None:
    """Percentiles to the right, the rare ones drawn as far apart as the common ones; delays upward."""
    for library in _libraries(rows):
        found = rows[0]["libraries"][library].get("percentiles") or {}
        points = [(_rarity(percent), found[name]) for name, percent in PERCENTILES.items() if name in found]
        if points:
            color, mark, line = STYLES[library]
            axes.plot(
                *zip(*points, strict=True),
                color=color,
                marker=mark,
                linestyle=line,
                markersize=4,
                label=library,
            )
    shown = [percent for percent in PERCENTILES.values() if percent not in (5, 95)]
    axes.set_xticks([_rarity(percent) for percent in shown], [f"{percent:g}" for percent in shown])
    _log_upward(axes)
    axes.set_xlabel("percent of the round trips")
    axes.set_ylabel("us")


def _rarity(percent: float) -> float:
    """Return the percentile's log odds, so that 1, 10, 90, 99 and 99.9 stand at even distances."""
    return math.log10(percent / (100 - percent))


def _log_upward(axes: Any) -> None:
    from matplotlib.ticker import LogLocator

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))  # ticks also where less than a decade is shown
    _plain_ticks(axes.yaxis)


def _plain_ticks(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axis.set_minor_formatter(NullFormatter())


def _short(value: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _of(rows: Rows, scenario: str) -> Rows:
    return [row for row in rows if row["scenario"] == scenario]


def _with_payload(rows: Rows) -> Rows:
    """Leave out the rows with reused payloads if there are such with fresh ones, which applications send."""
    kept = [row for row in rows if row["case"].get("payload") != "reused"]
    return kept or rows


def _by(rows: Rows, key: str) -> dict[Any, Rows]:
    return {value: [row for row in rows if row["case"][key] == value] for value in _values(rows, key)}


def _values(rows: Rows, key: str) -> Iterator[Any]:
    yield from dict.fromkeys(row["case"][key] for row in rows)


def _libraries(rows: Rows) -> Sequence[str]:
    return list(dict.fromkeys(name for row in rows for name in row["libraries"] if name in STYLES))


def _figure(row: dict[str, Any], library: str, figure: str) -> dict[str, float] | None:
    found: dict[str, float] = row["libraries"].get(library, {}).get("figures", {}).get(figure, {})
    return found if "value" in found else None
