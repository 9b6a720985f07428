"""Everything public in pyzmq is here: modules, names, parameters, values. What is not is listed in missing.toml."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import purezmq

pytestmark = [pytest.mark.interop, pytest.mark.purezmq_only]

HERE = Path(__file__).parent
MISSING = tomllib.loads((HERE / "missing.toml").read_text())

Description = dict[str, Any]


def describe(library: str) -> Description:
    command = [sys.executable, str(HERE / "describe.py"), library]
    environment = {**os.environ, "PYTHONPATH": str(Path(str(purezmq.__file__)).parents[1])}
    done = subprocess.run(command, capture_output=True, timeout=60, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    described: Description = json.loads(done.stdout)
    return described


@pytest.fixture(scope="module")
def differences() -> dict[str, str]:
    """What differs: its name, and how. The values of ``theirs`` are those of pyzmq."""
    pyzmq = metadata.version("pyzmq")
    if pyzmq.split(".")[:2] != purezmq.pyzmq_version().split(".")[:2]:
        pytest.skip(f"purezmq has the interface of pyzmq {purezmq.pyzmq_version()}, {pyzmq} is installed")
    return dict(compare(describe("zmq"), describe("purezmq")))


def compare(theirs: Description, ours: Description) -> Iterator[tuple[str, str]]:
    """The differences. Each is told once, however many modules have it."""
    told = set()
    for module, names in theirs.items():
        if module not in ours:
            yield module, "no such module"
            continue
        for name, there in names.items():
            for found, how in compare_things(f"{module}:{name}", there, ours[module].get(name)):
                member = (found.partition(":")[2], how)
                if member not in told:
                    told.add(member)
                    yield found, how


def compare_things(name: str, there: Description, here: Description | None) -> Iterator[tuple[str, str]]:
    if here is None:
        yield name, "missing"
    elif here["kind"] != there["kind"]:
        yield name, f"is a {here['kind']}, not a {there['kind']}"
    elif there["kind"] == "class":
        for member, theirs in there["members"].items():
            yield from compare_things(f"{name}.{member}", theirs, here["members"].get(member))
    elif there["kind"] == "function":
        why = why_not_callable_like(there["signature"], here["signature"])
        if why is not None:
            yield name, why
    elif there["kind"] == "enum":
        for member, value in there["members"].items():
            if here["members"].get(member) != value:
                yield f"{name}.{member}", f"is {here['members'].get(member)}, not {value}"
    elif there != here:
        yield name, f"is {here['value']!r}, not {there['value']!r}"


def why_not_callable_like(theirs: list[list[Any]] | None, ours: list[list[Any]] | None) -> str | None:
    """None if every call that fits pyzmq's parameters fits ours and means the same."""
    if theirs is None or ours is None:
        return None
    keywords = {name: (kind, default) for name, kind, default in ours}
    for place, (name, kind, default) in enumerate(theirs):
        if kind == "KEYWORD_ONLY":
            if name not in keywords or keywords[name][1] != default:
                return f"parameter {name}: {keywords.get(name)}"
        elif kind.startswith("VAR"):
            if not any(our_kind == kind for _, our_kind, _ in ours):
                return f"takes no *{name}"
        elif place >= len(ours) or ours[place] != [name, kind, default]:
            return f"parameter {name}={default}: {ours[place] if place < len(ours) else 'missing'}"
    known = {name for name, _, _ in theirs}
    for name, kind, default in ours:
        if name not in known and default is None and not kind.startswith("VAR"):
            return f"wants {name}"
    return None


def test_nothing_is_missing_that_is_not_listed(differences: dict[str, str]) -> None:
    listed = {**MISSING["modules"], **MISSING["names"]}
    unexpected = {name: how for name, how in differences.items() if name not in listed}
    assert not unexpected, "\n".join(f"{name}: {how}" for name, how in unexpected.items())


def test_nothing_is_listed_that_is_there(differences: dict[str, str]) -> None:
    listed = {**MISSING["modules"], **MISSING["names"]}
    listed = {name: why for name, why in listed.items() if not why.startswith("To come")}
    assert set(listed) <= set(differences), sorted(set(listed) - set(differences))


def test_every_difference_has_a_reason() -> None:
    assert all(reason.strip() for table in MISSING.values() for reason in table.values())
