"""The line between the demo and its processes: small notices, each a word and some facts.

The demo holds the desk, a ROUTER; every process has one line to it, a DEALER whose routing id is the
process's name. The messages that are being counted never come this way.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import purezmq as zmq

Facts = dict[str, Any]


class Notice(NamedTuple):
    """Something that a process has said."""

    name: str
    word: str
    facts: Facts


class Desk:
    """The demo's end of all lines."""

    def __init__(self) -> None:
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        # A notice to a process that is gone must be an error. By default ROUTER drops what it cannot deliver.
        self._socket.router_mandatory = 1
        self._socket.linger = 0
        self._socket.bind("tcp://127.0.0.1:*")
        self.endpoint: str = self._socket.get_string(zmq.LAST_ENDPOINT)

    def tell(self, name: str, word: str, /, **facts: Any) -> None:
        self._socket.send_multipart([name.encode(), word.encode(), json.dumps(facts).encode()])

    def hear(self, timeout_s: float) -> Notice | None:
        """The next notice from anybody; None if there is none in time."""
        if not self._socket.poll(round(timeout_s * 1000)):
            return None
        name, word, facts = self._socket.recv_multipart()
        return Notice(name.decode(), word.decode(), json.loads(facts))

    def close(self) -> None:
        self._context.destroy()


class Line:
    """A process's end of its line."""

    def __init__(self, name: str, endpoint: str) -> None:
        self._context = zmq.Context()
        self.socket = self._context.socket(zmq.DEALER)  # public: to be registered in a Poller
        self.socket.routing_id = name.encode()
        self.socket.connect(endpoint)

    def say(self, word: str, /, **facts: Any) -> None:
        self.socket.send_multipart([word.encode(), json.dumps(facts).encode()])

    def hear(self) -> tuple[str, Facts]:
        """Wait for the next notice from the desk."""
        word, facts = self.socket.recv_multipart()
        return word.decode(), json.loads(facts)

    def close(self) -> None:
        """Returns when the last word has left, or after a second without a desk to hear it."""
        self._context.destroy(linger=1000)
