"""Many connections to one ROUTER: accept rate, cost while idle, and throughput over the active ones beside them.

The peers are the same for every library (benchmarks/raw_peer.py), so only the server's side is measured. The
active ones send in turn, some messages each, and have a credit: at most ROUNDS_UNDER_WAY rounds are on their way,
or the kernel's buffers of a thousand connections would hold minutes of work.
"""

from __future__ import annotations

import socket as os_socket
import time
from collections.abc import Callable
from itertools import repeat
from typing import Any

from benchmarks.choice import Choice
from benchmarks.errors import WrongContent
from benchmarks.flow import CPU_RECEIVER, bound, bring_through, play_receiver
from benchmarks.job import Case, Job
from benchmarks.meter import resident_kib, usage
from benchmarks.payload import END, numbered, plain
from benchmarks.raw_peer import connect_many, frame, raise_file_limit
from benchmarks.scenarios.fanout import Credit
from benchmarks.statistics import Figure
from benchmarks.team import Team

NAME = "connections"
TITLE = "connections to one ROUTER: throughput over the active, cost of the idle"
FIGURES = (
    Figure("rate", "msg/s", higher_is_better=True),
    CPU_RECEIVER,
    Figure("memory", "KiB/idle"),
    Figure("idle_cpu", "ms/s"),
    Figure("accepts", "connections/s", higher_is_better=True),
)

BURST = 10  # messages that a peer sends in its turn
SETTLE_S = 0.2
SIZE = 100
SPARE_FILES = 200


def cases(choice: Choice) -> list[Case]:
    active = 10 if choice.is_smoke else 200 if choice.is_quick else 1000
    return [
        {"transport": transport, "idle": idle, "active": active}
        for transport in choice.pick_transports(("tcp",))
        for idle in choice.pick_counts((0, 1_000, 10_000), (0, 1_000), (20,))
    ]


class _Acknowledging:
    """The server's receiving, with a byte for the active peers' process after each round."""

    def __init__(self, recv: Callable[[], list[bytes]], peer: os_socket.socket, round_size: int) -> None:
        self._recv = recv
        self._peer = peer
        self._round_size = self._left = round_size

    def receive(self, count: int) -> int:
        recv = self._recv
        done = 0
        while done < count:
            step = min(count - done, self._left)
            for _ in repeat(None, step):
                recv()
            self._note(step)
            done += step
        return count

    def recv(self) -> bytes:
        message = self._recv()[-1]
        self._note(1)
        return message

    def _note(self, count: int) -> None:
        self._left -= count
        if not self._left:
            self._peer.sendall(b"+")
            self._left = self._round_size


def server(job: Job) -> dict[str, Any]:
    channel = job.channel
    assert channel is not None
    idle, active = job.case["idle"], job.case["active"]
    raise_file_limit(idle + active + SPARE_FILES)
    listener = os_socket.create_server(("127.0.0.1", 0))
    channel.tell("acknowledge", port=listener.getsockname()[1])
    socket = bound(job, "ROUTER")
    before_kib = resident_kib()
    channel.wait("measure idle")
    time.sleep(SETTLE_S)
    after_kib = resident_kib()
    began = usage()
    time.sleep(job.settings.window_s)
    used = usage() - began
    channel.tell("idle measured")
    recv = socket.recv_multipart
    peer, _ = listener.accept()
    acknowledging = _Acknowledging(recv, peer, active * BURST)
    result = play_receiver(
        job,
        socket,
        acknowledging.recv,
        lambda: _verify(recv, active),
        acknowledging.receive,
        ends=active,
    )
    if idle:
        result["idle_cpu"] = used.cpu_s * 1000 / used.seconds
        if before_kib is not None and after_kib is not None:
            result["memory"] = (after_kib - before_kib) / idle
    return result


def _verify(recv: Callable[[], list[bytes]], active: int) -> None:
    """One message from each active peer, in any order."""
    due = {numbered(sequence, SIZE) for sequence in range(active)}
    for _ in range(active):
        message = recv()[-1]
        if message not in due:
            raise WrongContent(f"an unknown message, or one for the second time: {message[:24]!r}")
        due.remove(message)


def idle(job: Job) -> dict[str, Any]:
    """Connect, and stay until everybody else is done."""
    channel, count = job.channel, job.case["idle"]
    assert channel is not None
    raise_file_limit(count + SPARE_FILES)
    endpoint = channel.wait("connect")["endpoint"]
    began = time.perf_counter()
    peers = connect_many(endpoint, count)
    seconds = time.perf_counter() - began
    channel.tell("connected")
    channel.tell("done")
    channel.wait("finish")
    for peer in peers:
        peer.close()
    return {"accepts": count / seconds} if count else {}


def active(job: Job) -> dict[str, Any]:
    """Send in turn over all connections."""
    channel, count = job.channel, job.case["active"]
    assert channel is not None
    raise_file_limit(count + SPARE_FILES)
    order = channel.wait("connect")
    credit = Credit([os_socket.create_connection(("127.0.0.1", order["port"]))])
    peers = connect_many(order["endpoint"], count)
    for sequence, peer in enumerate(peers):
        peer.sendall(frame(numbered(sequence, SIZE)))
    channel.wait("go")
    stop = channel.heard("stop")
    burst = frame(plain(SIZE)) * BURST
    sent = 0
    while not stop.is_set():
        credit.take()
        for peer in peers:
            peer.sendall(burst)
        sent += count * BURST
    for peer in peers:
        peer.sendall(frame(END))
    channel.tell("done")
    channel.wait("finish")
    for peer in peers:
        peer.close()
    return {"sent": sent}


def conduct(team: Team) -> dict[str, float]:
    server_member, idle_member = team.start("server"), team.start("idle")
    port = server_member.expect("acknowledge")["port"]
    endpoint = server_member.expect("ready")["endpoint"]
    idle_member.say("connect", endpoint=endpoint)
    idle_member.expect("connected")
    server_member.say("measure idle")
    server_member.expect("idle measured")
    active_member = team.start("active")
    active_member.say("connect", endpoint=endpoint, port=port)
    results = bring_through(team, active_member, server_member)
    served = results["server"]
    return {
        "rate": served["messages"] / served["seconds"],
        "cpu_recv": served["cpu_us"],
        **{name: served[name] for name in ("memory", "idle_cpu") if name in served},
        **{name: value for name, value in results["idle"].items() if name == "accepts"},
    }


ROLES = {"server": server, "idle": idle, "active": active}
