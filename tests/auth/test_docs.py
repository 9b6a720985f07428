"""The programs in docs/security.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("nacl")

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
# What needs a Kerberos realm is run by tests/kerberos.
PROGRAMS = re.findall(r"(?<!-->\n)^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PRINTED = ["nobody else can read this", "a friend", "customer alice at", "let me in", "alice", "a neighbour"]


@pytest.mark.parametrize(("program", "printed"), list(zip(PROGRAMS, PRINTED, strict=True)), ids=PRINTED)
def test_program(program, printed, start_python):
    child = start_python(program)
    assert printed in child.read_line("its output")
    child.wait()
