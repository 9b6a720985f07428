"""The command line."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import settings as profiles
from benchmarks.choice import ALL_TRANSPORTS, Choice
from benchmarks.goals import goals_table
from benchmarks.libraries import ALL, DEFAULT, Library, find_library
from benchmarks.machine import describe_machine
from benchmarks.plots import can_plot, write_plots
from benchmarks.report import as_json, header, read_documents, table
from benchmarks.runner import Row, describe, run_row
from benchmarks.scenarios import NAMES, find_scenario
from benchmarks.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for.

    Returns 0, 1 if a run crashed or had wrong content and that is ours to mend, 2 for a request that cannot be met.
    """
    options = build_parser().parse_args(arguments)
    if options.list:
        for name in NAMES:
            print(f"{name:20} {find_scenario(name).TITLE}")
        return 0
    if options.plots and not can_plot():
        print("--plots needs matplotlib, which is not installed", file=sys.stderr)
        return 2
    if options.read:
        return _show_files(options)
    libraries, descriptions = _usable(options.libraries)
    if not libraries:
        return 1
    settings = _settings(options)
    machine = describe_machine()
    print(header(machine, descriptions, settings), flush=True)
    rows = _run_all(options, libraries, settings)
    document = as_json(machine, descriptions, settings, rows)
    return max(_show(document, options), verdict(rows))


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--scenario",
        type=_names(NAMES),
        default=NAMES,
        metavar="A,B",
        help=f"of {', '.join(NAMES)}; all by default",
    )
    parser.add_argument(
        "--libraries",
        type=_names([library.name for library in ALL]),
        metavar="A,B",
        help=f"of {', '.join(library.name for library in ALL)}; a library named here must be importable, "
        f"the default ({', '.join(DEFAULT)}) skips those that are not",
    )
    parser.add_argument("--sizes", type=_numbers, metavar="10,100", help="message sizes in bytes")
    parser.add_argument("--transports", type=_names(ALL_TRANSPORTS), metavar="tcp,ipc,inproc")
    parser.add_argument("--payloads", type=_names(("fresh", "reused")), metavar="fresh,reused")
    parser.add_argument(
        "--counts",
        type=_numbers,
        metavar="1,10",
        help="frames, sources, subscribers, connections or requests under way, whichever the scenario varies",
    )
    parser.add_argument("--rounds", type=int, help="how often each library runs each row")
    parser.add_argument("--window", type=float, metavar="SECONDS", help="how long to measure in each run")
    parser.add_argument("--warmup", type=float, metavar="SECONDS")
    parser.add_argument(
        "--deadline", type=float, metavar="SECONDS", help="for one run; then its processes are ended"
    )
    profile = parser.add_mutually_exclusive_group()
    profile.add_argument("--quick", action="store_true", help="fewer rows, shorter windows, three rounds")
    profile.add_argument(
        "--smoke", action="store_true", help="only see that everything works, in under a minute"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write the charts (needs matplotlib)")
    parser.add_argument(
        "--goals", action="store_true", help="compare with what purezmq wants to reach; never fails for speed"
    )
    parser.add_argument(
        "--read",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="measure nothing: goals and charts of what --json wrote; a row in a later file replaces an earlier one",
    )
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    return parser


def _show_files(options: argparse.Namespace) -> int:
    try:
        document = read_documents(options.read)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return _show(document, options)


def _show(document: dict[str, Any], options: argparse.Namespace) -> int:
    """Write and print what was asked for besides the tables."""
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if options.plots:
        for path in write_plots(document, options.plots):
            print(f"wrote {path}")
    if options.goals:
        print(goals_table(document))
    return 0


def _usable(names: Sequence[str] | None) -> tuple[list[Library], dict[str, str]]:
    """Return the libraries to run; none if one that was named cannot be imported."""
    libraries = []
    descriptions = {}
    for name in names or DEFAULT:
        library = find_library(name)
        description, problem = describe(library)
        if description is None:
            print(f"{name}: skipped, {problem}", file=sys.stderr)
            if names:
                return [], {}
            continue
        libraries.append(library)
        descriptions[name] = description
    return libraries, descriptions


def _settings(options: argparse.Namespace) -> Settings:
    profile = profiles.SMOKE if options.smoke else profiles.QUICK if options.quick else profiles.FULL
    wanted = {
        "rounds": options.rounds,
        "window_s": options.window,
        "warmup_s": options.warmup,
        "deadline_s": options.deadline,
    }
    return dataclasses.replace(
        profile, **{name: value for name, value in wanted.items() if value is not None}
    )


def _run_all(options: argparse.Namespace, libraries: Sequence[Library], settings: Settings) -> list[Row]:
    choice = Choice(
        options.sizes, options.transports, options.payloads, options.counts, options.quick, options.smoke
    )
    began = time.monotonic()
    rows = []
    for name in options.scenario:
        scenario = find_scenario(name)
        mine = []
        for case in scenario.cases(choice):
            words = " ".join(str(value) for value in (name, *case.values()))
            mine.append(run_row(scenario, case, libraries, settings, partial(_progress, words)))
        _progress()
        if mine:
            print(table(mine), flush=True)
        rows += mine
    print(f"\n{len(rows)} rows in {time.monotonic() - began:.0f} s")
    return rows


def _progress(*words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{' '.join(words)}", end="", file=sys.stderr, flush=True)


def verdict(rows: Sequence[Row]) -> int:
    """Say how many runs failed; 1 if some that are in our hands did, or if nothing was run at all."""
    failures = {False: 0, True: 0}
    for row in rows:
        for name, results in row.results.items():
            failures[find_library(name).is_in_our_hands] += len(results.failures)
    if any(failures.values()):
        print(f"{sum(failures.values())} runs FAILED", file=sys.stderr)
    return 1 if failures[True] or not rows else 0


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in text.replace("_", "").split(","))
    if any(value < 1 for value in numbers):
        raise argparse.ArgumentTypeError("must be positive")
    return numbers


def _names(known: Sequence[str]):  # type: ignore[no-untyped-def]
    def parse(text: str) -> tuple[str, ...]:
        names = tuple(text.split(","))
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return names

    return parse
