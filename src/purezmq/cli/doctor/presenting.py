"""How findings are shown: coloured lines on a terminal, plain lines elsewhere, or one JSON object each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from ..terminal import console_on
from .findings import Finding, Level

STYLES = {Level.OK: "green", Level.NOTE: "cyan", Level.SILENT: "yellow", Level.WRONG: "bold red"}


def teller(as_json: bool) -> Callable[[Finding], None]:
    """The function that shows a finding as soon as it is made."""
    if as_json:
        return _tell_json
    console = console_on()
    if console is None:
        return _tell_plain

    def tell(finding: Finding) -> None:
        from rich.padding import Padding
        from rich.text import Text

        head = Text.assemble(
            (f"{finding.level.value:7}", STYLES[finding.level]), (f"{finding.step:10}", "bold")
        )
        console.print(head + Text(finding.text))
        if finding.advice:
            console.print(Padding(Text(f"→ {finding.advice}", style="italic"), (0, 0, 0, 17)))

    return tell


def _tell_plain(finding: Finding) -> None:
    lines = [f"{finding.level.value:7}{finding.step:10}{finding.text}"]
    if finding.advice:
        lines.append(f"{'':17}→ {finding.advice}")
    _write(lines)


def _tell_json(finding: Finding) -> None:
    facts = {
        "step": finding.step,
        "level": finding.level.value,
        "text": finding.text,
        "advice": finding.advice,
    }
    _write([json.dumps(facts)])


def _write(lines: list[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
