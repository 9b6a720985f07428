"""Run by Python at its start when this directory is on PYTHONPATH: ``import zmq`` gives purezmq, if a variable says so.

Python runs only the first ``sitecustomize`` that it finds; so this one runs the next one, as if it were not here.
"""

import os
import sys

_VARIABLE = "PUREZMQ_AS_ZMQ"
_HERE = os.path.dirname(os.path.abspath(__file__))


def _install() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 (a program below may use any Python)
        sys.stderr.write("purezmq: Python is older than 3.11 here, import zmq is left alone\n")
        return
    import purezmq_as_zmq  # type: ignore[import-not-found]  # beside this file

    purezmq_as_zmq.install()


def _run_the_next() -> None:
    from importlib.machinery import PathFinder

    others = [entry for entry in sys.path if os.path.abspath(entry) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        module = sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(module)


if os.environ.get(_VARIABLE, "0") not in ("", "0"):
    _install()
_run_the_next()
