"""The other peer: real pyzmq in a process of its own, driven over stdin and stdout, one line of JSON per call.

Run with ``python -I`` so that no PYTHONPATH can put another zmq in pyzmq's place. See driver.py for the other end.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

_PATTERN = bytes(range(251))


def bulk(size: int) -> bytes:
    """Bytes that both ends can make, so that large messages need not travel through the pipe as text."""
    return (_PATTERN * (size // len(_PATTERN) + 1))[:size]


def encode(value: Any) -> Any:
    """A value as JSON can carry it."""
    if isinstance(value, (bytes, bytearray)):
        if len(value) > 1000 and value == bulk(len(value)):
            return {"bulk": len(value)}
        return {"hex": value.hex()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return int(value)


def decode(value: Any) -> Any:
    if isinstance(value, dict):
        return bulk(value["bulk"]) if "bulk" in value else bytes.fromhex(value["hex"])
    if isinstance(value, list):
        return [decode(item) for item in value]
    return value


class Peer:
    """What the driver can ask for: every method is a call."""

    def __init__(self, zmq: Any) -> None:
        self._zmq = zmq
        self.error: type[Any] = zmq.ZMQError
        self._context = zmq.Context()
        self._sockets: list[Any] = []
        self._proxies: list[threading.Thread] = []

    def reset(self) -> None:
        """Forget all sockets; the next test starts afresh."""
        for socket in self._sockets:
            if socket is not None:
                socket.close(linger=0)
        self._context.term()
        for thread in self._proxies:
            thread.join(5)
        self.__init__(self._zmq)  # type: ignore[misc]

    def socket(self, socket_type: int) -> int:
        self._sockets.append(self._context.socket(socket_type))
        return len(self._sockets) - 1

    def call(self, handle: int, method: str, *args: Any) -> Any:
        result = getattr(self._sockets[handle], method)(*args)
        return None if method in ("bind", "connect") else result

    def send_numbers(self, handle: int, count: int) -> None:
        for number in range(count):
            self._sockets[handle].send(b"%d" % number)

    def recv_numbers(self, handle: int, count: int) -> int:
        """How many numbers arrived in order before the first that did not."""
        for number in range(count):
            if self._sockets[handle].recv() != b"%d" % number:
                return number
        return count

    def start_proxy(self, frontend: int, backend: int) -> None:
        """From now on the two sockets belong to a proxy, until reset()."""
        sockets = [self._sockets[frontend], self._sockets[backend]]
        self._sockets[frontend] = self._sockets[backend] = None

        def run() -> None:
            try:
                self._zmq.proxy(*sockets)
            except self._zmq.ContextTerminated:
                for socket in sockets:
                    socket.close(linger=0)

        self._proxies.append(threading.Thread(target=run, daemon=True))
        self._proxies[-1].start()


def main() -> None:
    import zmq
    import zmq.backend.cython._zmq as compiled

    assert not compiled.__file__.endswith(".py"), "this is not the real pyzmq"
    assert "purezmq" not in sys.modules
    print(json.dumps({"value": zmq.zmq_version()}), flush=True)
    serve(Peer(zmq))


def serve(peer: Peer) -> None:
    """Make the calls that come on stdin, until it ends."""
    for line in sys.stdin:
        method, *args = decode(json.loads(line))
        try:
            answer = {"value": encode(getattr(peer, method)(*args))}
        except peer.error as error:
            answer = {"errno": error.errno}
        except Exception as error:
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
