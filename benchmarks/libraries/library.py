"""What a scenario needs of a library, for every library that has pyzmq's API."""

from __future__ import annotations

import errno
import importlib
import os
import threading
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.errors import Unsupported
from benchmarks.payload import END
from benchmarks.settings import Settings
from benchmarks.window import Window, receiver_of, round_trips, sender_of


class Library:
    """Makes sockets with the library's defaults. Subclasses say only where theirs differs from pyzmq."""

    environment_changes: dict[str, str] = {}
    leaves_out: tuple[str, ...] = ()  # scenarios that measure what only another library has
    is_in_our_hands = True  # a failed run of it means a mistake of purezmq or of the benchmarks

    def __init__(self, name: str, import_name: str) -> None:
        self.name = name
        self.import_name = import_name
        self._lock = threading.Lock()
        self._context: Any = None
        self._asyncio_context: Any = None

    # Only used by the parent process, which never imports a library: it asks a fresh interpreter.

    def environment(self) -> dict[str, str]:
        """Return the environment of this library's processes."""
        return {**os.environ, **self.environment_changes}

    def can_do(self, scenario: str, case: dict[str, Any]) -> bool:
        """Return whether it is worth starting a run; what a library lacks may also show in the run."""
        return scenario not in self.leaves_out

    # Used by the processes of a run.

    @property
    def zmq(self) -> Any:
        """The module."""
        return importlib.import_module(self.import_name)

    def describe(self) -> str:
        """Return version and build, after making sure that the library is more than an empty package."""
        self.zmq.Context  # noqa: B018
        return str(self.zmq.__version__)

    def socket(self, kind: str) -> Any:
        """Return a new socket of the process's one context; `kind` is "PUSH" and the like."""
        with self._lock:  # The threads of an inproc run must not end up with a context each.
            if self._context is None:
                self._context = self.zmq.Context()
        return self._context.socket(getattr(self.zmq, kind))

    def asyncio_socket(self, kind: str) -> Any:
        """Return a new asyncio socket; raises Unsupported if the library has none."""
        try:
            module = importlib.import_module(f"{self.import_name}.asyncio")
        except ModuleNotFoundError as error:
            if error.name != f"{self.import_name}.asyncio":
                raise  # It has one, and that is broken.
            raise Unsupported(f"no asyncio: {error}") from error
        with self._lock:
            if self._asyncio_context is None:
                self._asyncio_context = module.Context()
        return self._asyncio_context.socket(getattr(self.zmq, kind))

    def bind(self, socket: Any, transport: str, directory: str, size: int = 0) -> str:
        """Bind to a free endpoint and return it. Only the reference needs to know the message `size`."""
        socket.bind(free_endpoint(transport, directory))
        endpoint = socket.get(self.zmq.LAST_ENDPOINT)
        return endpoint.decode().rstrip("\0") if isinstance(endpoint, bytes) else str(endpoint)

    def connect(self, socket: Any, endpoint: str, size: int = 0) -> None:
        """Connect to what bind() returned."""
        socket.connect(endpoint)

    def subscribe(self, socket: Any, prefix: bytes) -> None:
        socket.set(self.zmq.SUBSCRIBE, prefix)

    def unsubscribe(self, socket: Any, prefix: bytes) -> None:
        socket.set(self.zmq.UNSUBSCRIBE, prefix)

    def lift_send_limit(self, socket: Any) -> None:
        """Let the socket queue any number of messages for a slow peer."""
        socket.set(self.zmq.SNDHWM, 0)

    def close(self, *sockets: Any) -> None:
        """Close sockets whose messages have all arrived."""
        for socket in sockets:
            socket.close(0)

    # The loops of the windows. A driver in another language has its own; everybody else sends and receives.

    def receiving(self, socket: Any) -> Callable[[int], int]:
        """Return a function that receives so many messages."""
        return receiver_of(socket.recv)

    def sending(self, socket: Any, size: int, payload_mode: str) -> Callable[[], int]:
        """Return a function that sends one chunk and returns how many messages that was."""
        return sender_of(socket.send, size, payload_mode)

    def echoing(self, socket: Any) -> int:
        """Send everything back, up to END; returns how many messages came before it."""
        recv, send = socket.recv, socket.send
        trips = -1
        message = None
        while message != END:
            message = recv()
            send(message)
            trips += 1
        return trips

    def round_trips(self, socket: Any, message: bytes, settings: Settings) -> tuple[array[int], Window]:
        """Make round trips for warm-up and window; returns how many nanoseconds each of the window took."""
        recv, send = socket.recv, socket.send

        def trip() -> None:
            send(message)
            recv()

        return round_trips(trip, settings)

    def why_unsupported(self, error: BaseException) -> str | None:
        """Return a reason if `error` means that the library lacks something, None if it is a failure."""
        if isinstance(error, NotImplementedError):
            return f"not implemented: {error}"
        if type(error).__name__ == "ZMQError" and getattr(error, "errno", None) in self._lacking():
            return f"not supported: {error}"
        return None

    def _lacking(self) -> tuple[int, ...]:
        numbers = (getattr(self.zmq, name, None) for name in ("ENOTSUP", "EPROTONOSUPPORT", "ENOCOMPATPROTO"))
        # EPERM: the kernel keeps an option for those with a right that this process does not have.
        return (errno.EPERM, *(number for number in numbers if number is not None))


def free_endpoint(transport: str, directory: str) -> str:
    """Return an endpoint to bind to; `directory` belongs to this run alone."""
    if transport == "tcp":
        return "tcp://127.0.0.1:0"
    if transport == "ipc":
        return f"ipc://{Path(directory) / f's{next(_numbers)}-{os.getpid()}'}"
    return f"inproc://benchmark-{next(_numbers)}"


_numbers = iter(range(1 << 30))
