"""libzmq without Python in its loops: benchmarks/native/libzmq_driver.c, built when it is first needed.

It shows what a C program gets from libzmq, and so what a Python library can be measured by besides pyzmq. The
system's libzmq and its header serve (Debian: libzmq3-dev); pyzmq brings its own, which may be another version.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.errors import RunFailed, Unsupported
from benchmarks.libraries.library import Library, free_endpoint
from benchmarks.meter import usage
from benchmarks.payload import END, plain
from benchmarks.settings import Settings
from benchmarks.window import Window, send_chunk

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "benchmarks" / "native" / "libzmq_driver.c"
BUILD = ROOT / "build" / "benchmarks"
COMPILE_TIMEOUT_S = 60
SCENARIOS = ("throughput", "batch", "roundtrip", "busy_roundtrip")

# A chunk is one call out of Python, so it should be long beside that call; 16 times 256 small messages take
# libzmq about half a millisecond.
CHUNK_FACTOR = 16
LARGEST_CONTROL = 1024  # bytes; END and the verified messages of small sizes
TRIPS_PER_S = 500_000  # more round trips per second are counted, but not timed one by one

_KINDS = {"REQ": 3, "REP": 4, "PULL": 7, "PUSH": 8}
_LAST_ENDPOINT, _LINGER = 32, 17


class NativeSocket:
    """A libzmq socket, with what the verified pass and the ends of a run need; the windows run in C."""

    def __init__(self, driver: ctypes.CDLL, pointer: int) -> None:
        self.driver = driver
        self.pointer = pointer
        self._buffer = ctypes.create_string_buffer(LARGEST_CONTROL)

    def expect(self, size: int) -> None:
        """Make room for messages of `size` bytes."""
        self._buffer = ctypes.create_string_buffer(max(size, LARGEST_CONTROL))

    def send(self, message: bytes) -> None:
        self.check(self.driver.bench_send(self.pointer, message, len(message), 1))

    def recv(self) -> bytes:
        size = self.check(self.driver.zmq_recv(self.pointer, self._buffer, len(self._buffer), 0))
        if size > len(self._buffer):
            raise RunFailed(f"a message of {size} bytes came where {len(self._buffer)} are the most")
        return self._buffer.raw[:size]

    def check(self, result: int) -> int:
        """Return `result`, unless it says that libzmq refused."""
        if result < 0:
            problem = self.driver.zmq_strerror(self.driver.zmq_errno()).decode()
            raise RunFailed(f"libzmq: {problem}")
        return result


class Libzmq(Library):
    def __init__(self) -> None:
        super().__init__("libzmq", "")
        self._driver: ctypes.CDLL | None = None

    def can_do(self, scenario: str, case: dict[str, Any]) -> bool:
        return scenario in SCENARIOS

    @property
    def zmq(self) -> Any:
        raise Unsupported("libzmq's driver has no Python module")

    def describe(self) -> str:
        numbers = [ctypes.c_int() for _ in range(3)]
        self.driver().zmq_version(*(ctypes.byref(number) for number in numbers))
        version = ".".join(str(number.value) for number in numbers)
        return f"{version}, called from C (benchmarks/native)"

    def driver(self) -> ctypes.CDLL:
        """Return the driver, built if need be."""
        with self._lock:
            if self._driver is None:
                self._driver = _load(build())
            return self._driver

    def socket(self, kind: str) -> NativeSocket:
        driver = self.driver()
        with self._lock:
            if self._context is None:
                self._context = driver.zmq_ctx_new()
            pointer = driver.zmq_socket(self._context, _KINDS[kind])
        if not pointer:
            raise RunFailed(f"libzmq makes no {kind} socket")
        return NativeSocket(driver, pointer)

    def bind(self, socket: NativeSocket, transport: str, directory: str, size: int = 0) -> str:
        socket.expect(size)
        socket.check(socket.driver.zmq_bind(socket.pointer, free_endpoint(transport, directory).encode()))
        text = ctypes.create_string_buffer(LARGEST_CONTROL)
        length = ctypes.c_size_t(len(text))
        socket.check(socket.driver.zmq_getsockopt(socket.pointer, _LAST_ENDPOINT, text, ctypes.byref(length)))
        return text.value.decode()

    def connect(self, socket: NativeSocket, endpoint: str, size: int = 0) -> None:
        socket.expect(size)
        socket.check(socket.driver.zmq_connect(socket.pointer, endpoint.encode()))

    def close(self, *sockets: NativeSocket) -> None:
        linger = ctypes.c_int(0)
        for socket in sockets:
            socket.driver.zmq_setsockopt(socket.pointer, _LINGER, ctypes.byref(linger), ctypes.sizeof(linger))
            socket.driver.zmq_close(socket.pointer)

    def receiving(self, socket: NativeSocket) -> Callable[[int], int]:
        receive, pointer, check = socket.driver.bench_receive, socket.pointer, socket.check
        return lambda count: check(receive(pointer, count))

    def sending(self, socket: NativeSocket, size: int, payload_mode: str) -> Callable[[], int]:
        """ "reused" sends memory as it comes, as libzmq's own tool does; "fresh" fills each message."""
        content = plain(size) if payload_mode == "fresh" else None
        count = send_chunk(size) * (CHUNK_FACTOR if size <= LARGEST_CONTROL else 1)
        send, pointer, check = socket.driver.bench_send, socket.pointer, socket.check
        return lambda: check(send(pointer, content, size, count))

    def echoing(self, socket: NativeSocket) -> int:
        return socket.check(socket.driver.bench_echo(socket.pointer, END, len(END))) - 1

    def round_trips(
        self, socket: NativeSocket, message: bytes, settings: Settings
    ) -> tuple[array[int], Window]:
        def run(seconds: float, samples: Any, room: int) -> int:
            return socket.check(
                socket.driver.bench_round_trips(
                    socket.pointer, message, len(message), int(seconds * 1e9), samples, room
                )
            )

        run(settings.warmup_s, None, 0)
        room = int(settings.window_s * TRIPS_PER_S) + 1
        samples = (ctypes.c_int64 * room)()
        began = usage()
        count = run(settings.window_s, samples, room)
        window = Window(count, usage() - began)
        return array("q", samples[: min(count, room)]), window

    def why_unsupported(self, error: BaseException) -> str | None:
        return None


def build() -> Path:
    """Return the compiled driver of this source, after compiling it if there is none. Raises Unsupported."""
    source = SOURCE.read_bytes()
    target = BUILD / f"libzmq_driver-{hashlib.sha256(source).hexdigest()[:12]}.so"
    if target.exists():
        return target
    named = os.environ.get("CC")
    compiler = next(filter(None, map(shutil.which, [named] if named else ["cc", "gcc", "clang"])), None)
    if compiler is None:
        raise Unsupported("no C compiler was found (CC, cc, gcc, clang)")
    BUILD.mkdir(parents=True, exist_ok=True)
    unfinished = BUILD / f"{target.name}.{os.getpid()}"
    command = [compiler, "-O2", "-std=gnu99", "-shared", "-fPIC", "-o", str(unfinished), str(SOURCE), "-lzmq"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise Unsupported(f"{compiler} took more than {COMPILE_TIMEOUT_S} s") from None
    if done.returncode:
        raise Unsupported(_why_not_compiled(done.stderr))
    unfinished.replace(target)  # several processes may build at the same time
    return target


def _why_not_compiled(complaint: str) -> str:
    if "zmq.h" in complaint or "-lzmq" in complaint:
        return "libzmq's header and library are not installed (Debian: libzmq3-dev)"
    lines = complaint.strip().splitlines()
    return f"the driver does not compile: {lines[-1] if lines else 'no reason given'}"


def _load(path: Path) -> ctypes.CDLL:
    pointer, size, count = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64
    driver = ctypes.CDLL(str(path))
    for name, result, arguments in (
        ("bench_receive", count, [pointer, count]),
        ("bench_send", count, [pointer, ctypes.c_char_p, size, count]),
        ("bench_echo", count, [pointer, ctypes.c_char_p, size]),
        ("bench_round_trips", count, [pointer, ctypes.c_char_p, size, count, pointer, count]),
        ("zmq_ctx_new", pointer, []),
        ("zmq_socket", pointer, [pointer, ctypes.c_int]),
        ("zmq_bind", ctypes.c_int, [pointer, ctypes.c_char_p]),
        ("zmq_connect", ctypes.c_int, [pointer, ctypes.c_char_p]),
        ("zmq_close", ctypes.c_int, [pointer]),
        ("zmq_recv", ctypes.c_int, [pointer, pointer, size, ctypes.c_int]),
        ("zmq_getsockopt", ctypes.c_int, [pointer, ctypes.c_int, pointer, pointer]),
        ("zmq_setsockopt", ctypes.c_int, [pointer, ctypes.c_int, pointer, size]),
        ("zmq_errno", ctypes.c_int, []),
        ("zmq_strerror", ctypes.c_char_p, [ctypes.c_int]),
    ):
        function = getattr(driver, name)
        function.restype, function.argtypes = result, arguments
    return driver


LIBZMQ = Libzmq()
