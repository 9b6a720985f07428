"""Which modules are compiled, and how to go without.

A compiled module lies beside its source under the same name, and the import system prefers it. With ``PUREZMQ_PURE=1``
in the environment the sources are used although compiled modules are installed: to compare, to debug, and to test.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, FileFinder, SourceFileLoader

_HERE = os.path.dirname(os.path.abspath(__file__))


def _find_sources(path: str) -> FileFinder:
    """A path hook for the directories of this package that has no eyes for compiled modules."""
    if path != _HERE and not path.startswith(_HERE + os.sep):
        raise ImportError
    return FileFinder(path, (SourceFileLoader, SOURCE_SUFFIXES))


def turn_off() -> None:
    """Use the sources from now on."""
    sys.path_hooks.insert(0, _find_sources)
    sys.path_importer_cache.pop(_HERE, None)


def compiled_modules() -> tuple[str, ...]:
    """The names of this package's modules that run compiled here; empty where everything is interpreted.

    >>> purezmq.compiled_modules()
    ('purezmq.base.pipe', 'purezmq.core.session', ...)
    """
    if _find_sources in sys.path_hooks:
        return ()
    package = __name__.rpartition(".")[0]
    found = set()
    for directory, _, files in os.walk(_HERE):
        for name in files:
            if name.endswith(tuple(EXTENSION_SUFFIXES)):
                path = os.path.relpath(os.path.join(directory, name.partition(".")[0]), _HERE)
                found.add(f"{package}.{path.replace(os.sep, '.')}")
    return tuple(sorted(found))
