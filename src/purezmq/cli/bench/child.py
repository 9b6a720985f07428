"""A server of our own, for a measurement without an endpoint."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..failure import CliFailure, ExitCode

END_S = 5.0
REMARK = "bound to "


@contextmanager
def own_server() -> Iterator[str]:
    """Start a server in a process of its own; gives its endpoint. It ends with the block, and with this process."""
    command = [sys.executable, "-m", "purezmq", "bench", "--serve", "--until-eof", "tcp://127.0.0.1:*"]
    # Its remarks come by stdout, so that errors of Python's own still reach the terminal.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            remark = process.stdout.readline()
            if REMARK not in remark:
                raise CliFailure("the other process did not start", ExitCode.ENDPOINT)
            yield remark.partition(REMARK)[2].strip()
        finally:
            process.stdin.close()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()


def end_with_stdin() -> None:
    """End this process, as by a signal, when its stdin is closed: nobody is left to serve."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="purezmq-bench-stdin").start()
