"""The page of options is what the tables of options say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from purezmq.base.options import CONTEXT_OPTIONS, OPTIONS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_options", DOCS / "make_options.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(maker):
    assert maker.PAGE.read_text("utf-8") == maker.page(), "run: python docs/make_options.py"


def test_every_option_is_on_the_page(maker):
    rows = [*OPTIONS.values(), *CONTEXT_OPTIONS.values()]
    text = maker.page()
    for row in rows:
        if row.readable or row.writable:
            assert f"| `{row.name}` | {row.number} |" in text


def test_the_lines_of_a_table_have_the_same_number_of_cells(maker):
    count = 0
    for line in maker.page().splitlines():
        count = (
            line.count("|") if line.startswith("|") and not count else count if line.startswith("|") else 0
        )
        assert line.count("|") == count
