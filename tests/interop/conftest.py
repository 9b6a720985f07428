"""A libzmq process for the tests, and the rule that they leave nothing behind."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .driver import COMMAND, LibzmqPeer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.interop)


@pytest.fixture(scope="session")
def _libzmq_process(run_process: Callable[..., Any]) -> Iterator[LibzmqPeer]:
    if importlib.util.find_spec("zmq") is None:
        pytest.skip("pyzmq is not installed, so there is no libzmq to talk to")
    peer = LibzmqPeer(run_process(COMMAND))
    yield peer
    peer.kill()


@pytest.fixture(autouse=True)
def _clean(_libzmq_process: LibzmqPeer, leaves_nothing_behind: None) -> None:
    """The shared process is started before the first look at what is open."""


@pytest.fixture
def libzmq(_libzmq_process: LibzmqPeer) -> Iterator[LibzmqPeer]:
    """A libzmq process that several tests share, one after the other."""
    yield _libzmq_process
    _libzmq_process.reset()


@pytest.fixture
def start_libzmq(run_process: Callable[..., Any]) -> Iterator[Callable[[], LibzmqPeer]]:
    """Starts libzmq processes that the test may kill."""
    peers: list[LibzmqPeer] = []

    def start() -> LibzmqPeer:
        peers.append(LibzmqPeer(run_process(COMMAND)))
        return peers[-1]

    yield start
    for peer in peers:
        with contextlib.suppress(ProcessLookupError):
            peer.kill()


@pytest.fixture
def watch() -> Iterator[Callable[[Any, int], Any]]:
    """``watch(socket, events)``: the monitor of one of our sockets, ended after the test."""
    watched: list[tuple[Any, Any]] = []

    def start(socket: Any, events: int) -> Any:
        watched.append((socket, socket.get_monitor_socket(events)))
        return watched[-1][1]

    yield start
    for socket, monitor in watched:
        if not socket.closed:
            socket.disable_monitor()
        monitor.close()
