"""The processes of one stage: started together, listened to, and gone when the stage is over, whatever happens."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import purezmq as zmq

from .control import Desk, Facts, Notice

# How long a process may take to end after it was told to: its sockets get a second to send what is left.
FAREWELL_S = 3.0


class StuckError(Exception):
    """The stage cannot go on: a process has failed, or something has not happened in time."""


class Crew:
    """Starts the processes and waits for what they say."""

    def __init__(self, directory: Path, patience_s: float, deadline_s: float) -> None:
        self._directory = directory
        self._patience_s = patience_s
        self._deadline = time.monotonic() + deadline_s
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._desk = Desk()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._wait_for_all()
        finally:
            self._end_all()
            self._desk.close()

    def endpoints(self, name: str) -> list[str]:
        """Where a process is to listen: on tcp, and on ipc where the system has it."""
        both = ["tcp://127.0.0.1:*", f"ipc://{self._directory}/{name}.ipc"]
        return both if zmq.has("ipc") else both[:1]

    def start(self, name: str, module: str, **job: Any) -> str:
        """Start a module of the demo as a process; returns its name."""
        job |= {"name": name, "desk": self._desk.endpoint, "patience_s": self._patience_s}
        self._processes[name] = subprocess.Popen(
            [sys.executable, "-m", f"demo.{module}", json.dumps(job)],
            stdin=subprocess.PIPE,  # its end tells the process that we are gone
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us alone; we tell the others
        )
        return name

    def tell(self, name: str, word: str, /, **facts: Any) -> None:
        self._desk.tell(name, word, **facts)

    def notices(self, waiting_for: Callable[[], str]) -> Iterator[Notice]:
        """Everything that is said, as it is said. If it goes quiet, StuckError says what was waited for."""
        quiet_since = time.monotonic()
        while True:
            notice = self._desk.hear(0.1)
            now = time.monotonic()
            if notice is not None:
                quiet_since = now
                yield notice
            elif now - quiet_since > 2 * self._patience_s:
                raise StuckError(f"nothing heard for {now - quiet_since:.0f} s; waiting for {waiting_for()}")
            if now > self._deadline:
                raise StuckError(f"out of time; waiting for {waiting_for()}")
            self._check_health()

    def collect(
        self, word: str, names: Collection[str], otherwise: Callable[[Notice], None] | None = None
    ) -> dict[str, Facts]:
        """Wait until each of the named has said the word; what else is said goes to ``otherwise``."""
        said: dict[str, Facts] = {}
        for notice in self.notices(lambda: f"{word!r} from {', '.join(sorted(set(names) - said.keys()))}"):
            if notice.word == word and notice.name in names:
                said[notice.name] = notice.facts
            elif otherwise is not None:
                otherwise(notice)
            if len(said) == len(names):
                break
        return said

    def _check_health(self) -> None:
        for name, process in self._processes.items():
            if process.poll():
                raise StuckError(f"{name} has failed with exit code {process.returncode}")

    def _wait_for_all(self) -> None:
        deadline = time.monotonic() + FAREWELL_S
        for name, process in self._processes.items():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise StuckError(f"{name} does not end") from None
        self._check_health()

    def _end_all(self) -> None:
        for process in self._processes.values():
            process.kill()  # no effect on those that have ended by themselves
        for process in self._processes.values():
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
