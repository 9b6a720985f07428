"""What ``import`` costs a fresh interpreter: time with warm file caches, and resident memory.

"first socket" goes on to a context and a socket, since a library may leave part of its work until then.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.choice import Choice
from benchmarks.errors import RunFailed
from benchmarks.job import Case
from benchmarks.statistics import Figure
from benchmarks.team import ROOT, Team

NAME = "importing"
TITLE = "import in a fresh interpreter, alone and with a context and a socket"
FIGURES = (Figure("time", "ms"), Figure("memory", "KiB"), Figure("modules", "modules"))
REPEATS = 5
SMOKE_REPEATS = 1

PROGRAMS = {"import": "", "first socket": "context = {name}.Context(); socket = context.socket({name}.PUSH)"}

# Whatever this imports itself, a library need not import any more: so it imports next to nothing before.
_PROGRAM = """
import sys, time
import benchmarks.fallback
def resident():
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1])
    except OSError:
        return None
modules = len(sys.modules)
pages = resident()
began = time.perf_counter()
import {name}
{more}
took = time.perf_counter() - began
figures = {{"time": took * 1000, "modules": len(sys.modules) - modules}}
import json, os
if pages is not None:
    figures["memory"] = (resident() - pages) * os.sysconf("SC_PAGE_SIZE") / 1024
print(json.dumps(figures))
"""


def cases(choice: Choice) -> list[Case]:
    return [{"until": until} for until in (list(PROGRAMS)[:1] if choice.is_smoke else PROGRAMS)]


def conduct(team: Team) -> dict[str, float]:
    """Return the median of some imports, without the first: it may compile or read from disk."""
    repeats = SMOKE_REPEATS if team.job.settings.is_smoke else REPEATS
    results = [_import_once(team) for _ in range(repeats + 1)][1:]
    return {name: statistics.median(result[name] for result in results) for name in results[0]}


def _with_bytecode(environment: dict[str, str]) -> dict[str, str]:
    # Installing compiles; a source tree does it at the first import, unless that is forbidden, which would make us
    # measure the compiler.
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _import_once(team: Team) -> dict[str, Any]:
    library = team.job.library
    name = library.import_name
    program = _PROGRAM.format(name=name, more=PROGRAMS[team.job.case["until"]].format(name=name))
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=_with_bytecode(library.environment()),
            timeout=max(0.1, team.remaining_s()),
        )
    except subprocess.TimeoutExpired:
        raise RunFailed("the import passed its deadline") from None
    if done.returncode:
        raise RunFailed(f"the import ended with exit code {done.returncode}: {done.stderr[-1000:]}")
    return dict(json.loads(done.stdout))


ROLES: dict[str, Any] = {}
