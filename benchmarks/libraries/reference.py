"""What the operating system and Python offer without ZeroMQ: the floor under a round trip.

Blocking TCP or Unix sockets that exchange messages of a known, fixed length, and ``queue.SimpleQueue`` for
inproc.
"""

from __future__ import annotations

import platform
import queue
import socket as os_socket
from pathlib import Path
from typing import Any

from benchmarks.errors import Unsupported
from benchmarks.libraries.library import Library
from benchmarks.payload import END


class StreamSocket:
    """Sends and receives messages of `size` bytes over a stream; END closes its direction."""

    def __init__(self) -> None:
        self.stream: os_socket.socket | None = None
        self.listener: os_socket.socket | None = None
        self.size = 0

    def accepted(self) -> os_socket.socket:
        """Return the stream; the bound side accepts its one peer when it first needs it."""
        if self.stream is None:
            assert self.listener is not None
            self.stream, _ = self.listener.accept()
            _disable_nagle(self.stream)
        return self.stream

    def send(self, message: bytes) -> None:
        if message is END:
            self.accepted().shutdown(os_socket.SHUT_WR)
        else:
            self.accepted().sendall(message)

    def recv(self) -> bytes:
        stream, size = self.accepted(), self.size
        data = stream.recv(size)
        while 0 < len(data) < size:
            more = stream.recv(size - len(data))
            if not more:
                break
            data += more
        return data or END

    def close(self, linger: int | None = None) -> None:
        for part in (self.stream, self.listener):
            if part is not None:
                part.close()


class QueueSocket:
    """Two SimpleQueues; the connecting side sees them swapped."""

    def __init__(self) -> None:
        self.attach(queue.SimpleQueue(), queue.SimpleQueue())

    def attach(self, incoming: queue.SimpleQueue[bytes], outgoing: queue.SimpleQueue[bytes]) -> None:
        self.incoming, self.outgoing = incoming, outgoing
        self.recv, self.send = incoming.get, outgoing.put

    def close(self, linger: int | None = None) -> None:
        pass


class LazySocket:
    """Becomes a StreamSocket or a QueueSocket when it is bound or connected."""

    def __init__(self) -> None:
        self.real: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class Reference(Library):
    stream_class: type[StreamSocket] = StreamSocket

    def can_do(self, scenario: str, case: dict[str, Any]) -> bool:
        if scenario == "roundtrip":
            return True
        return scenario == "throughput" and case["transport"] == "inproc"

    @property
    def zmq(self) -> Any:
        raise Unsupported("the reference has no ZeroMQ")

    def describe(self) -> str:
        return f"{platform.python_implementation()} {platform.python_version()}: sockets, queue.SimpleQueue"

    def socket(self, kind: str) -> Any:
        return LazySocket()

    def bind(self, socket: LazySocket, transport: str, directory: str, size: int = 0) -> str:
        if transport == "inproc":
            socket.real = QueueSocket()
            _bound_queues.append(socket.real)
            return f"inproc://{len(_bound_queues) - 1}"
        socket.real = self.stream_class()
        socket.real.size = size
        if transport == "tcp":
            listener = socket.real.listener = os_socket.create_server(("127.0.0.1", 0))
            return f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        listener = socket.real.listener = os_socket.socket(os_socket.AF_UNIX)
        path = str(Path(directory) / "reference")
        listener.bind(path)
        listener.listen()
        return f"ipc://{path}"

    def connect(self, socket: LazySocket, endpoint: str, size: int = 0) -> None:
        transport, address = endpoint.split("://")
        if transport == "inproc":
            bound = _bound_queues[int(address)]
            socket.real = QueueSocket()
            socket.real.attach(bound.outgoing, bound.incoming)
            return
        socket.real = self.stream_class()
        socket.real.size = size
        if transport == "tcp":
            host, port = address.split(":")
            socket.real.stream = os_socket.create_connection((host, int(port)))
            _disable_nagle(socket.real.stream)
        else:
            socket.real.stream = os_socket.socket(os_socket.AF_UNIX)
            socket.real.stream.connect(address)

    def why_unsupported(self, error: BaseException) -> str | None:
        return None


def _disable_nagle(stream: os_socket.socket) -> None:
    # As every ZeroMQ library does.
    if stream.family == os_socket.AF_INET:
        stream.setsockopt(os_socket.IPPROTO_TCP, os_socket.TCP_NODELAY, 1)


_bound_queues: list[QueueSocket] = []

REFERENCE = Reference("reference", "")
