"""Peers in network namespaces. Where there can be none, or no losses, tests are skipped with the reason."""

from __future__ import annotations

import itertools
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from . import libzmq
from .namespaces import Cable, Namespace, Unavailable, can_filter

PEER = Path(__file__).with_name("peer.py")

# On a loaded machine libzmq's receiver now and then stays at the first packet that was lost, whatever it is answered.
# What is tested is that it can be helped, so it may try again.
_TRIES = 3


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: Any, nextitem: Any) -> bool | None:
    """Repeat a test in which libzmq waits for repairs, with new peers."""
    if "lost" not in item.name or "purezmq-libzmq" not in item.name:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for turn in range(_TRIES):
        if turn:
            item._initrequest()  # fixtures are made anew
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not any(report.failed for report in reports):
            break
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


class PeerFailed(Exception):
    """A request to a peer raised OSError there."""

    def __init__(self, errno: int, text: str) -> None:
        super().__init__(errno, text)
        self.errno = errno


class RemotePeer:
    """A peer program in a namespace: ``peer("open", name=…)`` and so on."""

    def __init__(self, child: Any) -> None:
        self.child = child

    def begin(self, request: str, **arguments: Any) -> Callable[..., Any]:
        """Start a request; call the result to wait for the answer."""
        self.child.write_line(json.dumps({"do": request, **arguments}))

        def answer(timeout_s: float = 30.0) -> Any:
            while not (line := self.child.read_line(f"the answer to {request}", timeout_s)).startswith("@"):
                pass
            found = json.loads(line[1:])
            if "errno" in found:
                raise PeerFailed(found["errno"], found["error"])
            return found["result"]

        return answer

    def __call__(self, request: str, **arguments: Any) -> Any:
        return self.begin(request, **arguments)()

    def open(self, name: str, kind: str, endpoint: str, bind: bool = False, **options: Any) -> None:
        self("open", name=name, kind=kind, endpoint=endpoint, bind=bind, options=options)

    def send(self, name: str, *messages: bytes | tuple[bytes, ...]) -> None:
        as_parts = [[message] if isinstance(message, bytes) else message for message in messages]
        self("send", name=name, messages=[[part.hex() for part in parts] for parts in as_parts])

    def recv(self, name: str, count: int = 1, timeout_ms: int = 10_000) -> list[Any]:
        found = self("recv", name=name, count=count, timeout_ms=timeout_ms)
        messages = [tuple(bytes.fromhex(part) for part in parts) for parts in found]
        return [message[0] if len(message) == 1 else message for message in messages]


@pytest.fixture(scope="module")
def cable() -> Iterator[Cable]:
    """Two namespaces, "a" and "b", joined by a cable."""
    try:
        made = Cable()
    except Unavailable as error:
        pytest.skip(str(error))
    yield made
    made.close()


@pytest.fixture(scope="module")
def lonely() -> Iterator[Namespace]:
    """A namespace with its loopback interface only."""
    try:
        made = Namespace()
    except Unavailable as error:
        pytest.skip(str(error))
    yield made
    made.close()


@pytest.fixture(scope="module")
def _peers() -> Iterator[dict[tuple[str, int], RemotePeer]]:
    """Peers that run already, by library and namespace."""
    running: dict[tuple[str, int], RemotePeer] = {}
    yield running
    for peer in running.values():
        peer.child.kill()


@pytest.fixture
def start_peer(
    _peers: dict[tuple[str, int], RemotePeer], run_purezmq: Callable[[list[str]], Any]
) -> Iterator[Callable[[str, Namespace], RemotePeer]]:
    """``start_peer("purezmq" or "libzmq", namespace)``: the peer of that kind there, without sockets."""
    used: list[tuple[str, int]] = []

    def start(library: str, namespace: Namespace) -> RemotePeer:
        if library == "libzmq":
            try:
                libzmq.load()
            except OSError as error:
                pytest.skip(str(error))
        key = library, namespace.pid
        used.append(key)
        if key not in _peers:
            program = [sys.executable, str(PEER), library]
            _peers[key] = RemotePeer(run_purezmq(namespace.command(program)))
            _peers[key]("ping")
        return _peers[key]

    yield start
    for key in used:
        try:
            _peers[key]("reset")
        except BaseException:  # it hangs or is gone: the next test gets another one
            _peers.pop(key).child.kill()
            raise


@pytest.fixture
def lose() -> Iterator[Callable[..., None]]:
    """``lose(namespace, rule, …)`` drops what arrives there and matches, until the end of the test."""
    filtered: list[Namespace] = []

    def begin(namespace: Namespace, *rules: str) -> None:
        why_not = "" if namespace in filtered else can_filter(namespace)
        if why_not:
            pytest.skip(why_not)
        if namespace not in filtered:
            filtered.append(namespace)
        namespace.lose(*rules)

    yield begin
    for namespace in filtered:
        namespace.run("nft", "delete", "table", "inet", "loss")


PRELUDE = """
import errno, socket, struct, time
import purezmq as zmq

HERE = "epgm://127.0.0.1;239.192.1.1:{port}"
CABLE = "epgm://va;239.192.1.1:{port}"
PORT = {port}
context = zmq.Context()

def make(kind, endpoint=HERE, **options):
    socket = context.socket(kind)
    settings = dict(rate=100_000, recovery_ivl=1000, rcvtimeo=10_000, sndtimeo=10_000, linger=0)
    for name, value in (settings | options).items():
        setattr(socket, name, value)
    if kind == zmq.SUB and "subscribe" not in options:
        socket.subscribe(b"")
    if endpoint:
        socket.connect(endpoint)
    return socket

def wait_until(condition, what):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain for " + what
        time.sleep(0.005)

def meet(pub, *subs):
    for sub in subs:
        wait_until(lambda: sub.stats()["peers"] > 0 or pub.send(b"hello"), "the source")
        while sub.poll(100):
            sub.recv()
"""

_ports = itertools.count(5700)


@pytest.fixture
def run_in(run_purezmq: Callable[[list[str]], Any]) -> Iterator[Callable[[Namespace, str], str]]:
    """``run_in(namespace, program)`` runs a program there to its good end, with the names of PRELUDE."""
    children = []

    def run(namespace: Namespace, program: str) -> None:
        source = (
            PRELUDE.format(port=next(_ports)) + textwrap.dedent(program) + "\ncontext.destroy(linger=0)\n"
        )
        children.append(run_purezmq(namespace.command([sys.executable, "-W", "error", "-c", source])))
        assert children[-1].wait(50) == 0, children[-1].stderr()

    yield run
    for child in children:
        child.kill()
