"""The build of the compiled modules; everything else about the package is in pyproject.toml.

PUREZMQ_BUILD says what is wanted:

* ``auto`` (the default): compile if there is a working C compiler, else install the same package uncompiled and say so,
* ``require``: compile, or fail with the compiler's message,
* ``no``: do not compile. The wheel is then for every platform (py3-none-any).
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SOURCE = Path("src")
WANTED = os.environ.get("PUREZMQ_BUILD", "auto")

# Semantics are Python's own in all of it, bounds checks included; the kernel, which does without, says so itself.
DIRECTIVES = {
    "language_level": 3,
    "binding": True,
    "annotation_typing": False,  # only a .pxd says what is a C type
    "always_allow_keywords": True,
    "profile": False,
    "nonecheck": True,
}
FLAGS = ["-O2", "-g0", "-fno-semantic-interposition", "-Wno-unused-function", "-Wsign-compare"]


class _Builder(build_ext):
    """Compiles several modules at once."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()


def modules_to_compile() -> list[Path]:
    """Every module with a .pxd beside it, and the kernel. A .pyx goes before a .py of the same name."""
    found = []
    for description in sorted(SOURCE.rglob("*.pxd")):
        kernel = description.with_suffix(".pyx")
        source = kernel if kernel.exists() else description.with_suffix(".py")
        if source.exists():
            found.append(source)
    return found


def extensions() -> list[Any]:
    """What is to be compiled here and now."""
    if WANTED not in ("auto", "require", "no"):
        sys.exit(f"PUREZMQ_BUILD must be auto, require or no, not {WANTED!r}")
    if WANTED == "no":
        return []
    try:
        if WANTED == "auto":
            _try_compiler()
        from Cython.Build import cythonize

        made = [
            Extension(
                ".".join(source.relative_to(SOURCE).with_suffix("").parts),
                [str(source)],
                extra_compile_args=FLAGS if os.name == "posix" else [],
            )
            for source in modules_to_compile()
        ]
        return list(
            cythonize(
                made,
                build_dir=f"build/cython-{sys.version_info.major}.{sys.version_info.minor}",
                include_path=[str(SOURCE)],
                compiler_directives=DIRECTIVES,
                nthreads=os.cpu_count() or 1,
                show_all_warnings=False,
                quiet=True,
            )
        )
    except Exception as error:
        if WANTED == "require":
            raise
        print(f"purezmq is installed without compiled modules, and is slower: {error}", file=sys.stderr)
        return []


def _try_compiler() -> None:
    """Raises an exception if no extension module can be compiled."""
    from setuptools.dist import Distribution

    with tempfile.TemporaryDirectory() as scratch:
        probe = Path(scratch, "probe.c")
        probe.write_text("#include <Python.h>\nPyMODINIT_FUNC PyInit_probe(void) { return NULL; }\n")
        command = build_ext(Distribution({"ext_modules": [Extension("probe", [str(probe)])]}))
        command.build_lib = command.build_temp = scratch
        command.ensure_finalized()
        command.run()


if __name__ == "__main__":
    setup(ext_modules=extensions(), cmdclass={"build_ext": _Builder})
