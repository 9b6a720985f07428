"""The command as real processes, and what they talk to. Every wait has a deadline and says what it waited for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

import purezmq as zmq

pytest.importorskip("click")
pytest.importorskip("rich")

DEADLINE_S = 20.0  # far more than anything here takes; a slow machine is no failure

SOURCE = str(Path(zmq.__file__).parent.parent)


class Command:
    """One running ``purezmq`` process; its output is collected by threads, so that it never blocks."""

    def __init__(self, *arguments: str, stdin: bytes | None = b"", cwd: Path | None = None) -> None:
        environment = dict(
            os.environ,
            PYTHONPATH=os.pathsep.join([os.environ.get("PYTHONPATH", ""), SOURCE]),
            PYTHONFAULTHANDLER="1",
        )
        self.arguments = arguments
        self.process = subprocess.Popen(
            [sys.executable, "-m", "purezmq", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=cwd,
        )
        self.out = self.err = b""
        self._readers = [
            threading.Thread(target=self._collect, args=(name,), daemon=True) for name in ("out", "err")
        ]
        for reader in self._readers:
            reader.start()
        if stdin is not None:
            self.feed(stdin)
            self.end_input()

    def _collect(self, name: str) -> None:
        stream = self.process.stdout if name == "out" else self.process.stderr
        assert stream is not None
        while data := os.read(stream.fileno(), 65536):
            setattr(self, name, getattr(self, name) + data)

    def feed(self, data: bytes) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it ended before it read everything, as it may

    def end_input(self) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def signal(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = monotonic() + DEADLINE_S
        while not condition():
            assert monotonic() < deadline, f"{what} did not happen; {self}"
            assert self.process.poll() is None or condition(), f"{what} did not happen before the end; {self}"
            sleep(0.01)

    def wait_for_output(self, text: bytes) -> None:
        self.wait_until(lambda: text in self.out, f"output {text!r}")

    def wait_for_remark(self, text: str) -> None:
        self.wait_until(lambda: text.encode() in self.err, f"remark {text!r}")

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        try:
            code = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGABRT)  # faulthandler then shows where every thread is
            self.process.wait(DEADLINE_S)
            sleep(0.2)
            raise AssertionError(f"it did not end; {self}") from None
        for reader in self._readers:
            reader.join(DEADLINE_S)
        assert b"please report this" not in self.err, self
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(DEADLINE_S)
        for reader in self._readers:
            reader.join(DEADLINE_S)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        self.end_input()

    def __repr__(self) -> str:
        return f"purezmq {' '.join(self.arguments)}\nstdout {self.out[-2000:]!r}\nstderr {self.err[-6000:].decode()}"


@pytest.fixture
def start() -> Iterator[Callable[..., Command]]:
    """Starts commands; whatever still runs at the end of the test is killed."""
    commands: list[Command] = []

    def begin(*arguments: str, stdin: bytes | None = b"", cwd: Path | None = None) -> Command:
        commands.append(Command(*arguments, stdin=stdin, cwd=cwd))
        return commands[-1]

    yield begin
    for command in commands:
        command.kill()


@pytest.fixture
def run(start: Callable[..., Command]) -> Callable[..., Command]:
    """Runs a command to its end; its ``code`` is the exit code."""

    def finish(*arguments: str, stdin: bytes | None = b"", cwd: Path | None = None) -> Command:
        command = start(*arguments, stdin=stdin, cwd=cwd)
        command.end()
        return command

    return finish


@pytest.fixture
def ipc(tmp_path: Path) -> str:
    """An ipc endpoint nobody else has."""
    return f"ipc://{tmp_path}/s"


@pytest.fixture
def peer() -> Iterator[Callable[[int], zmq.Socket]]:
    """Opens sockets in this process; all are closed at the end of the test."""
    context = zmq.Context()
    sockets: list[zmq.Socket] = []

    def begin(kind: int) -> zmq.Socket:
        sockets.append(context.socket(kind))
        return sockets[-1]

    yield begin
    for opened in sockets:
        opened.close(linger=0)
    context.term()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Starts a raw TCP server that hands each connection to a function; returns its endpoint."""
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def begin(handle: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    stream, _ = listener.accept()
                except OSError:
                    return
                with stream:
                    stream.settimeout(DEADLINE_S)
                    try:
                        handle(stream)
                    except OSError:
                        pass  # the command hung up, as it may

        threads.append(threading.Thread(target=accept, daemon=True))
        threads[-1].start()
        return f"tcp://127.0.0.1:{listener.getsockname()[1]}"

    yield begin
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(DEADLINE_S)
