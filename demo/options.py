"""How big the demo is to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    folder: Path  # where the text comes from
    files: int  # how many files of it to count words in
    clients: int
    workers: int
    requests: int  # for each client
    messages: int  # that each stream carries between one change of the cast and the next, at least
    patience_s: float  # how long a process waits for a message that should be there
    deadline_s: float  # for each stage
    lose: str  # "request", "publish" or "pipeline": lose one message there, on purpose
