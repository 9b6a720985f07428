"""Describes the public interface of a library as JSON: ``python describe.py zmq`` or ``python describe.py purezmq``.

Each runs in a process of its own, because libzmq must not be loaded where purezmq is tested.

A description maps modules to names to what is there: ``{"kind": "function", "signature": …}``, ``{"kind": "class",
"members": …}``, ``{"kind": "value", "value": …}``.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import inspect
import json
import pkgutil
import sys
import types
import warnings
from typing import Any


def describe_library(root: str) -> dict[str, Any]:
    """Every module below ``root`` that can be imported here."""
    package = importlib.import_module(root)
    described = {root: describe_module(package, root)}
    names = (
        info.name for info in pkgutil.walk_packages(package.__path__, root + ".", onerror=lambda name: None)
    )
    for name in names:
        if is_concerned(name.removeprefix(root + ".")):
            with contextlib.suppress(ImportError):
                described[name] = describe_module(importlib.import_module(name), root)
    return {name.replace(root, "zmq", 1): members for name, members in described.items()}


def is_concerned(name: str) -> bool:
    """False for what would do something when imported."""
    return name.partition(".")[0] not in ("tests", "_shim") and not name.endswith("__main__")


def describe_module(module: types.ModuleType, root: str) -> dict[str, Any]:
    """The public names of a module: those in ``__all__``, or else those that were made in this library."""
    listed = getattr(module, "__all__", None)
    names = list(listed) if listed else [name for name in vars(module) if not name.startswith("_")]
    described = {}
    for name in sorted(set(names)):
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            continue  # described by itself
        if listed or is_own(name, value, root):
            described[name] = describe(value, root)
    return described


def is_own(name: str, value: Any, root: str) -> bool:
    """Whether this was made for the users of the module, and is not just something that it imports."""
    if isinstance(value, int | float | str | bytes | tuple | list | dict):
        return name != "TYPE_CHECKING" and not hasattr(sys.modules[root], name)
    home = getattr(value, "__module__", None)
    return isinstance(home, str) and home.partition(".")[0] == root


def describe(value: Any, root: str) -> dict[str, Any]:
    """What kind of thing this is, and what a program can rely on."""
    if isinstance(value, enum.EnumMeta):
        return {"kind": "enum", "members": {name: as_json(item) for name, item in value.__members__.items()}}
    if inspect.isclass(value):
        return {"kind": "class", "members": describe_class(value, root)}
    if callable(value) and not hasattr(value, "__origin__"):
        return {"kind": "function", "signature": describe_signature(value)}
    return {"kind": "value", "value": as_json(value)}


def describe_class(cls: type, root: str) -> dict[str, Any]:
    """The public members of a class, inherited ones included unless they come from the standard library."""
    described: dict[str, Any] = {"__init__": {"kind": "function", "signature": describe_signature(cls)}}
    for name in dir(cls):
        home = next((base for base in cls.__mro__ if name in vars(base)), None)
        if name.startswith("_") or home is None or home.__module__.partition(".")[0] != root:
            continue
        value = inspect.getattr_static(cls, name)
        if isinstance(value, staticmethod | classmethod):
            value = getattr(cls, name)
        if inspect.isroutine(value) or hasattr(value, "func_name"):
            described[name] = {"kind": "function", "signature": describe_signature(getattr(cls, name))}
        else:
            described[name] = {"kind": "attribute"}
    return described


def describe_signature(function: Any) -> list[list[Any]] | None:
    """[name, kind, default or None] for each parameter; None if nobody knows."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [
        [
            parameter.name,
            # A method made in C does not take it by its name, which nobody can notice who has an object.
            "POSITIONAL_OR_KEYWORD" if parameter.name == "self" else parameter.kind.name,
            None if parameter.default is parameter.empty else as_json(parameter.default),
        ]
        for parameter in parameters
    ]


def as_json(value: Any) -> Any:
    """Something to compare: numbers and texts as they are, everything else by its type."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | str):
        return value
    if isinstance(value, bytes):
        return repr(value)
    return f"a {type(value).__name__.lstrip('_')}"  # typing has a _GenericAlias, types a GenericAlias


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    json.dump(describe_library(sys.argv[1]), sys.stdout)
