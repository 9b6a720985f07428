"""What the suites share: contexts that must end, tests that must leave nothing behind, and waits with a deadline.

No wait in a test is open-ended: sockets from ``new_socket`` time out, ``in_thread`` and ``start_python`` hand out
results with a deadline, and pytest-timeout stops whatever else hangs.

The suites that use sockets state libzmq's behaviour. They can be checked against libzmq itself by putting a module
named ``purezmq`` that re-exports pyzmq first on the path; tests marked ``purezmq_only`` are then skipped.
"""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import random
import shutil
import socket as os_socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 10.0  # how long anything that should happen "soon" may take on a loaded machine
PATIENCE_MS = int(PATIENCE_S * 1000)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "purezmq_only: states something that libzmq does not offer")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("purezmq_only") is not None and runs_on_libzmq():
            item.add_marker(pytest.mark.skip(reason="libzmq does not offer this"))


def runs_on_libzmq() -> bool:
    """True when ``import purezmq`` really gives pyzmq (see the module docstring)."""
    import purezmq

    return purezmq.Socket.__module__.startswith("zmq.")


# Waiting


class ThreadResult:
    """The outcome of a function that runs in a thread."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._name = getattr(function, "__qualname__", repr(function))
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(function, args), daemon=True, name=self._name)
        self._thread.start()

    def _run(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            self._value = function(*args)
        except BaseException as error:
            self._error = error

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def wait(self, timeout_s: float = PATIENCE_S) -> None:
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            pytest.fail(f"{self._name} still runs after {timeout_s} s")

    def result(self, timeout_s: float = PATIENCE_S) -> Any:
        """What the function returned; raises what it raised."""
        self.wait(timeout_s)
        if self._error is not None:
            raise self._error
        return self._value


@pytest.fixture
def in_thread() -> Callable[..., ThreadResult]:
    """``in_thread(function, *args)`` runs it in a thread; ``.result(timeout_s)`` returns or raises its outcome."""

    def start(function: Callable[..., Any], *args: Any) -> ThreadResult:
        return ThreadResult(function, args)

    return start


def wait_until(condition: Callable[[], Any], what: str, timeout_s: float = PATIENCE_S) -> Any:
    """Wait for ``condition()`` to become true, return its value; fail naming ``what``."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s} s in vain for: {what}")
        time.sleep(0.005)


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """``eventually(condition, what, timeout_s)`` for conditions that no event announces."""
    return wait_until


# Leaving nothing behind


def open_descriptors() -> dict[str, str]:
    """Descriptor number -> what it is, where the system can tell."""
    found: dict[str, str] = {}
    for directory in ("/proc/self/fd", "/dev/fd"):
        if os.path.isdir(directory):
            for fd in os.listdir(directory):
                with contextlib.suppress(OSError):  # the descriptor of the listing itself is gone again
                    found[fd] = os.readlink(f"{directory}/{fd}") if directory.startswith("/proc") else fd
            break
    return found


def own_threads() -> set[threading.Thread]:
    # pyzmq's zero-copy helper lives as long as the process.
    return {t for t in threading.enumerate() if "Garbage" not in type(t).__name__}


@pytest.fixture(scope="session")
def warmed_up() -> None:
    """Use each transport once, so that what a process opens once and keeps is not taken for a leak."""
    import purezmq

    context = purezmq.Context()
    push, pull = context.socket(purezmq.PUSH), context.socket(purezmq.PULL)
    for endpoint in ("tcp://127.0.0.1:*", "inproc://warm-up"):
        pull.bind(endpoint)
        push.connect(pull.LAST_ENDPOINT.decode())
        push.send(bytes(100_000), copy=False)
        assert pull.poll(PATIENCE_MS), "the warm-up message did not arrive"
        pull.recv(copy=False)
        push.disconnect(pull.LAST_ENDPOINT.decode())
    context.destroy(linger=0)


@pytest.fixture
def leaves_nothing_behind(warmed_up: None) -> Iterator[None]:
    """Fail the test if a thread or a descriptor that it started or opened is still there afterwards."""
    threads, descriptors = own_threads(), open_descriptors()

    def leftovers() -> list[str]:
        new_threads = [f"thread {t.name}" for t in own_threads() - threads]
        now = open_descriptors()
        surplus = len(now) - len(descriptors)
        new_fds = (
            [f"descriptor {fd}: {now[fd]}" for fd in now if fd not in descriptors] if surplus > 0 else []
        )
        return new_threads + new_fds

    yield
    deadline = time.monotonic() + 3
    while leftovers() and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    left = leftovers()
    if left:
        pytest.fail("left behind: " + ", ".join(left))


# Contexts and sockets


@pytest.fixture
def make_context() -> Iterator[Callable[..., Any]]:
    """Makes contexts; afterwards each is destroyed in a thread, and one that does not end fails the test."""
    import purezmq

    contexts: list[Any] = []

    def make(*args: Any, **kwargs: Any) -> Any:
        contexts.append(purezmq.Context(*args, **kwargs))
        return contexts[-1]

    yield make
    for context in contexts:
        ending = ThreadResult(context.destroy, (0,))
        ending._thread.join(PATIENCE_S)
        if ending.is_running:
            pytest.fail(f"{context!r} does not terminate")


@pytest.fixture
def context(make_context: Callable[..., Any]) -> Any:
    """A context whose end is supervised."""
    return make_context()


@pytest.fixture
def new_socket(context: Any) -> Iterator[Callable[..., Any]]:
    """``new_socket(type, option=value, ...)``: a socket that waits PATIENCE_S at most; closed after the test."""
    sockets: list[Any] = []

    def make(socket_type: int, *, of: Any = context, **options: Any) -> Any:
        sockets.append(of.socket(socket_type))
        for name, value in {"rcvtimeo": PATIENCE_MS, "sndtimeo": PATIENCE_MS, **options}.items():
            setattr(sockets[-1], name, value)
        return sockets[-1]

    yield make
    for socket in sockets:
        socket.close(linger=0)


# Endpoints


def free_tcp_port() -> int:
    """A port that nobody uses, outside the range from which the system hands out ports by itself."""
    while True:
        port = random.randint(12_000, 31_000)
        with contextlib.closing(os_socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@pytest.fixture
def ipc_directory() -> Iterator[Path]:
    """A directory with a name so short that socket paths stay below the system's limit."""
    directory = Path(tempfile.mkdtemp(prefix="pz", dir="/tmp" if os.path.isdir("/tmp") else None))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def _endpoint(transport: str, ipc_directory: Path, tcp_port: str | int) -> str:
    name = f"{random.getrandbits(32):x}"
    return {
        "tcp": f"tcp://127.0.0.1:{tcp_port}",
        "ipc": f"ipc://{ipc_directory}/{name}",
        "inproc": f"inproc://{name}",
        "tls+tcp": f"tls+tcp://127.0.0.1:{tcp_port}",
        "ws": f"ws://127.0.0.1:{tcp_port}/{name}",
        "wss": f"wss://127.0.0.1:{tcp_port}/{name}",
    }[transport]


@pytest.fixture
def make_endpoint(ipc_directory: Path) -> Callable[[str], str]:
    """``make_endpoint(transport)``: a new bindable endpoint; tcp lets the system choose the port."""
    return lambda transport: _endpoint(transport, ipc_directory, "*")


@pytest.fixture
def make_future_endpoint(ipc_directory: Path) -> Callable[[str], str]:
    """``make_future_endpoint(transport)``: a new endpoint whose full name is known before anyone binds it."""
    return lambda transport: _endpoint(transport, ipc_directory, free_tcp_port())


@pytest.fixture(params=["tcp", "ipc", "inproc"])
def endpoint(request: pytest.FixtureRequest, make_endpoint: Callable[[str], str]) -> str:
    """Runs the test once per transport."""
    return make_endpoint(request.param)


@pytest.fixture(params=["tcp", "ipc", "inproc"])
def future_endpoint(request: pytest.FixtureRequest, make_future_endpoint: Callable[[str], str]) -> str:
    """Runs the test once per transport, with an endpoint that can be connected to before it is bound."""
    return make_future_endpoint(request.param)


@pytest.fixture(params=["tcp", "ipc"])
def wire_endpoint(request: pytest.FixtureRequest, make_endpoint: Callable[[str], str]) -> str:
    """Runs the test once per transport that has connections."""
    return make_endpoint(request.param)


@pytest.fixture(scope="session")
def authority() -> Any:
    """A certificate authority that exists for the tests only."""
    return pytest.importorskip("trustme").CA()


@pytest.fixture(scope="session")
def tls_options(authority: Any) -> dict[str, bytes]:
    """Options with which a socket is a server for 127.0.0.1, and trusts others that have them."""
    own = authority.issue_cert("127.0.0.1", "localhost")
    return {
        "wss_key_pem": own.private_key_pem.bytes(),
        "wss_cert_pem": own.cert_chain_pems[0].bytes(),
        "wss_trust_pem": authority.cert_pem.bytes(),
    }


@pytest.fixture
def link() -> Callable[..., str]:
    """``link(binder, connecter, ..., endpoint)``: bind the first, connect the others; returns the address."""

    def bind_and_connect(binder: Any, *connecters_and_endpoint: Any) -> str:
        *connecters, endpoint = connecters_and_endpoint
        binder.bind(endpoint)
        address = str(binder.LAST_ENDPOINT.decode())
        for connecter in connecters:
            connecter.connect(address)
        return address

    return bind_and_connect


# Child processes


class Child:
    """A child process that talks in lines; its stderr is kept."""

    def __init__(self, command: list[str], env: dict[str, str] | None = None) -> None:
        self._stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, text=True
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"stdout of {self.process.pid}")
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def write_line(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read_line(self, what: str = "a line", timeout_s: float = PATIENCE_S) -> str:
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            pytest.fail(f"child {self.pid} did not say {what} within {timeout_s} s; stderr: {self.stderr()}")
        if line is None:
            pytest.fail(f"child {self.pid} ended instead of saying {what}; stderr: {self.stderr()}")
        return line.rstrip("\n")

    def expect(self, line: str, timeout_s: float = PATIENCE_S) -> None:
        assert self.read_line(repr(line), timeout_s) == line

    def wait(self, timeout_s: float = PATIENCE_S) -> int:
        """The exit code."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            pytest.fail(f"child {self.pid} still runs after {timeout_s} s; stderr: {self.stderr()}")

    def stderr(self) -> str:
        # Not seek and read: the child writes at the same file position.
        return os.pread(self._stderr.fileno(), 1 << 20, 0).decode(errors="replace")

    def kill(self) -> None:
        """End the process at once, without any goodbye, and forget it."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout, self._stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


@pytest.fixture(scope="session")
def run_process() -> type[Child]:
    """``run_process(command)`` starts a child process; whoever calls it also kills it."""
    return Child


def environment_with_purezmq() -> dict[str, str]:
    """The environment for a child that imports the same purezmq as this process, wherever it came from."""
    import purezmq

    assert purezmq.__file__ is not None
    return {**os.environ, "PYTHONPATH": str(Path(purezmq.__file__).parents[1])}


@pytest.fixture(scope="session")
def run_purezmq(run_process: type[Child]) -> Callable[[list[str]], Child]:
    """Like ``run_process``, for programs that import purezmq."""
    return lambda command: run_process(command, environment_with_purezmq())


@pytest.fixture
def start_python() -> Iterator[Callable[..., Child]]:
    """``start_python(source, *args)`` runs a program in a child process, where purezmq is imported as ``zmq``."""
    children: list[Child] = []

    def start(source: str | Path, *args: object) -> Child:
        if isinstance(source, Path):
            program = [str(source)]
        else:
            program = ["-c", "import sys\nimport purezmq as zmq\n" + textwrap.dedent(source)]
        command = [sys.executable, *program, *map(str, args)]
        children.append(Child(command, environment_with_purezmq()))
        return children[-1]

    yield start
    for child in children:
        child.kill()
