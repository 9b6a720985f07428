"""The command facing libzmq's own sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cli.conftest import DEADLINE_S, Command

libzmq = pytest.importorskip("zmq")
pytestmark = pytest.mark.interop

Run = Callable[..., Command]


@pytest.fixture
def real() -> Iterator[Callable[..., Any]]:
    """Opens bound libzmq sockets, with options; returns socket and endpoint."""
    context = libzmq.Context()
    sockets: list[Any] = []

    def begin(kind: int, **options: Any) -> tuple[Any, str]:
        opened = context.socket(kind)
        sockets.append(opened)
        for name, value in options.items():
            setattr(opened, name, value)
        opened.bind("tcp://127.0.0.1:*")
        return opened, opened.getsockopt(libzmq.LAST_ENDPOINT).rstrip(b"\0").decode()

    yield begin
    for opened in sockets:
        opened.close(linger=0)
    context.term()


def examine(run: Run, *arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
    doctor = run("doctor", "--json", *arguments)
    return doctor.end(), {finding["step"]: finding for finding in map(json.loads, doctor.out.splitlines())}


@pytest.mark.parametrize(
    ("kind", "pings"),
    [
        ("REP", True),
        ("ROUTER", True),
        ("PULL", True),
        ("PUB", True),
        ("SUB", True),
        ("PUSH", False),
        ("PAIR", False),
    ],
)
def test_doctor_examines_libzmq(run: Run, real: Callable[..., Any], kind: str, pings: bool) -> None:
    _, endpoint = real(getattr(libzmq, kind))
    code, found = examine(run, endpoint)
    assert code == 0, found
    assert found["greeting"]["text"] == "ZMTP 3.1"
    assert f"Socket-Type {kind}" in found["handshake"]["text"]
    assert ("answered in" in found["ping"]["text"]) is pings


def test_doctor_sees_the_mechanism_of_libzmq(run: Run, real: Callable[..., Any]) -> None:
    _, plain = real(libzmq.PULL, plain_server=1)
    code, found = examine(run, plain)
    assert code == 3
    assert "requires PLAIN" in found["security"]["text"]
    if libzmq.has("curve"):
        public, secret = libzmq.curve_keypair()
        _, curve = real(libzmq.PULL, curve_server=1, curve_publickey=public, curve_secretkey=secret)
        code, found = examine(run, curve)
        assert code == 3
        assert "requires CURVE" in found["security"]["text"]


def test_doctor_disturbs_no_exchange(run: Run, real: Callable[..., Any]) -> None:
    push, endpoint = real(libzmq.PUSH)
    assert examine(run, endpoint)[0] == 0
    with pytest.raises(libzmq.Again):
        push.send(b"must not be given to the doctor", libzmq.NOBLOCK)


def test_lines_reach_libzmq(run: Run, real: Callable[..., Any]) -> None:
    pull, endpoint = real(libzmq.PULL)
    assert run("push", endpoint, "--multipart", "|", stdin=b"a|b\nc\n").end() == 0
    for parts in ([b"a", b"b"], [b"c"]):
        assert pull.poll(int(DEADLINE_S * 1000))
        assert pull.recv_multipart() == parts


def test_lines_come_from_libzmq(start: Run, real: Callable[..., Any]) -> None:
    xpub, endpoint = real(libzmq.XPUB)
    sub = start("sub", endpoint, "--topic", "a", "--count", "1")
    assert xpub.poll(int(DEADLINE_S * 1000))
    assert xpub.recv() == b"\x01a"
    xpub.send(b"b")
    xpub.send(b"abc")
    assert sub.end() == 0
    assert sub.out == b"abc\n"
