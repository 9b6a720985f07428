"""One multicast peer in a child process: reads a JSON request per line, answers each with a JSON line.

    python tests/multicast/peer.py purezmq|libzmq

Messages are lists of parts, each part in hexadecimal.
"""

from __future__ import annotations

import errno
import json
import sys
import time
from typing import Any


class PureSocket:
    """purezmq with the interface of ``libzmq.Socket``."""

    def __init__(self, context: PureContext, kind: str) -> None:
        self._zmq = context.zmq
        self.socket = context.context.socket(getattr(self._zmq, kind))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.socket, name)

    def set(self, name: str, value: int | bytes) -> None:
        self.socket.setsockopt(getattr(self._zmq, name), value)


class PureContext:
    """purezmq with the interface of ``libzmq.Context``."""

    def __init__(self) -> None:
        import purezmq

        self.zmq = purezmq
        self.context = purezmq.Context()

    def socket(self, kind: str) -> PureSocket:
        return PureSocket(self, kind)

    def term(self) -> None:
        self.context.term()


class Peer:
    """The requests, by name."""

    def __init__(self, library: str) -> None:
        if library == "libzmq":
            import libzmq  # the module beside this program

            self.context: Any = libzmq.Context()
        else:
            self.context = PureContext()
        self.sockets: dict[str, Any] = {}

    def ping(self) -> None:
        """Nothing but an answer."""

    def reset(self) -> None:
        """Close everything."""
        for name in list(self.sockets):
            self.close(name, 0)

    def open(self, name: str, kind: str, endpoint: str, options: dict[str, Any], bind: bool = False) -> None:
        socket = self.sockets[name] = self.context.socket(kind)
        if kind in ("SUB", "XSUB"):
            socket.set("RCVTIMEO", 10_000)
        if kind == "SUB":
            socket.set("SUBSCRIBE", b"")
        for option, value in options.items():
            socket.set(option, value)
        (socket.bind if bind else socket.connect)(endpoint)

    def send(self, name: str, messages: list[list[str]]) -> None:
        for message in messages:
            self.sockets[name].send_multipart([bytes.fromhex(part) for part in message])

    def recv(self, name: str, count: int, timeout_ms: int) -> list[list[str]]:
        socket = self.sockets[name]
        socket.set("RCVTIMEO", timeout_ms)
        found = []
        for _ in range(count):
            try:
                found.append([part.hex() for part in socket.recv_multipart()])
            except Exception as error:
                if getattr(error, "errno", None) != errno.EAGAIN:
                    raise
                break
        return found

    def send_numbers(self, name: str, count: int, size: int, pause_s: float) -> float:
        """Send numbered messages of a size; returns how long it took."""
        socket = self.sockets[name]
        began = time.monotonic()
        for number in range(count):
            socket.send_multipart([number.to_bytes(8, "big") + bytes(size - 8)])
            if pause_s:
                time.sleep(pause_s)
        return time.monotonic() - began

    def recv_numbers(self, name: str, count: int, timeout_ms: int) -> dict[str, Any]:
        """Receive numbered messages: the numbers that are missing, how many were out of order, and the time."""
        socket = self.sockets[name]
        socket.set("RCVTIMEO", timeout_ms)
        numbers: list[int] = []
        began = ended = 0.0
        size = 0
        for _ in range(count):
            try:
                body = socket.recv_multipart()[0]
            except Exception as error:
                if getattr(error, "errno", None) != errno.EAGAIN:
                    raise
                break
            ended = time.monotonic()
            began = began or ended
            numbers.append(int.from_bytes(body[:8], "big"))
            size += len(body)
        missing = sorted(set(range(count)) - set(numbers))
        return {
            "received": len(numbers),
            "missing": missing[:20],
            "in_order": numbers == sorted(set(numbers)),
            "seconds": ended - began,
            "bytes": size,
        }

    def stats(self, name: str) -> dict[str, Any]:
        return dict(self.sockets[name].stats())

    def close(self, name: str, linger_ms: int) -> None:
        socket = self.sockets.pop(name)
        socket.set("LINGER", linger_ms)
        socket.close()


def main() -> None:
    peer = Peer(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": getattr(peer, request.pop("do"))(**request)}
        except Exception as error:
            answer = {"errno": getattr(error, "errno", 0), "error": str(error)}
        # OpenPGM writes warnings to stdout: answers begin with a mark of their own.
        print("\n@" + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
