"""Sockets for greenlets. Each way of using gevent has a process of its own, because it changes the standard library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import purezmq

pytest.importorskip("gevent")

pytestmark = pytest.mark.purezmq_only

PROGRAM = Path(__file__).with_name("program.py")


@pytest.mark.parametrize("when", ["plain", "before", "after"])
def test_greenlets_wait_and_others_run(when: str) -> None:
    """``when`` gevent patches the standard library: not at all, before or after purezmq is imported."""
    environment = {**os.environ, "PYTHONPATH": str(Path(str(purezmq.__file__)).parents[1])}
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", str(PROGRAM), when],
        capture_output=True,
        text=True,
        timeout=55,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout.count("fine") == 11, done.stdout
