"""Every test here must leave nothing behind. Helpers that find the real descriptors behind a socket."""

from __future__ import annotations

import os
import socket as os_socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import purezmq as zmq
from purezmq.utils.monitor import recv_monitor_message


@pytest.fixture(autouse=True)
def _clean(leaves_nothing_behind: None) -> None:
    pass


class Watched:
    """A socket's monitor, read until the wanted event."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.monitor = socket.get_monitor_socket()
        self.monitor.rcvtimeo = 10_000
        self.seen: list[int] = []

    def wait_for(self, event: int) -> int:
        """The value of the next such event."""
        while True:
            message = recv_monitor_message(self.monitor)
            self.seen.append(int(message["event"]))
            if message["event"] == event:
                return int(message["value"])

    def descriptor(self, event: int) -> os_socket.socket:
        """A copy of the descriptor that the event tells of."""
        return os_socket.socket(fileno=os.dup(self.wait_for(event)))


@pytest.fixture
def watch() -> Iterator[Callable[[Any], Watched]]:
    """``watch(socket)``: its monitor, ended after the test."""
    watched: list[Watched] = []

    def start(socket: Any) -> Watched:
        watched.append(Watched(socket))
        return watched[-1]

    yield start
    for each in watched:
        if not each.socket.closed:
            each.socket.disable_monitor()
        each.monitor.close()


@pytest.fixture
def descriptors(new_socket: Any, watch: Any) -> Iterator[Callable[..., dict[str, os_socket.socket]]]:
    """``descriptors(endpoint, option=value)``: copies of what the kernel has: "listening", "accepted", "connected"."""
    copies: list[os_socket.socket] = []

    def make(endpoint: str, **options: Any) -> dict[str, os_socket.socket]:
        pull, push = new_socket(zmq.PULL, **options), new_socket(zmq.PUSH, **options)
        pull_events, push_events = watch(pull), watch(push)
        pull.bind(endpoint)
        push.connect(pull.LAST_ENDPOINT.decode())
        found = {
            "listening": pull_events.descriptor(zmq.EVENT_LISTENING),
            "accepted": pull_events.descriptor(zmq.EVENT_ACCEPTED),
            "connected": push_events.descriptor(zmq.EVENT_CONNECTED),
        }
        copies.extend(found.values())
        push.send(b"x")
        assert pull.recv() == b"x"
        return found

    yield make
    for copy in copies:
        copy.close()
