"""doctor as a process, facing real sockets and servers that only look like some."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import purezmq as zmq
from tests.cli.conftest import Command

Start = Callable[..., Command]
Peer = Callable[[int], zmq.Socket]
Serve = Callable[[Callable[[socket.socket], None]], str]

SIGNATURE = b"\xff" + bytes(8) + b"\x7f"


def greeting(mechanism: bytes, as_server: int = 0, version: bytes = b"\x03\x01") -> bytes:
    return SIGNATURE + version + mechanism.ljust(20, b"\0") + bytes([as_server]) + bytes(31)


def read_exactly(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = stream.recv(size - len(data))
        if not piece:
            raise OSError("closed")
        data += piece
    return data


def findings(doctor: Command) -> dict[str, dict[str, str]]:
    """The last finding of each step."""
    return {finding["step"]: finding for finding in map(json.loads, doctor.out.splitlines())}


@pytest.fixture
def examine(run: Start) -> Callable[..., tuple[int, dict[str, dict[str, str]]]]:
    def examination(*arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
        doctor = run("doctor", "--json", *arguments)
        assert b"Traceback" not in doctor.err, doctor
        return doctor.end(), findings(doctor)

    return examination


Examine = Callable[..., tuple[int, dict[str, dict[str, str]]]]

# --- healthy peers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fitting"),
    [
        ("REP", "DEALER or REQ"),
        ("ROUTER", "DEALER or REQ or ROUTER"),
        ("PULL", "PUSH"),
        ("XPUB", "SUB or XSUB"),
    ],
)
@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_healthy_peer(
    examine: Examine, peer: Peer, ipc: str, kind: str, fitting: str, transport: str
) -> None:
    server = peer(getattr(zmq, kind))
    server.bind("tcp://127.0.0.1:*" if transport == "tcp" else ipc)
    code, found = examine(server.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())
    assert code == 0
    assert found["greeting"]["text"] == "ZMTP 3.1"
    assert "NULL" in found["security"]["text"]
    assert f"Socket-Type {kind}" in found["handshake"]["text"]
    assert fitting in found["type"]["text"]
    assert "answered in" in found["ping"]["text"]


@pytest.mark.parametrize("kind", ["PUSH", "DEALER", "PAIR"])
def test_peers_that_would_give_us_messages_are_left_in_peace(
    examine: Examine, peer: Peer, ipc: str, kind: str
) -> None:
    server = peer(getattr(zmq, kind))
    server.bind(ipc)
    code, found = examine(ipc)
    assert code == 0
    assert found["ping"]["level"] == "note"
    with pytest.raises(zmq.Again):
        server.send(b"x", zmq.NOBLOCK)


def test_the_type_one_means_to_use_is_checked(examine: Examine, peer: Peer, ipc: str) -> None:
    peer(zmq.PULL).bind(ipc)
    assert examine(ipc, "--type", "push")[0] == 0
    code, found = examine(ipc, "--type", "SUB")
    assert code == 3
    assert "SUB does not fit: a PULL talks with PUSH" in found["type"]["text"]


def test_routing_ids_are_shown(examine: Examine, peer: Peer, ipc: str) -> None:
    router = peer(zmq.ROUTER)
    router.setsockopt(zmq.ROUTING_ID, b"broker-1")
    router.bind(ipc)
    assert "Identity broker-1" in examine(ipc)[1]["handshake"]["text"]


def test_people_get_lines(run: Start, peer: Peer, ipc: str) -> None:
    peer(zmq.PULL).bind(ipc)
    doctor = run("doctor", ipc)
    assert doctor.end() == 0
    assert all(line.split()[0] in ("ok", "note") for line in doctor.out.decode().splitlines())


# --- endpoints that cannot be reached -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["tcp://127.0.0.1.5555", "127.0.0.1:5555", "tcp://127.0.0.1:70000", "tpc://x:1"]
)
def test_malformed_endpoints_are_explained(examine: Examine, text: str) -> None:
    code, found = examine(text)
    assert code == 3
    assert list(found) == ["endpoint"]
    assert len(found["endpoint"]["text"]) > 20


def test_inproc_cannot_be_examined(examine: Examine) -> None:
    code, found = examine("inproc://workers")
    assert code == 0
    assert "one process" in found["endpoint"]["advice"]


def test_refused(examine: Examine, free_port: int) -> None:
    code, found = examine(f"tcp://127.0.0.1:{free_port}")
    assert code == 3
    assert f"nothing listens on port {free_port}" in found["connect"]["text"]


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="needs /proc")
def test_a_port_that_is_bound_on_another_address_is_found(examine: Examine) -> None:
    with socket.create_server(("127.0.0.2", 0)) as server:
        port = server.getsockname()[1]
        _, found = examine(f"tcp://127.0.0.1:{port}")
    assert f"127.0.0.2:{port} (pid {os.getpid()}" in found["connect"]["advice"]


def test_unknown_host(examine: Examine) -> None:
    code, found = examine("tcp://no-such-host.invalid:5555")
    assert code == 3
    assert "has no address" in found["resolve"]["text"]


def test_ipc_file_is_missing(examine: Examine, tmp_path: Path) -> None:
    code, found = examine(f"ipc://{tmp_path}/nothing")
    assert code == 3
    assert "does not exist" in found["file"]["text"]
    assert "directory" in examine(f"ipc://{tmp_path}/no/nothing")[1]["file"]["advice"]


def test_ipc_file_is_stale(examine: Examine, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(f"{tmp_path}/s")
    code, found = examine(f"ipc://{tmp_path}/s")
    assert code == 3
    assert "left behind" in found["connect"]["text"]


def test_ipc_file_is_something_else(examine: Examine, tmp_path: Path) -> None:
    (tmp_path / "s").touch()
    assert "not a socket" in examine(f"ipc://{tmp_path}/s")[1]["file"]["text"]


# --- servers that are not ZeroMQ, or not for us -------------------------------------------------------------


def http(stream: socket.socket) -> None:
    data = b""
    while b"\n" not in data:
        data += stream.recv(1000)
    stream.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def tls(stream: socket.socket) -> None:
    stream.recv(1)
    stream.sendall(b"\x15\x03\x01\x00\x02\x02\x46")


def ssh(stream: socket.socket) -> None:
    stream.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    stream.recv(1000)


def gibberish(stream: socket.socket) -> None:
    stream.sendall(b"\x00\x01gibberish")


def hang_up(stream: socket.socket) -> None:
    pass


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (http, "HTTP server"),
        (tls, "TLS server"),
        (ssh, "SSH server"),
        (gibberish, "not a ZeroMQ socket"),
        (hang_up, "hangs up without a word"),
    ],
)
def test_other_servers(
    examine: Examine, serve: Serve, server: Callable[[socket.socket], None], text: str
) -> None:
    code, found = examine(serve(server), "--timeout", "2000")
    assert code == 3
    assert text in found["greeting"]["text"]
    assert "wrong port" in found["greeting"]["advice"]


def test_a_silent_server(examine: Examine, serve: Serve) -> None:
    def silence(stream: socket.socket) -> None:
        while stream.recv(1000):
            pass

    code, found = examine(serve(silence), "--timeout", "1500")
    assert code == 1
    assert "says nothing" in found["greeting"]["text"]


def test_half_a_greeting(examine: Examine, serve: Serve) -> None:
    def half(stream: socket.socket) -> None:
        stream.sendall(greeting(b"NULL")[:30])
        stream.recv(1)

    code, found = examine(serve(half), "--timeout", "1500")
    assert code == 3
    assert "after 30 bytes" in found["greeting"]["text"]


@pytest.mark.parametrize(
    ("mechanism", "option"), [(b"PLAIN", "plain_username"), (b"CURVE", "curve_serverkey")]
)
def test_security_that_is_required(examine: Examine, serve: Serve, mechanism: bytes, option: str) -> None:
    def strict(stream: socket.socket) -> None:
        stream.sendall(greeting(mechanism, as_server=1))
        read_exactly(stream, 64)

    code, found = examine(serve(strict))
    assert code == 3
    assert f"requires {mechanism.decode()}, as server" in found["security"]["text"]
    assert option in found["security"]["advice"]
    assert "handshake" not in found


def test_a_peer_that_waits_for_our_whole_greeting(examine: Examine, serve: Serve) -> None:
    def patient(stream: socket.socket) -> None:
        read_exactly(stream, 64)
        stream.sendall(greeting(b"NULL") + ready(b"PULL"))
        stream.recv(1000)

    code, found = examine(serve(patient), "--timeout", "1500")
    assert "Socket-Type PULL" in found["handshake"]["text"]
    assert code == 3  # it hung up instead of answering the PING


def ready(kind: bytes) -> bytes:
    body = b"\x05READY\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind
    return bytes([4, len(body)]) + body


def after_greeting(reply: bytes) -> Callable[[socket.socket], None]:
    def server(stream: socket.socket) -> None:
        stream.sendall(greeting(b"NULL"))
        read_exactly(stream, 64)
        stream.sendall(reply)
        while reply and stream.recv(1000):
            pass

    return server


@pytest.mark.parametrize(
    ("reply", "step", "text"),
    [
        (b"\x04\x0a\x05ERROR\x03400", "handshake", "refuses us: 400"),
        (b"", "handshake", "closed the connection after the greetings"),
        (b"\x00\x02hi", "handshake", "not a command"),
        (b"\x04\x06\x05HELLO", "handshake", "instead of READY"),
        (b"\x04\x07\x05READY\x09", "handshake", "malformed"),
        (ready(b"NONSENSE"), "type", "no socket type we know"),
    ],
)
def test_handshakes_that_fail(examine: Examine, serve: Serve, reply: bytes, step: str, text: str) -> None:
    code, found = examine(serve(after_greeting(reply)), "--timeout", "2000")
    assert code == 3
    assert text in found[step]["text"]


def test_a_peer_that_does_not_answer_a_ping(examine: Examine, serve: Serve) -> None:
    code, found = examine(serve(after_greeting(ready(b"PULL"))), "--timeout", "1000")
    assert code == 1
    assert "does not answer a PING" in found["ping"]["text"]


def test_old_versions(examine: Examine, serve: Serve) -> None:
    def zmtp_2(stream: socket.socket) -> None:
        stream.sendall(SIGNATURE + b"\x01\x04")
        stream.recv(1000)

    def zmtp_1(stream: socket.socket) -> None:
        stream.sendall(b"\x01\x00")
        stream.recv(1000)

    def zmtp_3_0(stream: socket.socket) -> None:
        stream.sendall(greeting(b"NULL", version=b"\x03\x00"))
        read_exactly(stream, 64)
        stream.sendall(ready(b"PULL"))
        stream.recv(1000)

    code, found = examine(serve(zmtp_2))
    assert (code, found["greeting"]["text"]) == (0, "ZMTP 2.0 (libzmq 3), REP socket")
    code, found = examine(serve(zmtp_1), "--timeout", "1500")
    assert code == 0
    assert "ZMTP 1.0" in found["greeting"]["text"]
    code, found = examine(serve(zmtp_3_0))
    assert code == 0
    assert "no PING" in found["ping"]["text"]


def test_a_stopped_process(examine: Examine, start: Start, free_port: int) -> None:
    endpoint = f"tcp://127.0.0.1:{free_port}"
    pull = start("pull", endpoint, "-v")
    pull.wait_for_remark("bound to")
    pull.signal(signal.SIGSTOP)
    code, found = examine(endpoint, "--timeout", "1500")
    assert code == 1
    assert "stopped or stuck" in found["greeting"]["advice"]


# --- the side that binds ------------------------------------------------------------------------------------


def test_a_free_port_can_be_bound(examine: Examine, free_port: int) -> None:
    code, found = examine("--bind", f"tcp://127.0.0.1:{free_port}")
    assert code == 0
    assert "is free" in found["bind"]["text"]


def test_a_port_in_use_names_its_holder(examine: Examine, peer: Peer, free_port: int) -> None:
    peer(zmq.PULL).bind(f"tcp://127.0.0.1:{free_port}")
    code, found = examine(f"@tcp://127.0.0.1:{free_port}")
    assert code == 3
    assert "is in use" in found["bind"]["text"]
    if os.path.exists("/proc/net/tcp"):
        assert f"pid {os.getpid()}," in found["bind"]["text"]


def test_an_address_of_another_machine_cannot_be_bound(examine: Examine) -> None:
    code, found = examine("--bind", "tcp://192.0.2.1:5555")
    assert code == 3
    assert "no address or interface of this machine" in found["bind"]["text"]


def test_ipc_paths_to_bind(examine: Examine, peer: Peer, tmp_path: Path) -> None:
    peer(zmq.PULL).bind(f"ipc://{tmp_path}/live")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(f"{tmp_path}/stale")
    for name, code, text in [
        ("free", 0, "is free"),
        ("stale", 0, "nobody listens"),
        ("live", 3, "a server is alive there"),
        ("no/where", 3, "does not exist"),
    ]:
        ended, found = examine("--bind", f"ipc://{tmp_path}/{name}")
        assert (ended, text in found["bind"]["text"]) == (code, True), found
    assert (tmp_path / "stale").exists()
