"""A server under attack, and the proof that it goes on serving."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import purezmq as zmq

MEBIBYTE = 1 << 20
SCRIPT = Path(__file__).with_name("server.py")
# What a well-behaved peer of each server socket is.
GOOD_PEERS = {
    "ROUTER": zmq.DEALER,
    "REP": zmq.REQ,
    "DEALER": zmq.DEALER,
    "PULL": zmq.PUSH,
    "SUB": zmq.PUB,
    "XSUB": zmq.PUB,
    "XPUB": zmq.SUB,
    "PUB": zmq.SUB,
    "PUSH": zmq.PULL,
}
KINDS = list(GOOD_PEERS)
# libzmq's REP loses a reply after a malformed request whose sender is gone.
UNDER_ATTACK = [pytest.param(kind, marks=pytest.mark.purezmq_only if kind == "REP" else ()) for kind in KINDS]


class Server:
    """server.py in a child process."""

    def __init__(self, child: Any) -> None:
        self._child = child
        self.endpoints: dict[str, str] = json.loads(child.read_line("its endpoints"))
        self._received: list[str] = []

    def status(self) -> dict[str, int]:
        self._child.write_line("status")
        while "descriptors" not in (line := self._read()):
            self._received.append(line["received"])
        return line

    def _read(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(self._child.read_line("its status or a message"))
        return line

    def wait_for(self, message: str) -> None:
        while message not in self._received:
            self._received.append(self._read()["received"])
        self._received.clear()

    def heard_yet(self, message: str) -> bool:
        self.status()
        return message in self._received

    def stderr(self) -> str:
        text: str = self._child.stderr()
        return text

    def end(self) -> None:
        self._child.write_line("end")
        assert self._child.wait() == 0, self._child.stderr()


def serves(server: Server, kind: str, context: Any) -> None:
    """A good peer connects to the server's socket, is served as it should be, and leaves."""
    with context.socket(GOOD_PEERS[kind]) as peer:
        peer.linger = 0
        peer.rcvtimeo = peer.sndtimeo = 10_000
        if peer.type == zmq.SUB:
            peer.subscribe(b"good")
        peer.connect(server.endpoints[kind])
        word = f"good {random.getrandbits(40):x}"
        if kind in ("PUB", "XPUB", "PUSH"):
            assert peer.recv() == b"good tick"
        elif kind in ("SUB", "XSUB"):
            deadline = time.monotonic() + 10
            while not server.heard_yet(word):
                assert time.monotonic() < deadline, f"{kind} does not hear a good publisher"
                peer.send_string(word)
                time.sleep(0.005)
        else:
            peer.send_string(word)
            if kind in ("PULL", "DEALER"):
                server.wait_for(word)
            else:
                assert peer.recv_string() == word


@pytest.fixture
def make_server(start_python: Callable[..., Any]) -> Callable[..., Server]:
    """``make_server(options, descriptor_limit)`` starts a server for one test."""
    return lambda *arguments: Server(start_python(SCRIPT, *(json.dumps(a) for a in arguments)))


@pytest.fixture(scope="module")
def _server(run_purezmq: Callable[..., Any]) -> Iterator[Server]:
    child = run_purezmq([sys.executable, str(SCRIPT)])
    server = Server(child)
    context = zmq.Context()
    for kind in KINDS:  # whatever the server makes on first use is there from now on
        serves(server, kind, context)
    context.term()
    yield server
    server.end()
    stderr = server.stderr()
    child.kill()
    assert stderr == ""


@pytest.fixture(autouse=True)
def _clean(leaves_nothing_behind: None) -> None:
    pass


@pytest.fixture
def server(
    request: pytest.FixtureRequest, _server: Server, context: Any, eventually: Callable[..., Any]
) -> Iterator[Server]:
    """A server that must come out of the test as it went in: serving, silent, no larger, no descriptor more."""
    before = _settled(_server)
    attacked = (
        [request.getfixturevalue("kind")] if "kind" in request.fixturenames else ["ROUTER", "PULL", "XPUB"]
    )
    yield _server
    for kind in attacked:
        serves(_server, kind, context)
    assert _server.stderr() == ""
    eventually(
        lambda: _server.status()["descriptors"] <= before["descriptors"],
        f"the server's descriptors to be {before['descriptors']} again",
    )
    now = _server.status()
    assert now["threads"] <= before["threads"]
    assert now["memory"] - before["memory"] < 64 * MEBIBYTE


def _settled(server: Server) -> dict[str, int]:
    """The status once the connections of the test before are gone."""
    status = server.status()
    while (now := server.status())["descriptors"] < status["descriptors"]:
        status = now
    return now


@pytest.fixture(params=UNDER_ATTACK)
def kind(request: pytest.FixtureRequest) -> str:
    """Runs the test once per type of server socket."""
    name: str = request.param
    return name


@pytest.fixture
def still_serves(context: Any) -> Callable[[Server, str], None]:
    """``still_serves(server, kind)`` in the middle of an attack."""
    return lambda server, kind: serves(server, kind, context)


@pytest.fixture
def rng() -> random.Random:
    """Random numbers whose seed is printed, and so shown when the test fails."""
    seed = random.getrandbits(32)
    print(f"seed {seed}")
    return random.Random(seed)
