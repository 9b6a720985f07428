"""Runs the example programs as what they are: programs, each in a process of its own, over tcp or ipc."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
UNDER_LIBZMQ = Path(__file__).with_name("under_libzmq.py")


class Example:
    """A running example: a child process that speaks in lines (``Child`` of the shared conftest)."""

    def __init__(self, child: Any) -> None:
        self.child = child
        self.read_line = child.read_line
        self.expect = child.expect

    def address(self) -> str:
        """Where it listens: a program says "ready on ..." once for each endpoint that it has bound."""
        line: str = self.read_line("ready on ...")
        assert "ready on " in line, line
        return line.rpartition(" ")[2]

    def lines(self) -> list[str]:
        """Everything it says from here to its end; it must end by itself, with exit code 0."""
        code = self.child.wait()
        self.child._reader.join()
        lines = [line.rstrip("\n") for line in iter(self.child._lines.get, None)]
        assert code == 0, f"exit code {code}; said {lines}; stderr: {self.child.stderr()}"
        return lines

    def signal(self, number: signal.Signals) -> None:
        self.child.process.send_signal(number)

    def interrupt(self) -> list[str]:
        """Press Ctrl-C; returns what it had to say before it ended."""
        self.signal(signal.SIGINT)
        return self.lines()


@pytest.fixture
def start_example(
    start_python: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Example]:
    """``start_example("hwserver", *arguments, libzmq=False)``: what still runs after the test is killed."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # A suite started in the background ignores Ctrl-C, and children would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setenv("PYTHONWARNINGS", "error")  # a socket left open is a bad example

    def start(name: str, *arguments: object, libzmq: bool = False) -> Example:
        program = EXAMPLES / f"{name}.py"
        if libzmq:
            return Example(start_python(UNDER_LIBZMQ, program, *arguments))
        return Example(start_python(program, *arguments))

    return start


@pytest.fixture(params=["tcp", "ipc"])
def bindable(request: pytest.FixtureRequest, make_endpoint: Callable[[str], str]) -> Callable[[], str]:
    """Runs the test once per transport; each call gives another endpoint to bind."""
    return lambda: make_endpoint(request.param)
