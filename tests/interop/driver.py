"""The near end of peer.py: sockets of a libzmq process that are used like local ones."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import purezmq as zmq

from .peer import decode, encode

COMMAND = [sys.executable, "-I", str(Path(__file__).with_name("peer.py"))]
PATIENCE_MS = 10_000


class Pending:
    """A call that the peer is busy with."""

    def __init__(self, peer: LibzmqPeer, what: str) -> None:
        self._peer = peer
        self._what = what

    def result(self, timeout_s: float = 20) -> Any:
        answer = json.loads(self._peer._child.read_line(f"the result of {self._what}", timeout_s))
        if "errno" in answer:
            raise zmq.Again() if answer["errno"] == zmq.EAGAIN else zmq.ZMQError(answer["errno"])
        assert "error" not in answer, f"{self._what}: {answer['error']}"
        return decode(answer["value"])


class LibzmqPeer:
    """A process with real libzmq. It does one call at a time; ``start`` does not wait for the result."""

    def __init__(self, child: Any) -> None:  # a process that runs COMMAND
        self._child = child
        self.version = Pending(self, "start").result()

    def start(self, method: str, *args: Any) -> Pending:
        self._child.write_line(json.dumps(encode([method, *args])))
        return Pending(self, f"{method}{args!r:.80}")

    def call(self, method: str, *args: Any) -> Any:
        return self.start(method, *args).result()

    def socket(self, socket_type: int, **options: Any) -> LibzmqSocket:
        socket = LibzmqSocket(self, self.call("socket", socket_type), socket_type)
        for name, value in {"RCVTIMEO": PATIENCE_MS, "SNDTIMEO": PATIENCE_MS, **options}.items():
            socket.set(getattr(zmq, name.upper()), value)
        return socket

    def reset(self) -> None:
        self.call("reset")

    def freeze(self) -> None:
        """Stop the process without closing anything, as a broken network would."""
        os.kill(self._child.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._child.pid, signal.SIGCONT)

    def kill(self) -> None:
        self._child.kill()


class LibzmqSocket:
    """A socket in the libzmq process: every method of pyzmq's Socket, called over there."""

    def __init__(self, peer: LibzmqPeer, handle: int, socket_type: int) -> None:
        self._peer = peer
        self._handle = handle
        self.type = socket_type

    def __getattr__(self, method: str) -> Any:
        if method.startswith("_"):
            raise AttributeError(method)
        return lambda *args: self._peer.call("call", self._handle, method, *args)

    @property
    def LAST_ENDPOINT(self) -> bytes:
        endpoint: bytes = self.get(zmq.LAST_ENDPOINT)
        return endpoint

    def start(self, method: str, *args: Any) -> Pending:
        """A method of the socket, without waiting for its result."""
        return self._peer.start("call", self._handle, method, *args)

    def start_sending_numbers(self, count: int) -> Pending:
        return self._peer.start("send_numbers", self._handle, count)

    def start_receiving_numbers(self, count: int) -> Pending:
        return self._peer.start("recv_numbers", self._handle, count)
