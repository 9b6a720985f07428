"""What a monitor reports is what libzmq's reports in the same situation: events, values and endpoints."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .monitor_scenarios import SCENARIOS

PROGRAM = Path(__file__).with_name("monitor_scenarios.py")

# On purpose (docs/differences.md), what libzmq reports -> what we do.
DIFFERENT = {
    "binding_fails": (
        {
            "taken": [],
            "server": [
                ["CLOSED", "descriptor", ""],
                ["BIND_FAILED", 98, "the endpoint without tcp://"],
                ["BIND_FAILED", 19, "no-such-interface:5555"],
                ["CLOSED", "descriptor", "ipc:///no/such/directory"],
                ["BIND_FAILED", 2, "/no/such/directory"],
            ],
        },
        {
            "taken": [],
            "server": [
                ["BIND_FAILED", 98, "the endpoint"],
                ["BIND_FAILED", 19, "tcp://no-such-interface:5555"],
                ["BIND_FAILED", 2, "ipc:///no/such/directory"],
            ],
        },
    ),
}


@pytest.fixture(scope="module")
def reports(run_process, run_purezmq, _libzmq_process):
    """What each library's monitors said: scenario -> socket -> events."""
    children = {
        "libzmq": run_process([sys.executable, "-I", str(PROGRAM), "zmq"]),
        "purezmq": run_purezmq([sys.executable, str(PROGRAM), "purezmq"]),
    }
    try:
        return {library: _read(child) for library, child in children.items()}
    finally:
        for child in children.values():
            child.kill()


def _read(child):
    found = {}
    while (line := json.loads(child.read_line("its next report", 60)))["scenario"]:
        found[line["scenario"]] = line["heard"]
    return found


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in DIFFERENT])
def test_the_same_events_as_libzmq(reports, name):
    assert reports["purezmq"][name] == reports["libzmq"][name]


@pytest.mark.parametrize("name", DIFFERENT)
def test_other_events_than_libzmq(reports, name):
    theirs, ours = DIFFERENT[name]
    assert reports["libzmq"][name] == theirs
    assert reports["purezmq"][name] == ours
