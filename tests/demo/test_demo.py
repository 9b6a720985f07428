"""The demo itself, run small: it accounts for every message, notices a lost one, and cleans up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import purezmq

ROOT = Path(__file__).parents[2]
SMALL = ("--clients", "2", "--workers", "2", "--requests", "60", "--messages", "30", "--files", "10")
DEADLINE_S = 50

RunDemo = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def temporary(ipc_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo makes its own folder; nothing may be left here."""
    monkeypatch.setenv("TMPDIR", str(ipc_directory))
    return ipc_directory


@pytest.fixture
def start_demo(temporary: Path) -> Iterator[RunDemo]:
    """``start_demo(*options)`` runs ``python -m demo`` in the project's top folder."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # A suite started in the background ignores Ctrl-C, and children would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    started: list[subprocess.Popen[str]] = []
    path = str(Path(purezmq.__file__).parents[1])

    def start(*options: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "demo", *SMALL, *options],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": path},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def outcome(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and output of a demo that has nothing to complain of on stderr."""
    output, errors = process.communicate(timeout=DEADLINE_S)
    assert errors == ""
    return process.returncode, output


def test_every_message_is_accounted_for(start_demo: RunDemo, temporary: Path) -> None:
    code, output = outcome(start_demo())
    assert output.rstrip().endswith("ALL MESSAGES ACCOUNTED FOR"), output
    assert code == 0
    for row in (
        "requests",
        "replies",
        "to sub-0",
        "to sub-1",
        "to sub-2",
        "to sub-3",
        "tasks",
        "results",
        "kill signals",
    ):
        assert row in output
    assert list(temporary.iterdir()) == []


def test_counts_the_words_of_any_folder(start_demo: RunDemo, tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "one.txt").write_text("one fish two fish\n" * 5000)
    (tmp_path / "deeper" / "two.txt").write_text("red fish, blue fish")
    (tmp_path / "not-text.bin").write_bytes(bytes(100))
    code, output = outcome(start_demo("--folder", str(tmp_path)))
    assert code == 0, output
    assert "20004 words, 5 different" in output
    assert "fish 10002" in output


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ("request", "request-reply, replies: missing: client-0/1"),
        ("publish", "publish-subscribe, to sub-0 in 8 streams: missing from pub-"),
        ("pipeline", "pipeline, results: missing: "),
    ],
)
def test_notices_a_lost_message(start_demo: RunDemo, temporary: Path, where: str, complaint: str) -> None:
    code, output = outcome(start_demo("--lose", where, "--patience", "2"))
    assert code == 1
    assert f"NOT ACCOUNTED FOR: {complaint}" in output
    assert "ALL MESSAGES ACCOUNTED FOR" not in output
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent to one process there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_demo_leaves_nothing_behind(
    start_demo: RunDemo, temporary: Path, number: signal.Signals
) -> None:
    psutil = pytest.importorskip("psutil")
    demo = start_demo("--messages", "1000000")
    assert demo.stdout is not None
    while "meet at a proxy" not in (line := demo.stdout.readline()):
        assert line, f"the demo ended early: {demo.communicate()}"
    children = wait_for_children(psutil.Process(demo.pid))

    demo.send_signal(number)
    _, errors = demo.communicate(timeout=DEADLINE_S)
    assert demo.returncode == 128 + number
    assert "Traceback" not in errors
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="relies on what becomes of a killed process's pipes")
def test_processes_do_not_outlive_a_killed_demo(start_demo: RunDemo) -> None:
    psutil = pytest.importorskip("psutil")
    demo = start_demo("--messages", "1000000")
    assert demo.stdout is not None
    while "meet at a proxy" not in (line := demo.stdout.readline()):
        assert line, f"the demo ended early: {demo.communicate()}"
    children = wait_for_children(psutil.Process(demo.pid))
    demo.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def wait_for_children(process: object) -> list[object]:
    """The processes on stage: a proxy, two publishers, two subscribers."""
    deadline = time.monotonic() + DEADLINE_S
    while len(children := process.children()) < 5:  # type: ignore[attr-defined]
        assert time.monotonic() < deadline, f"only {len(children)} processes have been started"
        time.sleep(0.01)
    return list(children)
