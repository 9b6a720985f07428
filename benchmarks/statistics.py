"""Median, spread, percentiles, and ratios taken within a round."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One number that a run yields."""

    name: str
    unit: str
    higher_is_better: bool = False
    worst_counts: bool = False  # a maximum: over rounds the worst is reported, not the median


@dataclass(frozen=True)
class Summary:
    """A figure over all rounds."""

    value: float
    lowest: float
    highest: float
    rounds: int


def summarize(figure: Figure, values: Sequence[float]) -> Summary | None:
    """Return the summary of one figure over the rounds, or None if no round yielded it."""
    if not values:
        return None
    value = max(values) if figure.worst_counts else statistics.median(values)
    return Summary(value, min(values), max(values), len(values))


def ratio(figure: Figure, ours: Sequence[float | None], theirs: Sequence[float | None]) -> Summary | None:
    """Return how many times better `ours` is than `theirs`; above 1 is better for every figure.

    Rounds are compared pairwise: neighbours in time had the same noise, which then cancels out.
    """
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=False) if a and b]
    ratios = [a / b if figure.higher_is_better else b / a for a, b in pairs]
    if not ratios:
        return None
    return Summary(statistics.median(ratios), min(ratios), max(ratios), len(ratios))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of the ascending values do not exceed."""
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


# Enough of them for a curve; most reports name a few.
PERCENTS = (1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9)
PERCENTILES = {f"p{percent}": percent for percent in PERCENTS}


def latency_figures(samples_ns: Sequence[int]) -> dict[str, float]:
    """Return the percentiles "p1" to "p99.9" and "max" in microseconds."""
    ordered = sorted(samples_ns)
    figures = {name: percentile(ordered, percent) / 1000 for name, percent in PERCENTILES.items()}
    figures["max"] = ordered[-1] / 1000
    return figures
