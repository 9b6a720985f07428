"""The repository as a whole: what every file must have or must not have."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "src").rglob("*.py"))

# Made here by tools, not part of the project.
NOT_OURS = re.compile(r"\.git|\.venv.*|build|dist|.*\.egg-info|__pycache__|\..*_cache|\.hypothesis")

# Written so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
# A directory of one machine. Not after a word, a dot or a slash: in ipc:///... or a/b such a name means something else.
MACHINE_PATH = re.compile(r"(?<![\w./*:)}-])/(?:work|root|tmp)(?![\w-])")
HOME_PATH = re.compile(MACHINE_PATH.pattern.replace("|tmp", ""))


def files_under(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.iterdir()):
        if NOT_OURS.fullmatch(path.name):
            continue
        if path.is_dir():
            yield from files_under(path)
        else:
            yield path


def lines_matching(pattern: re.Pattern[str], where: Path = ROOT) -> list[str]:
    found = []
    for path in files_under(where):
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # not a text file
        if path != Path(__file__):
            lines = enumerate(text.splitlines(), 1)
            found += [
                f"{path.relative_to(ROOT)}:{n}: {line.strip()}" for n, line in lines if pattern.search(line)
            ]
    return found


def version() -> str:
    namespace: dict[str, str] = {}
    exec((ROOT / "src/purezmq/_version.py").read_text("utf-8"), namespace)
    return namespace["__version__"]


def test_there_are_modules_to_check():
    assert len(MODULES) > 10


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_every_module_says_what_it_is(module):
    assert ast.get_docstring(ast.parse(module.read_text("utf-8")))


def test_nothing_is_marked_unfinished():
    assert lines_matching(UNFINISHED) == []


def test_no_file_names_a_directory_of_one_machine():
    # Tests of paths need paths: there the directory that every system has may be named.
    found = lines_matching(MACHINE_PATH)
    assert [line for line in found if not line.startswith("tests/")] == []
    assert lines_matching(HOME_PATH, ROOT / "tests") == []


@pytest.mark.parametrize("line", ["cd /work/x", "'/root'", "(/tmp/y)", "PATH=/tmp"])
def test_the_check_finds_machine_paths(line):
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize(
    "line", ["ipc:///tmp/feed", "request/work", "/workers", "src/root", "a/tmp", "/rooted"]
)
def test_the_check_leaves_other_slashes_alone(line):
    assert not MACHINE_PATH.search(line)


def test_the_version_is_written_once_and_in_the_changelog():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "purezmq._version.__version__"}
    newest = re.search(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version()


def test_the_package_is_typed_and_needs_nothing():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["dependencies"] == []
    assert (ROOT / "src/purezmq/py.typed").exists()


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_readme_names_commands_that_exist(target):
    assert f"make {target}" in (ROOT / "README.md").read_text("utf-8")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
