"""proxy, broker, monitor and version as processes, and how the command starts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import purezmq as zmq
from tests.cli.conftest import DEADLINE_S, Command

Start = Callable[..., Command]
Peer = Callable[[int], zmq.Socket]
SOURCE = str(Path(zmq.__file__).parent.parent)


def endpoints_of(proxy: Command, count: int) -> list[str]:
    """The endpoints that a proxy says it bound, in order."""
    proxy.wait_until(lambda: proxy.err.count(b"bound to ") == count, f"{count} bound endpoints")
    return [text.split()[0].decode() for text in proxy.err.split(b"bound to ")[1:]]


# --- proxy and broker ---------------------------------------------------------------------------------------


def test_broker_shares_requests_among_workers(start: Start, run: Start) -> None:
    broker = start("broker", "--frontend", "tcp://127.0.0.1:*", "--backend", "tcp://127.0.0.1:*", "-v")
    front, back = endpoints_of(broker, 2)
    for _ in range(2):
        start("rep", "--connect", back, "--echo")
    req = run("req", front, stdin=b"a\nb\nc\n")
    assert req.out == b"a\nb\nc\n"
    broker.signal()
    assert broker.end() == 0
    for name in (b"frontend", b"backend"):
        assert name + b": in 3 messages" in broker.err
    assert broker.err.count(b"out 3 messages") == 2


def test_proxy_of_publications(start: Start) -> None:
    proxy = start("proxy", "--type", "xsub-xpub", "tcp://127.0.0.1:*", "tcp://127.0.0.1:*")
    front, back = endpoints_of(proxy, 2)
    sub = start("sub", back, "--topic", "b", "--count", "1")
    start("pub", "--connect", front, stdin=b"a\nb\n")
    assert sub.end() == 0
    assert sub.out == b"b\n"


def test_proxy_of_work_with_a_copy_for_onlookers(start: Start, run: Start) -> None:
    any_port = "tcp://127.0.0.1:*"
    proxy = start("proxy", "--type", "pull-push", any_port, any_port, "--capture", any_port)
    front, back, copies = endpoints_of(proxy, 3)
    onlooker = start("sub", copies, "-v")
    onlooker.wait_for_remark("HANDSHAKE_SUCCEEDED")
    pull = start("pull", "--connect", back, "--count", "20")
    assert run("push", front, "--rate", "40", stdin=b"a\n" * 20).end() == 0
    assert pull.end() == 0
    onlooker.wait_for_output(b"a\n")


def test_proxy_can_connect(start: Start, peer: Peer, ipc: str) -> None:
    pull = peer(zmq.PULL)
    pull.bind(ipc)
    proxy = start("proxy", "--type", "pull-push", "tcp://127.0.0.1:*", f">{ipc}")
    start("push", endpoints_of(proxy, 1)[0], stdin=b"a\n")
    assert pull.poll(int(DEADLINE_S * 1000))
    assert pull.recv() == b"a"
    proxy.signal()
    assert proxy.end() == 0


def test_proxy_of_a_bad_endpoint(run: Start) -> None:
    proxy = run("proxy", "tcp://127.0.0.1:*", "tcp://127.0.0.1")
    assert proxy.end() == 3
    assert b"cannot bind tcp://127.0.0.1" in proxy.err


# --- monitor ------------------------------------------------------------------------------------------------


def test_monitor_prints_what_happens_to_a_listener(start: Start, run: Start, free_port: int) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port}"
    monitor = start("monitor", "pull", endpoint, "--count", "4")
    monitor.wait_for_output(b"LISTENING")
    push = start("push", endpoint, stdin=None)
    monitor.wait_for_output(b"HANDSHAKE_SUCCEEDED")
    push.signal()
    push.end()
    assert monitor.end() == 0
    names = [line.split()[0] for line in monitor.out.decode().splitlines()]
    assert names == ["LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED", "DISCONNECTED"]


def test_monitor_of_a_refused_connection_as_json(run: Start, free_port: int) -> None:
    monitor = run("monitor", "sub", f"tcp://127.0.0.1:{free_port}", "--json", "--count", "3")
    assert monitor.end() == 0
    events = [json.loads(line) for line in monitor.out.splitlines()]
    assert [event["event"] for event in events] == ["CONNECT_DELAYED", "CLOSED", "CONNECT_RETRIED"]
    assert "Connection refused" in events[2]["reason"] and events[2]["value"] >= 100
    assert events[2]["endpoint"] == f"tcp://127.0.0.1:{free_port}"


def test_monitor_ends_when_nothing_happens(start: Start, ipc: str) -> None:
    monitor = start("monitor", "rep", ipc, "--timeout", "300")
    assert monitor.end() == 0
    assert monitor.out.startswith(b"LISTENING")


def test_monitor_tells_why_a_bind_failed(run: Start, peer: Peer, free_port: int) -> None:
    peer(zmq.PULL).bind(f"tcp://127.0.0.1:{free_port}")
    monitor = run("monitor", "pull", f"tcp://127.0.0.1:{free_port}")
    assert monitor.end() == 3
    assert b"in use" in monitor.err


def test_a_signal_ends_a_monitor(start: Start, ipc: str) -> None:
    monitor = start("monitor", "pull", ipc)
    monitor.wait_for_output(b"LISTENING")
    monitor.signal()
    assert monitor.end() == 0


# --- version and start --------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_version_names_everything(run: Start, arguments: list[str]) -> None:
    version = run(*arguments)
    assert version.end() == 0
    for word in (zmq.__version__.encode(), b"python", b"compiled"):
        assert word in version.out


def test_version_as_json(run: Start) -> None:
    facts = json.loads(run("version", "--json").out)
    assert facts["purezmq"] == zmq.__version__
    assert isinstance(facts["compiled"], list)


def test_help_lists_every_command(run: Start) -> None:
    helped = run("--help")
    assert helped.end() == 0
    sockets = b"push pull pub sub req rep dealer router pair xpub xsub"
    for name in [*sockets.split(), *b"proxy broker monitor doctor bench keygen exec version".split()]:
        assert b"  " + name in helped.out


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_a_missing_extra_is_one_friendly_line(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from purezmq.cli import main; sys.exit(main(['version']))"
    done = python(code)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        f"purezmq: the command line needs {missing}; install it with: pip install 'purezmq[cli]'"
    ]


def test_the_library_does_not_load_the_command_line() -> None:
    code = "import sys, purezmq; sys.exit(bool({'click', 'rich', 'purezmq.cli'} & set(sys.modules)))"
    assert python(code).returncode == 0


def test_a_socket_command_does_not_load_rich() -> None:
    code = "import sys; from purezmq.cli import main; main(['pull', '--help']); sys.exit('rich.console' in sys.modules)"
    assert python(code).returncode == 0


def python(code: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program that can import purezmq."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": SOURCE},
        capture_output=True,
        timeout=DEADLINE_S,
        check=False,
    )
