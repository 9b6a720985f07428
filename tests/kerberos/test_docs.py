"""The program in docs/security.md that needs a realm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .settings import ALICE

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
PROGRAMS = re.findall(
    r"^<!-- not run: it needs a Kerberos realm -->\n```python\n(.*?)^```",
    PAGE.read_text("utf-8"),
    re.M | re.S,
)


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program, in_realm, start_python):
    child = start_python(program)
    child.expect(ALICE)
    assert child.wait() == 0


def test_there_is_one():
    assert len(PROGRAMS) == 1
