"""The libraries that are compared; one thin adapter each."""

from __future__ import annotations

from benchmarks.libraries.library import Library
from benchmarks.libraries.purezmq import PUREZMQ, PUREZMQ_INTERPRETED
from benchmarks.libraries.pyomq import PYOMQ
from benchmarks.libraries.pyzmq import PYZMQ
from benchmarks.libraries.reference import REFERENCE

ALL: tuple[Library, ...] = (PUREZMQ, PUREZMQ_INTERPRETED, PYZMQ, PYOMQ, REFERENCE)

# REFERENCE takes part by itself where it can do the scenario. PUREZMQ_INTERPRETED is asked for by name.
DEFAULT = ("purezmq", "pyzmq", "pyomq")


def find_library(name: str) -> Library:
    """Return the adapter called `name`; raises KeyError."""
    return {library.name: library for library in ALL}[name]


__all__ = ["ALL", "DEFAULT", "REFERENCE", "Library", "find_library"]
