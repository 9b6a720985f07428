"""``import zmq`` gives purezmq: the finder that does it.

``zmq.x.y`` is the very module ``purezmq.x.y``. The package ``zmq`` itself is a module of its own with the same
contents, because one thing has to differ: ``zmq.__version__`` is what programs compare with the version of pyzmq that
they need. What is assigned to an attribute of ``zmq`` is assigned to ``purezmq`` as well.

This file runs at the start of every process below ``purezmq exec``, most of which never import zmq. So it imports
nothing but what the interpreter has imported already, and purezmq only when zmq is wanted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

TYPE_CHECKING = False  # without importing typing, which takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.abc import Loader
    from typing import Any
else:
    Loader = object

VARIABLE = "PUREZMQ_AS_ZMQ"
DIRECTORY = os.path.dirname(os.path.abspath(__file__))  # what belongs on PYTHONPATH
_ABOVE_PUREZMQ = os.path.dirname(os.path.dirname(DIRECTORY))

# What makes ``zmq`` a module of its own.
_ITS_OWN = frozenset(
    {"__getattr__", "__loader__", "__name__", "__package__", "__revision__", "__spec__", "__version__"}
)


def install() -> None:
    """Make ``import zmq`` give purezmq in this process. Raises RuntimeError if it has given something else already."""
    if any(isinstance(finder, ZmqFinder) for finder in sys.meta_path):
        return
    found = sys.modules.get("zmq")
    if found is not None and not isinstance(found, ZmqModule):
        raise RuntimeError(
            f"zmq was imported already, from {getattr(found, '__file__', 'elsewhere')}: purezmq can only take its "
            "place before that. Call purezmq.install_as_zmq() first of all, or start the program with: purezmq exec "
            "-- COMMAND"
        )
    sys.meta_path.insert(0, ZmqFinder())
    sys.meta_path.append(_PurezmqFinder())


class ZmqModule(ModuleType):
    """The package ``zmq``: purezmq's attributes, which are assigned and deleted there, too."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name not in _ITS_OWN:
            setattr(import_module("purezmq"), name, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name not in _ITS_OWN:
            delattr(import_module("purezmq"), name)


class ZmqFinder:
    """Finds ``zmq`` and everything below it, before the path is searched; and the distribution ``pyzmq``."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        """The module of that name in purezmq. Raises ModuleNotFoundError: what pyzmq has there must not be found."""
        if fullname == "zmq":
            purezmq = import_module("purezmq")
            spec = ModuleSpec("zmq", _ZmqLoader(purezmq), origin=purezmq.__file__, is_package=True)
            spec.submodule_search_locations = list(purezmq.__path__)
        elif fullname.startswith("zmq."):
            real = _real_spec("pure" + fullname)
            spec = ModuleSpec(
                fullname,
                _SubmoduleLoader(real),
                origin=real.origin,
                is_package=real.submodule_search_locations is not None,
            )
        else:
            return None
        spec.has_location = spec.origin is not None
        return spec

    def find_distributions(self, context: Any) -> Iterator[Any]:
        """For ``importlib.metadata.version("pyzmq")``: the release whose interface purezmq offers."""
        name = context.name
        if name is not None and name.lower() == "pyzmq":
            yield _distribution()


class _PurezmqFinder:
    """The last resort of interpreters in which purezmq is not installed: the copy of which this file is a part."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Purezmq's spec, or None."""
        return PathFinder.find_spec(fullname, [_ABOVE_PUREZMQ]) if fullname == "purezmq" else None


class _ZmqLoader(Loader):
    """Makes the package ``zmq``."""

    def __init__(self, purezmq: ModuleType) -> None:
        self._purezmq = purezmq

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ZmqModule(spec.name, self._purezmq.__doc__)

    def exec_module(self, module: ModuleType) -> None:
        purezmq = self._purezmq
        names = vars(module)  # assigned here, not by setattr: nothing is new to purezmq
        names.update({name: value for name, value in vars(purezmq).items() if name not in _ITS_OWN})
        names["__version__"] = purezmq.pyzmq_version()
        names["__revision__"] = ""

        def find(name: str) -> Any:
            """What purezmq imports when somebody asks for it: found once."""
            found = names[name] = getattr(purezmq, name)
            return found

        names["__getattr__"] = find

    def get_code(self, fullname: str) -> Any:
        """The package's code, for those who look without importing."""
        return _inspect_loader(self._purezmq.__spec__).get_code("purezmq")


class _SubmoduleLoader(Loader):
    """Puts the module of purezmq in the place of the new one."""

    def __init__(self, real: ModuleSpec) -> None:
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        # The import system takes what is in sys.modules afterwards.
        sys.modules[module.__name__] = import_module(self._real.name)

    def get_code(self, fullname: str) -> Any:
        """For ``python -m zmq.log``."""
        return _inspect_loader(self._real).get_code(self._real.name)

    def get_source(self, fullname: str) -> Any:
        """For tracebacks."""
        return _inspect_loader(self._real).get_source(self._real.name)

    def is_package(self, fullname: str) -> bool:
        """For ``python -m zmq.log``."""
        return self._real.submodule_search_locations is not None


def _inspect_loader(spec: ModuleSpec | None) -> Any:
    assert spec is not None
    return spec.loader


def _real_spec(name: str) -> ModuleSpec:
    from importlib.util import find_spec

    parent, _, last = name.rpartition(".")
    there = getattr(import_module(parent), last, None)
    spec = find_spec(name) if there is None or isinstance(there, ModuleType) else None
    if spec is None:
        raise ModuleNotFoundError(
            f"No module named {name.removeprefix('pure')!r} (zmq is purezmq here, which has no {name!r})",
            name=name.removeprefix("pure"),
        )
    return spec


def _distribution() -> Any:
    from importlib.metadata import Distribution

    version = import_module("purezmq").pyzmq_version()

    class Pyzmq(Distribution):
        """What is known about pyzmq here: its name and version."""

        def read_text(self, filename: str) -> str | None:
            """The only file is the metadata."""
            if filename != "METADATA":
                return None
            return f"Metadata-Version: 2.1\nName: pyzmq\nVersion: {version}\nSummary: purezmq, in the place of pyzmq\n"

        def locate_file(self, path: Any) -> Any:
            """There are no files."""
            return os.path.join(_ABOVE_PUREZMQ, path)

    return Pyzmq()
