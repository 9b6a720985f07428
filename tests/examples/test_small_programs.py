"""The examples that are one process each, and what holds for all examples."""

from __future__ import annotations

import ast
import errno
import re
from collections.abc import Callable

import pytest

import purezmq as zmq

from .conftest import EXAMPLES, Example

Start = Callable[..., Example]
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))


def test_errors(start_example: Start) -> None:
    lines = dict(line.split(": ", 1) for line in start_example("errors").lines())
    assert lines["bind twice"].startswith(f"ZMQError {errno.EADDRINUSE}: Address already in use")
    assert lines["bind tcp://*.5559"].startswith(f"ZMQError {errno.EINVAL}: ")
    assert lines["send before receive"].startswith(f"ZMQError {zmq.EFSM}: ")
    assert lines["receive with DONTWAIT"].startswith(f"Again {errno.EAGAIN}: ")
    assert lines["receive during shutdown"].startswith(f"ContextTerminated {zmq.ETERM}: ")
    assert lines["zmq.strerror knows every text"] == zmq.strerror(zmq.ETERM)


def test_frames(start_example: Start) -> None:
    lines = start_example("frames").lines()
    assert lines[:4] == [
        "init: size 0, data b''",
        "init_size: size 5, data b'hello'",
        "init_data: size 15, data b'a large picture'",
        "after send: b'hello'",
    ]
    for line in (
        "recv: b'hello', more: True",
        "get MORE: 1",
        "recv: b'a large picture', more: False",
        "get MORE: 0",
        "get Socket-Type: DEALER",
        "copy: b'hello', moved: b'a large picture'",
    ):
        assert line in lines
    assert any(line.startswith("set MORE: ") for line in lines)


def test_multipart(start_example: Start) -> None:
    assert start_example("multipart").lines() == [
        "something to receive after one part: False",
        "first part: header - more to come: True",
        "last part: body - more to come: False",
        "all at once: [b'header', b'', b'body']",
        "after closing half-way: nothing",
    ]


def test_pairs(start_example: Start) -> None:
    assert start_example("pairs").lines() == [
        "step 1 ready, signalling step 2",
        "step 2 ready, signalling step 3",
        "step 3 ready: test successful",
    ]


def test_envelope(start_example: Start) -> None:
    lines = start_example("envelope").lines()
    assert re.fullmatch(r"  \[  5\] 00[0-9a-f]{8}", lines[1])
    assert lines[2].strip() == "[  0]"
    assert lines[5:] == [
        "  [  5] PEER2",
        "  [  0] ",
        "  [ 21] ROUTER uses my own id",
        "the REQ receives: [b'welcome back']",
        "the REP receives: [b'a DEALER must add the delimiter']",
        "the DEALER receives: [b'', b'and gets it back']",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_is_described(name: str) -> None:
    """Every program is in the list, says what it shows and how to run it."""
    assert f"`{name}.py`" in (EXAMPLES / "README.md").read_text()
    assert f"    python {name}.py" in (EXAMPLES / f"{name}.py").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_asserts_nothing(name: str) -> None:
    """Asserts vanish under -O, and with them any call made inside: an example must not teach them."""
    tree = ast.parse((EXAMPLES / f"{name}.py").read_text())
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree))


@pytest.mark.parametrize(
    ("listening", "connecting"),
    [
        ("hwserver", "hwclient"),
        ("interrupt", "hwclient"),
        ("wuserver", "wuclient"),
        ("wuserver", "wuproxy"),
        ("rrbroker", "rrclient"),
        ("rrbroker", "rrworker"),
        ("msgqueue", "rrclient"),
        ("msgqueue", "rrworker"),
        ("taskvent", "taskwork"),
        ("tasksink", "taskvent"),
        ("tasksink", "taskwork"),
        ("taskvent", "taskwork2"),
        ("tasksink2", "taskvent"),
        ("tasksink2", "taskwork2"),
        ("taskvent", "mspoller"),
        ("wuserver", "mspoller"),
        ("taskvent", "msreader"),
        ("wuserver", "msreader"),
    ],
)
def test_default_ports_fit_together(listening: str, connecting: str) -> None:
    """No wrong digit: a port that one program connects to is one that the other binds."""

    def ports(name: str, host: str) -> set[str]:
        return set(re.findall(rf'default="tcp://{host}:(\d+)"', (EXAMPLES / f"{name}.py").read_text()))

    assert ports(listening, r"\*") & ports(connecting, "localhost")
