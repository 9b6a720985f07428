"""The libraries that are compared; one thin adapter each."""

from __future__ import annotations

from benchmarks.libraries.library import Library
from benchmarks.libraries.libzmq import LIBZMQ
from benchmarks.libraries.purezmq import PUREZMQ, PUREZMQ_INTERPRETED
from benchmarks.libraries.pyomq import PYOMQ
from benchmarks.libraries.pyzmq import PYZMQ
from benchmarks.libraries.reference import REFERENCE
from benchmarks.libraries.spinning import SPINNING

ALL: tuple[Library, ...] = (PUREZMQ, PUREZMQ_INTERPRETED, PYZMQ, PYOMQ, LIBZMQ, REFERENCE, SPINNING)

# The last three take part only in what they can do. PUREZMQ_INTERPRETED is asked for by name.
DEFAULT = ("purezmq", "pyzmq", "pyomq", "libzmq", "reference", "spinning")


def find_library(name: str) -> Library:
    """Return the adapter called `name`; raises KeyError."""
    return {library.name: library for library in ALL}[name]


__all__ = ["ALL", "DEFAULT", "LIBZMQ", "REFERENCE", "SPINNING", "Library", "find_library"]
