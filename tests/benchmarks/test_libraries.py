"""The libraries that are no Python: libzmq from C, a spinning pair, the raw peers. And who takes part in what."""

from __future__ import annotations

import os
import socket as os_socket
import threading
from pathlib import Path
from typing import Any

import pytest

import purezmq as zmq
from benchmarks import payload
from benchmarks.errors import RunFailed, Unsupported
from benchmarks.job import Job
from benchmarks.libraries import ALL, LIBZMQ, SPINNING, find_library, libzmq
from benchmarks.raw_peer import connect_many, frame, raise_file_limit
from benchmarks.runner import run_once
from benchmarks.scenarios import find_scenario
from benchmarks.settings import SMOKE


def test_who_takes_part() -> None:
    row = {"transport": "tcp", "size": 100}
    cases = {"roundtrip": row, "busy_roundtrip": row, "topics": {"transport": "tcp", "topics": 100_000}}
    able = {
        name: {library.name for library in ALL if library.can_do(name, case)} for name, case in cases.items()
    }
    ours = {"purezmq", "purezmq-interpreted"}
    assert able["roundtrip"] == ours | {"pyzmq", "pyomq", "libzmq", "reference"}
    assert able["busy_roundtrip"] == ours | {"libzmq", "spinning"}
    assert able["topics"] == ours | {"pyzmq"}


# --- libzmq's driver ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def driver() -> Any:
    try:
        return LIBZMQ.driver()
    except Unsupported as reason:
        pytest.skip(str(reason))


@pytest.mark.interop
@pytest.mark.parametrize(
    ("scenario", "case"),
    [
        ("throughput", {"transport": "tcp", "size": 2000, "payload": "reused"}),
        ("batch", {"transport": "ipc", "size": 10, "payload": "fresh"}),
        ("roundtrip", {"transport": "inproc", "size": 100}),
    ],
)
def test_the_driver_plays_the_same_roles(driver: Any, scenario: str, case: dict[str, Any]) -> None:
    job = Job(LIBZMQ, scenario, case, SMOKE, directory="")
    figures = run_once(job, find_scenario(scenario))
    assert figures.get("rate", figures.get("p50", 0)) > 0 and figures["cpu_both"] > 0


@pytest.mark.interop
def test_the_driver_reports_what_libzmq_refuses(driver: Any) -> None:
    socket = LIBZMQ.socket("PUSH")
    with pytest.raises(RunFailed, match="libzmq: "):
        LIBZMQ.connect(socket, "tcp://nonsense")
    LIBZMQ.close(socket)


def test_without_a_compiler_the_driver_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libzmq, "BUILD", tmp_path)
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(Unsupported, match="no C compiler"):
        libzmq.build()


@pytest.mark.parametrize(
    ("complaint", "reason"),
    [
        ("driver.c:11: fatal error: zmq.h: No such file or directory", "libzmq3-dev"),
        ("ld: cannot find -lzmq", "libzmq3-dev"),
        ("one\ntwo", "does not compile: two"),
        ("", "no reason given"),
    ],
)
def test_why_the_driver_cannot_be_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaint: str, reason: str
) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text(f"#!/bin/sh\nprintf '%s' '{complaint}' >&2\nexit 1\n", "utf-8")
    compiler.chmod(0o755)
    monkeypatch.setattr(libzmq, "BUILD", tmp_path / "build")
    monkeypatch.setenv("CC", str(compiler))
    with pytest.raises(Unsupported, match=reason):
        libzmq.build()


# --- the spinning pair --------------------------------------------------------------------------------------


def test_the_spinning_pair_carries_messages_and_the_end(tmp_path: Path) -> None:
    for transport in ("tcp", "ipc"):
        server, client = SPINNING.socket("REP"), SPINNING.socket("REQ")
        SPINNING.connect(client, SPINNING.bind(server, transport, str(tmp_path), 3), 3)
        for message in (b"abc", b"def"):
            client.send(message)
            assert server.recv() == message
        client.send(payload.END)
        assert server.recv() == payload.END
        SPINNING.close(client, server)
        (tmp_path / "reference").unlink(missing_ok=True)


# --- the raw peers ------------------------------------------------------------------------------------------


def test_raw_peers_are_dealers_for_a_router() -> None:
    context = zmq.Context()
    try:
        router = context.socket(zmq.ROUTER)
        router.bind("tcp://127.0.0.1:*")
        endpoint = router.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
        peers = connect_many(endpoint, 60)
        messages = {b"%d" % number * (1 + number * 10) for number in range(60)}  # short and long frames
        for peer, message in zip(peers, messages, strict=True):
            peer.sendall(frame(message))
        assert {router.recv_multipart(timeout=20_000)[1] for _ in peers} == messages
        for peer in peers:
            peer.close()
    finally:
        context.destroy(linger=0)


def test_a_server_that_speaks_no_zmtp_fails_the_run() -> None:
    listener = os_socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(64)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n".ljust(64))

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    with pytest.raises(RunFailed, match="greeting"):
        connect_many(f"tcp://127.0.0.1:{listener.getsockname()[1]}", 1)
    thread.join(20)
    listener.close()


@pytest.mark.skipif(os.name != "posix", reason="limits of open files are POSIX's")
def test_more_files_than_the_system_allows_are_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 1024))
    wanted: list[Any] = []
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: wanted.append(limits))
    raise_file_limit(100)
    raise_file_limit(1000)
    assert wanted == [(1000, 1024)]
    with pytest.raises(Unsupported, match="ulimit"):
        raise_file_limit(2000)


# --- purezmq in the scenarios that it alone is measured for -------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "case"),
    [
        ("batch", {"transport": "tcp", "size": 100, "payload": "reused"}),
        ("topics", {"transport": "tcp", "subscribers": 4, "topics": 400}),
        ("subscribing", {"transport": "tcp", "topics": 100}),
        ("groups", {"transport": "ipc", "group": 3}),
        ("connections", {"transport": "tcp", "idle": 5, "active": 5}),
        ("proxy", {"transport": "ipc", "kind": "requests", "size": 100}),
    ],
)
def test_scenarios_bring_purezmq_to_their_end(scenario: str, case: dict[str, Any]) -> None:
    module = find_scenario(scenario)
    figures = run_once(Job(find_library("purezmq"), scenario, case, SMOKE, directory=""), module)
    assert all(value >= 0 for value in figures.values()) and figures[module.FIGURES[0].name] > 0
