"""What is measured: one module per scenario.

A scenario module has
    NAME, TITLE             NAME is also the module's name in the command line
    FIGURES                 what a run yields; the first is the one that is compared
    cases(choice)           the rows: dictionaries of plain values
    ROLES                   name -> function(job) that returns the role's result
    conduct(team)           starts the roles and brings them to the end; returns {figure name: number}
"""

from __future__ import annotations

import importlib
from types import ModuleType

NAMES = (
    "throughput",
    "batch",
    "multipart",
    "mixed",
    "roundtrip",
    "busy_roundtrip",
    "pipelined",
    "fanout",
    "topics",
    "subscribing",
    "fanin",
    "proxy",
    "curve",
    "connections",
    "steady",
    "computing",
    "groups",
    "asyncio_throughput",
    "asyncio_roundtrip",
    "importing",
)


def find_scenario(name: str) -> ModuleType:
    """Return the module of the scenario called `name`."""
    if name not in NAMES:
        raise KeyError(name)
    return importlib.import_module(f"benchmarks.scenarios.{name}")
