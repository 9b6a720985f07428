"""purezmq as it is installed, and the same with its compiled modules ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.libraries.library import Library

SOURCE = Path(__file__).resolve().parent.parent.parent / "src"


class Purezmq(Library):
    def environment(self) -> dict[str, str]:
        """Return an environment in which src/ serves if purezmq is not installed."""
        environment = super().environment()
        environment["BENCHMARKS_FALLBACK_PATH"] = str(SOURCE)
        return environment

    def describe(self) -> str:
        compiled: Any = getattr(self.zmq, "compiled_modules", tuple)()
        build = f"{len(compiled)} compiled modules" if compiled else "interpreted"
        where = ", from src" if Path(self.zmq.__file__ or "").is_relative_to(SOURCE) else ""
        return f"{super().describe()} ({build}{where})"


class PurezmqInterpreted(Purezmq):
    environment_changes = {"PUREZMQ_PURE": "1"}


PUREZMQ = Purezmq("purezmq", "purezmq")
PUREZMQ_INTERPRETED = PurezmqInterpreted("purezmq-interpreted", "purezmq")
