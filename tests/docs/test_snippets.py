"""Every Python example in the documents runs, in a process of its own."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]
DEADLINE_S = 30

SNIPPET = re.compile(
    r"^(?P<mark><!-- not run: (?P<reason>.+?) -->\n+)?```python\n(?P<source>.*?)^```", re.M | re.S
)


class Snippet(NamedTuple):
    """One block of a page."""

    page: Path
    line: int
    source: str
    reason: str  # why it is not run; "" if it is

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def snippets_of(page: Path) -> Iterator[Snippet]:
    text = page.read_text("utf-8")
    for found in SNIPPET.finditer(text):
        line = text.count("\n", 0, found.start("source")) + 1
        yield Snippet(page, line, found["source"], found["reason"] or "")


SNIPPETS = [snippet for page in PAGES if page.exists() for snippet in snippets_of(page)]


def test_there_are_snippets():
    assert len(SNIPPETS) > 10


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=lambda page: page.name)
def test_no_python_block_is_overlooked(page):
    blocks = len(re.findall(r"^\s*```python", page.read_text("utf-8"), re.M))
    assert blocks == sum(snippet.page == page for snippet in SNIPPETS)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
def test_it_runs(snippet, run_purezmq, tmp_path, monkeypatch):
    compile(snippet.source, snippet.name, "exec")
    if snippet.reason:
        pytest.skip(snippet.reason)
    program = tmp_path / "snippet.py"
    program.write_text(snippet.source, "utf-8")
    monkeypatch.chdir(tmp_path)  # files that it makes end here
    child = run_purezmq([sys.executable, "-W", "default::ResourceWarning", str(program)])
    try:
        code = child.wait(DEADLINE_S)
        assert code == 0, child.stderr()
        assert "Traceback" not in child.stderr()
        assert "ResourceWarning" not in child.stderr()
    finally:
        child.kill()


LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target, anchor in LINK.findall(page.read_text("utf-8")):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors_of(path), f"{page.name} links to {target}#{anchor}"
