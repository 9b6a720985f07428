"""``import zmq`` is purezmq: in this process and those below, for every module, with pyzmq installed or not."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import purezmq
from purezmq.as_zmq import prepare

pytestmark = pytest.mark.purezmq_only

SOURCE = str(Path(str(purezmq.__file__)).parents[1])


def run(
    program: str, *, shim: bool = True, path: str = SOURCE, cwd: Path | None = None, **variables: str
) -> str:
    """The output of a program in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": path}
    if shim:
        prepare(environment)
    environment.update(variables)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_module_is_the_very_same() -> None:
    run(
        """
        import sys, zmq, purezmq
        import zmq.sugar.socket, zmq.utils.jsonapi, purezmq.utils.z85, zmq.utils.z85
        from zmq.sugar.socket import Socket
        from zmq.error import ZMQError
        from zmq import constants
        import zmq.devices as devices
        import purezmq.devices
        assert zmq.Socket is Socket is purezmq.Socket and ZMQError is purezmq.ZMQError
        assert constants is purezmq.constants and devices is purezmq.devices
        assert zmq.utils.jsonapi is purezmq.utils.jsonapi and zmq.utils.z85 is purezmq.utils.z85
        assert zmq.backend.Socket is Socket  # there after a plain import, as in pyzmq
        for name, module in sys.modules.items():
            if name.startswith("zmq."):
                assert module is sys.modules["pure" + name], name
        """
    )


def test_what_pyzmq_has_in_c_is_not_found_in_an_installed_pyzmq() -> None:
    run(
        """
        for name in ("zmq.backend.cython", "zmq.backend.cython._zmq", "zmq.proxy", "zmq.tests"):
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                assert error.name == name or name.startswith(error.name), error.name
            else:
                raise AssertionError(name)
        """
    )


def test_versions_are_those_that_programs_compare() -> None:
    run(
        """
        import importlib.metadata, zmq, purezmq
        assert zmq.__version__ == zmq.pyzmq_version() == importlib.metadata.version("pyzmq") == "27.3.0"
        assert zmq.zmq_version_info() >= (4, 3, 5)
        assert zmq.__name__ == "zmq" and zmq.__file__ == purezmq.__file__
        assert purezmq.__version__ == purezmq._version.__version__
        """
    )


def test_what_is_assigned_to_zmq_is_assigned_to_purezmq() -> None:
    run(
        """
        import zmq, purezmq
        zmq.something = 1
        assert purezmq.something == 1
        del zmq.something
        assert not hasattr(purezmq, "something") and not hasattr(zmq, "something")
        purezmq.later = 2
        assert zmq.later == 2
        """
    )


def test_pickles_of_pyzmq_are_understood() -> None:
    # What a process with pyzmq pickles refers to its modules.
    theirs = [
        b"czmq.constants\nSocketType\n(I3\ntR.",
        b"czmq.sugar.socket\nSocket\n.",
        b"czmq.error\nAgain\n.",
    ]
    ours = [purezmq.SocketType.REQ, purezmq.Socket, purezmq.Again]
    run(
        f"""
        import pickle, zmq
        expected = [zmq.SocketType.REQ, zmq.Socket, zmq.Again]
        assert [pickle.loads(data) for data in {theirs!r}] == expected
        assert [pickle.loads(data) for data in {[pickle.dumps(thing) for thing in ours]!r}] == expected
        """
    )


def test_processes_below_inherit_it(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        textwrap.dedent(
            """
            import multiprocessing, subprocess, sys
            import purezmq

            def child(queue):
                import zmq
                queue.put(zmq.Context is purezmq.Context)

            if __name__ == "__main__":
                purezmq.install_as_zmq()
                import zmq
                assert zmq.Context is purezmq.Context
                for method in ("spawn", "forkserver"):
                    context = multiprocessing.get_context(method)
                    queue = context.Queue()
                    process = context.Process(target=child, args=(queue,))
                    process.start()
                    assert queue.get(timeout=30), method
                    process.join(30)
                subprocess.run([sys.executable, "-m", "zmq.log", "--help"], check=True, stdout=subprocess.DEVNULL)
            """
        )
    )
    run("import runpy; runpy.run_path('program.py', run_name='__main__')", shim=False, cwd=tmp_path)


def test_an_interpreter_without_purezmq_finds_it_nevertheless() -> None:
    assert run("import zmq, purezmq.utils; print(zmq.Context.__module__)", path="") == "purezmq.context"


def test_nothing_is_imported_before_it_is_wanted() -> None:
    run(
        "import sys; assert not [name for name in sys.modules if name.partition('.')[0] in ('zmq', 'purezmq')]"
    )


def test_the_variable_turns_it_off() -> None:
    program = "import sys; print([f for f in sys.meta_path if type(f).__name__ == 'ZmqFinder'])"
    assert run(program, PUREZMQ_AS_ZMQ="0") == "[]"
    assert run(program) != "[]"


def test_another_sitecustomize_still_runs(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.it_ran = __file__")
    path = os.pathsep.join([str(tmp_path), SOURCE])
    assert run("import zmq, sitecustomize; print(it_ran == sitecustomize.__file__)", path=path) == "True"


@pytest.mark.interop
def test_it_says_so_when_pyzmq_was_imported_already() -> None:
    run(
        """
        import zmq, purezmq
        try:
            purezmq.install_as_zmq()
        except RuntimeError as error:
            assert "imported already" in str(error) and zmq.__file__ in str(error)
        else:
            raise AssertionError
        """,
        shim=False,
    )
