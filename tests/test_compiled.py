"""The compiled modules: what is compiled, that it is what the sources say, and how to go without."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import random
import re
import subprocess
import sys
from collections import deque
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import purezmq
from purezmq.zmtp import frames

SOURCE = Path(__file__).parents[1] / "src"
DESCRIBED = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.pxd"))
COMPILED = purezmq.compiled_modules()


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def in_new_process(program: str, **environment: str) -> str:
    path = os.pathsep.join([str(Path(str(purezmq.__file__)).parents[1])])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_is_compiled_among_the_sources() -> None:
    # It would be imported in the place of a source that is edited afterwards, without a word.
    assert not [*SOURCE.rglob("*.so"), *SOURCE.rglob("*.c")]


@pytest.mark.skipif(not COMPILED, reason="this leg is interpreted")
def test_all_or_nothing_is_compiled() -> None:
    assert sorted(COMPILED) == sorted(map(module_of, DESCRIBED))


@pytest.mark.parametrize("name", COMPILED)
def test_what_is_compiled_is_not_older_than_its_source(name: str) -> None:
    made = Path(str(importlib.import_module(name).__file__))
    assert made.suffix == ".so"
    source = SOURCE.joinpath(*name.split("."))
    for suffix in (".pyx" if source.with_suffix(".pyx").exists() else ".py", ".pxd"):
        path = source.with_suffix(suffix)
        assert not path.exists() or path.stat().st_mtime <= made.stat().st_mtime + 2, "compile again"


@pytest.mark.parametrize("name", list(map(module_of, DESCRIBED)))
def test_every_module_of_the_list_can_be_imported_first(name: str) -> None:
    # Compiled modules import what their .pxd files name, in an order of their own.
    assert in_new_process(f"import {name}; print({name}.__name__)") == name


def test_going_without() -> None:
    program = "import purezmq, purezmq.zmtp.frames as f; print(purezmq.compiled_modules(), f.__file__)"
    said = in_new_process(program, PUREZMQ_PURE="1")
    assert said.startswith("() ") and said.endswith("frames.py")


def test_zero_is_no() -> None:
    program = "import purezmq; print(len(purezmq.compiled_modules()))"
    assert in_new_process(program, PUREZMQ_PURE="0") == in_new_process(program, PUREZMQ_PURE="")


# A .pxd describes its module


def attributes_in(description: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    names: set[str] = set()
    for line in description.splitlines():
        if begin := re.match(r"cdef class (\w+)", line):
            names = found.setdefault(begin[1], set())
        elif attribute := re.match(r"    cdef (?:public |readonly )?([\w.\[\]*]+ )+?(\w[\w, ]*)$", line):
            names.update(name.strip() for name in attribute[2].split(",") if name.strip())
    return found


def slots_in(source: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__slots__":
                    value = ast.literal_eval(statement.value)
                    found[node.name] = {value} if isinstance(value, str) else set(value)
    return found


@pytest.mark.parametrize("path", DESCRIBED, ids=lambda path: path.as_posix())
def test_slots_and_attributes_are_the_same(path: Path) -> None:
    # An attribute that is not described compiles, and fails when it is used.
    described = attributes_in((SOURCE / path).read_text())
    slots = slots_in((SOURCE / path).with_suffix(".py").read_text())
    for name, attributes in described.items():
        if not (SOURCE / path).with_suffix(".pyx").exists():
            assert slots.get(name, set()) == attributes, name


# The kernel of frames does the same in both languages


@pytest.fixture(scope="module")
def in_python() -> ModuleType:
    source = Path(str(purezmq.__file__)).parent / "zmtp" / "frames.py"
    spec = importlib.util.spec_from_file_location("purezmq.zmtp.frames_in_python", source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LENGTHS = [0, 1, 2, 10, 100, 254, 255, 256, 257, 511, 512, 513, 1000, 8191, 8192, 8193, 40_000, 70_000]


def some_parts(rng: random.Random, count: int) -> list[bytes]:
    return [rng.randbytes(rng.choice(LENGTHS[: rng.randint(1, len(LENGTHS))])) for _ in range(count)]


def frame(part: bytes, flags: int) -> bytes:
    if len(part) < 256:
        return bytes((flags, len(part))) + part
    return bytes((flags | 2,)) + len(part).to_bytes(8, "big") + part


def some_traffic(rng: random.Random) -> bytes:
    pieces = []
    for _ in range(rng.randint(0, 60)):
        parts = some_parts(rng, rng.choice([1, 1, 1, 2, 3, 9]))
        for part in parts[:-1]:
            pieces.append(frame(part, 1))
        pieces.append(frame(parts[-1], 0))
        if not rng.randint(0, 30):
            pieces.append(frame(rng.randbytes(20), rng.choice([4, 6, 8, 128])))
    traffic = b"".join(pieces)
    return traffic[: rng.randint(0, len(traffic))] if rng.randint(0, 1) else traffic


@pytest.mark.parametrize("seed", range(300))
def test_cutting_is_the_same_in_both(seed: int, in_python: ModuleType) -> None:
    rng = random.Random(seed)
    data = some_traffic(rng)
    room = rng.choice([0, 1, 2, 5, 64, 1000])
    limit = rng.choice([0, 1, 100, 254, 255, 256, 8192, 1 << 46, (1 << 47) - 1])
    begun = some_parts(rng, rng.choice([0, 0, 0, 1, 2]))
    results: list[Any] = []
    for kernel in (frames, in_python):
        found: list[Any] = [b"before"]
        parts = begun[:]
        results.append((kernel.cut_messages(data, 0, found, parts, room, limit), found, parts))
    assert results[0] == results[1]


@pytest.mark.parametrize("seed", range(300))
def test_joining_is_the_same_in_both(seed: int, in_python: ModuleType) -> None:
    rng = random.Random(seed)
    if rng.randint(0, 1):
        batch: list[Any] = some_parts(rng, rng.randint(1, 40))
    else:
        count = rng.randint(1, 8)
        batch = [tuple(some_parts(rng, count)) for _ in range(rng.randint(1, 40))]
    if not rng.randint(0, 5):
        batch.append(rng.choice([memoryview(b"view"), (b"a", memoryview(b"view")), bytearray(b"array")]))
    compiled, interpreted = frames.join_messages(batch), in_python.join_messages(batch)
    if compiled is not None and interpreted is not None:
        assert compiled == interpreted
    shapes = {(type(item), len(item) if isinstance(item, tuple) else 1) for item in batch}
    lengths = [len(part) for item in batch for part in (item if isinstance(item, tuple) else [item])]
    if len(shapes) == 1 and max(lengths) <= 8192:
        assert compiled is not None and interpreted is not None
    if compiled is not None:
        found: list[Any] = []
        frames.cut_messages(compiled[0], 0, found, [], len(batch), 1 << 40)
        assert found == [item[0] if isinstance(item, tuple) and len(item) == 1 else item for item in batch]


def test_joining_a_list_is_the_same_in_both(in_python: ModuleType) -> None:
    for kernel in (frames, in_python):
        assert kernel.join_list([]) is None
        assert kernel.join_list([b"a", bytes(8193), b"b"]) is None
        assert kernel.join_list([b"a", b"bc", b"d"]) == (b"\0\1a\0\2bc\0\1d", 4, 3)
        assert kernel.join_list([b"ab"] * 1000) == (b"\0\2ab" * 1000, 2000, 1000)


@pytest.mark.parametrize("count", [0, 1, 5, 100])
@pytest.mark.parametrize("most", [-1, 0, 1, 99, 100, 1 << 40])
def test_moving_is_the_same_in_both(count: int, most: int, in_python: ModuleType) -> None:
    for kernel in (frames, in_python):
        lane, found = deque(range(count)), ["before"]
        kernel.move(lane, found, most)
        moved = max(0, min(count, most))
        assert found == ["before", *range(moved)]
        assert list(lane) == list(range(moved, count))


def test_lengths_that_no_memory_has() -> None:
    for length in (2**31 - 1, 2**31, 2**32, 2**40, 2**47, 2**63 - 1, 2**63, 2**64 - 1):
        data = b"\x02" + length.to_bytes(8, "big") + b"xyz"
        assert frames.cut_messages(data, 0, [], [], 10, (1 << 47) - 1) == (0, 0, 0)
