"""Many connections to one ROUTER: accept rate, cost while idle, and throughput beside them.

The idle peers are the same for every library: plain TCP sockets that speak just enough ZMTP 3.1 (NULL) to be
a DEALER. So only the server's side is measured.
"""

from __future__ import annotations

import socket as os_socket
import struct
import time
from typing import Any

from benchmarks.choice import Choice
from benchmarks.errors import RunFailed, Unsupported
from benchmarks.flow import bound, bring_through, connected, play_receiver, play_sender
from benchmarks.job import Case, Job
from benchmarks.meter import resident_kib, usage
from benchmarks.payload import verified_count
from benchmarks.statistics import Figure
from benchmarks.team import Team
from benchmarks.window import numbered_receiver, numbered_sender, receiver_of, sender_of

NAME = "connections"
TITLE = "idle connections to one ROUTER"
FIGURES = (
    Figure("accepts", "connections/s", higher_is_better=True),
    Figure("memory", "KiB/connection"),
    Figure("idle_cpu", "ms/s"),
    Figure("rate", "msg/s beside them", higher_is_better=True),
)

HANDSHAKES_UNDER_WAY = 50  # below every library's default listen backlog, which is 100
SETTLE_S = 0.2
SIZE = 100
PEER_TIMEOUT_S = 10

_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(1 + 31)
_SOCKET_TYPE = b"\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER"
_READY_BODY = b"\x05READY" + _SOCKET_TYPE
_READY = bytes((0x04, len(_READY_BODY))) + _READY_BODY


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "connections": connections}
        for transport in choice.pick_transports(("tcp",))
        for connections in choice.pick_counts((1000,), (200,), (20,))
    ]


def server(job: Job) -> dict[str, Any]:
    channel = job.channel
    assert channel is not None
    _raise_file_limit(job.case["connections"] + 100)
    socket = bound(job, "ROUTER")
    before_kib = resident_kib()
    channel.wait("measure idle")
    time.sleep(SETTLE_S)
    after_kib = resident_kib()
    began = usage()
    time.sleep(job.settings.window_s)
    idle = usage() - began
    channel.tell("idle measured")
    recv = socket.recv_multipart
    sizes = [SIZE] * verified_count(job.settings.verified, SIZE)
    verify = numbered_receiver(lambda: recv()[-1], sizes)
    result = play_receiver(job, socket, lambda: recv()[-1], verify, receiver_of(recv))
    if before_kib is not None and after_kib is not None:
        result["memory"] = (after_kib - before_kib) / job.case["connections"]
    return {**result, "idle_cpu": idle.cpu_s * 1000 / idle.seconds}


def idle(job: Job) -> dict[str, Any]:
    """Connect, and stay until everybody else is done."""
    channel = job.channel
    assert channel is not None
    _raise_file_limit(job.case["connections"] + 100)
    host, port = channel.wait("connect")["endpoint"].removeprefix("tcp://").split(":")
    peers: list[os_socket.socket] = []
    began = time.perf_counter()
    while len(peers) < job.case["connections"]:
        count = min(HANDSHAKES_UNDER_WAY, job.case["connections"] - len(peers))
        batch = [_begin_handshake(host, int(port)) for _ in range(count)]
        for peer in batch:
            _end_handshake(peer)
        peers += batch
    seconds = time.perf_counter() - began
    channel.tell("connected")
    channel.tell("done")
    channel.wait("finish")
    for peer in peers:
        peer.close()
    return {"accepts": len(peers) / seconds}


def sender(job: Job) -> dict[str, Any]:
    socket = connected(job, "DEALER")
    sizes = [SIZE] * verified_count(job.settings.verified, SIZE)
    send_some = sender_of(socket.send, SIZE, "fresh")
    return play_sender(job, [socket], numbered_sender(socket.send, sizes), send_some)


def conduct(team: Team) -> dict[str, float]:
    server_member = team.start("server")
    idle_member = team.start("idle")
    endpoint = server_member.expect("ready")["endpoint"]
    idle_member.say("connect", endpoint=endpoint)
    idle_member.expect("connected")
    server_member.say("measure idle")
    server_member.expect("idle measured")
    sender_member = team.start("sender")
    sender_member.say("connect", endpoint=endpoint)
    results = bring_through(team, sender_member, server_member)
    served = results["server"]
    return {
        "accepts": results["idle"]["accepts"],
        "rate": served["messages"] / served["seconds"],
        **{name: served[name] for name in ("memory", "idle_cpu") if name in served},
    }


def _begin_handshake(host: str, port: int) -> os_socket.socket:
    peer = os_socket.create_connection((host, port), timeout=PEER_TIMEOUT_S)
    peer.setsockopt(os_socket.IPPROTO_TCP, os_socket.TCP_NODELAY, 1)
    peer.sendall(_GREETING)
    return peer


def _end_handshake(peer: os_socket.socket) -> None:
    greeting = _recv_exactly(peer, 64)
    if greeting[0] != 0xFF or greeting[10] < 3:
        raise RunFailed(f"the server's greeting is {greeting!r}")
    peer.sendall(_READY)
    flags, length = _recv_exactly(peer, 2)
    body = _recv_exactly(peer, length)
    if flags != 0x04 or not body.startswith(b"\x05READY"):
        raise RunFailed(f"the server answered READY with {flags} {body!r}")


def _recv_exactly(peer: os_socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = peer.recv(size - len(data))
        if not more:
            raise RunFailed("the server closed a connection during the handshake")
        data += more
    return data


def _raise_file_limit(wanted: int) -> None:
    """Raise this process's soft limit of open files if it can be; raises Unsupported if not."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Unsupported(f"needs {wanted} open files, the limit is {hard}")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


ROLES = {"server": server, "idle": idle, "sender": sender}
