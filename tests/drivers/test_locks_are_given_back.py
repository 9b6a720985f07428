"""No loop below a lock jumps back from where CPython has forgotten the `with` statement."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

import purezmq

_PACKAGE = Path(purezmq.__file__).parent
_FILES = sorted(path for name in ("core", "drivers", "patterns") for path in (_PACKAGE / name).glob("*.py"))


def _functions(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _functions(constant)


def unguarded_jumps(code: CodeType) -> list[str]:
    """Jumps back to below a `with` statement whose own place no exception table covers, as function:line."""
    table = dis._parse_exception_table(code)  # type: ignore[attr-defined]
    instructions = {instruction.offset: instruction for instruction in dis.get_instructions(code)}

    def handler(offset: int) -> int | None:
        return next((entry.target for entry in table if entry.start <= offset < entry.end), None)

    def belongs_to_with(target: int) -> bool:
        return "WITH_EXCEPT_START" in {instructions[offset].opname for offset in (target, target + 2)}

    found = []
    for offset, instruction in instructions.items():
        if instruction.opname == "JUMP_BACKWARD" and handler(offset) is None:
            target = handler(instruction.argval)
            if target is not None and belongs_to_with(target):
                found.append(f"{code.co_name}:{instruction.positions.lineno}")  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize("path", _FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_interrupted_loop_gives_its_lock_back(path: Path) -> None:
    module = compile(path.read_text(), str(path), "exec")
    found = [place for code in _functions(module) for place in unguarded_jumps(code)]
    if path.stem == "workers":  # _next is called in threads that no signal handler runs in
        found = [place for place in found if not place.startswith("_next:")]
    assert not found, "put the loop into a function of its own: CPython does not guard these jumps"


def test_such_a_jump_is_found() -> None:
    source = "def f(lock, items):\n with lock:\n  for item in items:\n   if item:\n    g()\n"
    (function,) = (code for code in _functions(compile(source, "", "exec")) if code.co_name == "f")
    table = dis._parse_exception_table(function)  # type: ignore[attr-defined]
    jumps = [each.offset for each in dis.get_instructions(function) if each.opname == "JUMP_BACKWARD"]
    is_guarded = all(any(entry.start <= jump < entry.end for entry in table) for jump in jumps)
    assert bool(unguarded_jumps(function)) != is_guarded
