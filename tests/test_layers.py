"""The layers: imports point one way, and the rules know no operating system, thread or clock.

Checked twice: by reading the imports of every module, and by importing the rules with those modules blocked.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "purezmq"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Modules that reach the operating system, a thread or a clock.
FORBIDDEN = {"socket", "threading", "asyncio", "selectors", "select", "time", "logging"}

WORDS = {"numbers", "constants", "error"}
# What each layer may import besides itself. Whatever is not listed is a face, and may import anything.
MAY_IMPORT = {
    "numbers": set(),
    "constants": {"numbers"},
    "error": {"numbers", "constants"},
    "base": WORDS,
    "zmtp": WORDS | {"base"},
    "pgm": WORDS | {"base"},
    "patterns": WORDS | {"base"},
    "core": WORDS | {"base", "zmtp", "pgm", "patterns"},
    "unpatched": set(),
    "transports": WORDS | {"base", "core", "unpatched"},
    "drivers": WORDS | {"base", "zmtp", "pgm", "patterns", "core", "transports", "unpatched"},
}
RULES = ["base", "zmtp", "pgm", "patterns", "core"]
HANDS = ["transports", "drivers"]

# Runs without purezmq/__init__.py, which imports the faces: an empty module with the same path stands in for it.
IMPORT_BLOCKED = """
import importlib, pathlib, sys, types

package, layer, *forbidden = sys.argv[1:]
for name in forbidden:
    sys.modules[name] = None  # importing it raises ModuleNotFoundError, whoever asks
stand_in = types.ModuleType("purezmq")
stand_in.__path__ = [package]
sys.modules["purezmq"] = stand_in
for path in sorted(pathlib.Path(package, layer).rglob("*.py")):
    parts = path.relative_to(package).with_suffix("").parts
    importlib.import_module(".".join(["purezmq", *parts]).removesuffix(".__init__"))
"""


def layer_of(module: Path) -> str:
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def imports_of(module: Path, type_only: bool = True) -> Iterator[str]:
    """The absolute names of everything that a module imports, wherever in it; perhaps not those for types only."""
    # A package's __init__ is its own parent for relative imports; any other module has the package as parent.
    package = ["purezmq", *module.relative_to(PACKAGE).parent.parts]
    tree = ast.parse(module.read_text("utf-8"))
    for node in ast.walk(tree if type_only else WithoutTypeChecking().visit(tree)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*start, node.module] if node.module else start)
            # Of `from . import x`, x may be a module; of `from .m import x`, m is one at any rate.
            yield from (
                f"{source}.{alias.name}" if source in {"", "purezmq"} else source for alias in node.names
            )


class WithoutTypeChecking(ast.NodeTransformer):
    """Drops the body of ``if TYPE_CHECKING:``."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node.orelse
        return self.generic_visit(node)


def layers_imported(module: Path, type_only: bool = True) -> set[str]:
    names = imports_of(module, type_only)
    return {name.split(".")[1] for name in names if name.startswith("purezmq.")} - {layer_of(module)}


@pytest.mark.parametrize("module", [m for m in MODULES if layer_of(m) in MAY_IMPORT], ids=name_of)
def test_imports_point_one_way(module):
    # Rules do not even know the types of hands and faces; hands may name them.
    layer = layer_of(module)
    wrong = layers_imported(module, type_only=layer not in HANDS) - MAY_IMPORT[layer]
    assert not wrong, f"{name_of(module)} must not import from {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("module", [m for m in MODULES if layer_of(m) in RULES], ids=name_of)
def test_rules_import_no_operating_system_thread_or_clock(module):
    wrong = {name.split(".")[0] for name in imports_of(module)} & FORBIDDEN
    assert not wrong, f"{name_of(module)} must not import {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("layer", RULES)
def test_rules_work_with_these_modules_blocked(layer):
    command = [sys.executable, "-c", IMPORT_BLOCKED, str(PACKAGE), layer, *sorted(FORBIDDEN)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert finished.returncode == 0, finished.stderr


def test_the_check_sees_every_form_of_import(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (tmp_path / "base").mkdir()
    module = tmp_path / "base" / "example.py"
    module.write_text(
        "import os.path, purezmq.a\nfrom purezmq import b\nfrom purezmq.c.x import y\n"
        "from .. import d\nfrom ..e import z\nfrom . import sibling\n"
        "def later():\n    from ..f.x import y\n"
        "if TYPE_CHECKING:\n    from ..g import w\nelse:\n    from ..h import w\n",
        "utf-8",
    )
    assert layers_imported(module) == {"a", "b", "c", "d", "e", "f", "g", "h"}
    assert layers_imported(module, type_only=False) == {"a", "b", "c", "d", "e", "f", "h"}
    assert "os.path" in set(imports_of(module))
