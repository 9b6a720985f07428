"""libzmq and purezmq are asked the same about every option, of every stable socket type and of contexts.

Defaults, which values are refused and with which errno, what can be read and what only set: all answers must agree.
Where they do not on purpose, DIFFERENCES says why, and a difference that is not there any more fails, too.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import purezmq
from purezmq.base import sodium
from purezmq.base.options import CONTEXT_OPTIONS, OPTIONS
from purezmq.constants import SocketType

from .answers import about_contexts, about_sockets, encode

pytestmark = pytest.mark.interop

TYPES = [int(kind) for kind in SocketType][:12]  # the others are not in released builds
INTS = [-(2**31), -100, -2, -1, 0, 1, 2, 3, 4, 255, 256, 65535, 6553599, 6553600, 2**31 - 1]
TEXTS = [b"", b"a", b"\0a", b"abcd", b"X-a:bc", b"X-:a", b"10.0.0.0/8", b"::1", b"127.0.0.1:1080"]
TEXTS += [b"a" * size for size in (16, 17, 31, 32, 33, 255, 256)]
CONTEXT_VALUES = [-1, 0, 1, 2, 3, 64, 1000, 2**31 - 1]

DRAFT = "a draft, which the libzmq in pyzmq's wheels does not have"
NOT_BUILT = "the libzmq in pyzmq's wheels is built without it"
# Options of which the answers differ, and why.
DIFFERENCES = {
    **dict.fromkeys(("HELLO_MSG", "HICCUP_MSG", "DISCONNECT_MSG", "IN_BATCH_SIZE", "OUT_BATCH_SIZE"), DRAFT),
    **dict.fromkeys(("PRIORITY", "BUSY_POLL", "ROUTER_NOTIFY", "XSUB_VERBOSE_UNSUBSCRIBE"), DRAFT),
    "HWM": "a number of pyzmq's only; here it sets both marks",
    "BINDTODEVICE": "b'' clears it; in C that is a NULL pointer, which pyzmq cannot pass",
    "TCP_ACCEPT_FILTER": "b'' clears it; in C that is a NULL pointer, which pyzmq cannot pass",
    "METADATA": "libzmq takes values of four bytes for numbers",
    "PLAIN_USERNAME": "pyzmq's buffer has no room for 255 bytes and a NUL",
    "PLAIN_PASSWORD": "pyzmq's buffer has no room for 255 bytes and a NUL",
    "ZAP_DOMAIN": "pyzmq's buffer has no room for 255 bytes and a NUL",
    "SOCKS_PROXY": "what is no host:port is refused at once, not in every attempt to connect",
    "SOCKS_USERNAME": "pyzmq's buffer has no room for 255 bytes and a NUL",
    "SOCKS_PASSWORD": "pyzmq's buffer has no room for 255 bytes and a NUL",
    "ROUTER_RAW": "libzmq takes it on a REP, of which it makes no sense",
    **{
        row.name: NOT_BUILT
        for row in OPTIONS.values()
        if row.name.startswith(("GSSAPI", "NORM", "VMCI", "WSS"))
    },
    "CURVE_PUBLICKEY": "pyzmq cannot read keys back",
    "CURVE_SECRETKEY": "pyzmq cannot read keys back",
    "CURVE_SERVERKEY": "pyzmq cannot read keys back",
}
CONTEXT_DIFFERENCES = {
    "THREAD_SCHED_POLICY": "-1 is how libzmq reports an error, too, so pyzmq cannot read it",
    "THREAD_NAME_PREFIX": "-1 is how libzmq reports an error, too, so pyzmq cannot read it",
}


@pytest.fixture(scope="module")
def questions() -> dict[str, Any]:
    rows = [row for row in OPTIONS.values() if row.name not in ("FD", "EVENTS")]
    if not sodium.is_available():
        rows = [row for row in rows if not row.name.startswith("CURVE_")]
    return {
        "types": TYPES,
        "sockets": {
            row.name: [row.number, [encode(value) for value in (TEXTS if row.kind == "bytes" else INTS)]]
            for row in rows
        },
        "contexts": {
            row.name: [row.number, [value for value in CONTEXT_VALUES if (row.name, value) not in TOO_MANY]]
            for row in CONTEXT_OPTIONS.values()
        },
    }


TOO_MANY = {("IO_THREADS", 64)}  # nothing starts them, but let us be careful


@pytest.fixture(scope="module")
def theirs(questions: dict[str, Any]) -> Any:
    if importlib.util.find_spec("zmq") is None:
        pytest.skip("pyzmq is not installed, so there is no libzmq to ask")
    command = [sys.executable, "-I", str(Path(__file__).with_name("answers.py"))]
    done = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ours(questions: dict[str, Any]) -> Any:
    answers = {
        "sockets": about_sockets(purezmq, questions["types"], questions["sockets"]),
        "contexts": about_contexts(purezmq, questions["contexts"]),
    }
    return json.loads(json.dumps(answers))


@pytest.mark.parametrize("name", [row.name for row in OPTIONS.values() if row.name not in ("FD", "EVENTS")])
def test_a_socket_option(questions, theirs, ours, name):
    if name not in questions["sockets"]:
        pytest.skip("needs PyNaCl")
    differing = [
        (SocketType(kind).name, ours["sockets"][f"{kind} {name}"], theirs["sockets"][f"{kind} {name}"])
        for kind in TYPES
        if ours["sockets"][f"{kind} {name}"] != theirs["sockets"][f"{kind} {name}"]
    ]
    check(name, differing, DIFFERENCES)


@pytest.mark.parametrize("name", [row.name for row in CONTEXT_OPTIONS.values()])
def test_a_context_option(theirs, ours, name):
    differing = (
        []
        if ours["contexts"][name] == theirs["contexts"][name]
        else [(ours["contexts"][name], theirs["contexts"][name])]
    )
    check(name, differing, CONTEXT_DIFFERENCES)


def check(name: str, differing: list[Any], known: dict[str, str]) -> None:
    if name in known:
        assert differing, f"{name} is the same in both: it need not be listed ({known[name]})"
    else:
        assert not differing, f"(ours, libzmq's): {differing[0]}"
