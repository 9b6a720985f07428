"""Real programs, as they are on PyPI, for which ``import zmq`` is purezmq; libzmq is in none of the processes."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import purezmq
from purezmq.as_zmq import prepare

pytestmark = [pytest.mark.purezmq_only, pytest.mark.slow, pytest.mark.timeout(150)]

HERE = Path(__file__).parent
DEADLINE_S = 120

# Runs a program, and looks at its end whether anything of pyzmq was loaded.
CHECKED = """
import runpy, sys
del sys.argv[0]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    import zmq, purezmq
    assert zmq.Context is purezmq.Context
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "zmq" and name != "zmq":
            assert module is sys.modules["pure" + name], name
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts Python with these arguments below the shim. What still runs at the end of the test is killed."""
    environment = {**os.environ, "PYTHONPATH": str(Path(str(purezmq.__file__)).parents[1])}
    environment.update(
        IPYTHONDIR=str(tmp_path / "ipython"),
        JUPYTER_RUNTIME_DIR=str(tmp_path / "runtime"),
        JUPYTER_PLATFORM_DIRS="1",
        PYDEVD_DISABLE_FILE_VALIDATION="1",
    )
    prepare(environment)
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, *arguments]
        output = (tmp_path / f"output-{len(started)}").open("w+")
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        process.stdout = output
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def output_of(process: subprocess.Popen[str]) -> str:
    """What it has printed when it has ended well."""
    assert process.stdout is not None
    try:
        code = process.wait(DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.stdout.seek(0)
        pytest.fail(f"it still runs after {DEADLINE_S} s\n{process.stdout.read()}")
    process.stdout.seek(0)
    output = process.stdout.read()
    assert code == 0, output
    return output


@pytest.mark.parametrize("program", ["kernel", "three_kernels", "notebook"])
def test_jupyter(start: Callable[..., subprocess.Popen[str]], program: str) -> None:
    for needed in ("jupyter_client", "ipykernel", "nbclient"):
        pytest.importorskip(needed)
    output_of(start("-c", CHECKED, str(HERE / f"{program}.py")))


def test_locust_with_a_master_and_two_workers(start: Callable[..., subprocess.Popen[str]]) -> None:
    pytest.importorskip("gevent")
    if subprocess.run([sys.executable, "-c", "import locust"], capture_output=True, check=False).returncode:
        pytest.skip("locust is not installed")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    common = ("-m", "locust", "-f", str(HERE / "locustfile.py"))
    master = start(
        *common,
        *("--master", "--headless", "--users", "6", "--spawn-rate", "6", "--run-time", "3s"),
        *("--expect-workers", "2", "--master-bind-host", "127.0.0.1", "--master-bind-port", port),
    )
    workers = [
        start(*common, "--worker", "--master-host", "127.0.0.1", "--master-port", port) for _ in range(2)
    ]
    output = output_of(master)
    (requests, failures) = re.findall(r"Aggregated\s+(\d+)\s+(\d+)\(", output)[-1]  # the final table
    assert int(requests) > 20 and int(failures) == 0, output
    assert "2 ready workers" in output
    for worker in workers:
        assert "quit message from master" in output_of(worker)
