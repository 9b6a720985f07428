"""PUSH to PULL, one frame per message, by size and transport."""

from __future__ import annotations

from typing import Any

from benchmarks.choice import ALL_TRANSPORTS, Choice
from benchmarks.flow import ONE_WAY_FIGURES, bound, conduct_one_way, connected, play_receiver, play_sender
from benchmarks.job import Case, Job
from benchmarks.payload import verified_count
from benchmarks.statistics import Figure
from benchmarks.team import Team
from benchmarks.window import numbered_receiver, numbered_sender

NAME = "throughput"
TITLE = "PUSH/PULL throughput"
CPU_PER_BYTE = Figure("cpu_byte", "ns/B")
FIGURES = (*ONE_WAY_FIGURES, CPU_PER_BYTE)
SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "size": size, "payload": payload}
        for transport in choice.pick_transports(ALL_TRANSPORTS)
        for payload in choice.pick_payloads(("fresh", "reused"))
        for size in choice.pick_sizes(SIZES, (10, 1_000, 100_000), (100,))
    ]


def receiver(job: Job) -> dict[str, Any]:
    socket = bound(job, "PULL", job.case["size"])
    verify = numbered_receiver(socket.recv, _verified_sizes(job))
    return play_receiver(job, socket, socket.recv, verify, job.library.receiving(socket))


def sender(job: Job) -> dict[str, Any]:
    size = job.case["size"]
    socket = connected(job, "PUSH", size)
    send_some = job.library.sending(socket, size, job.case["payload"])
    return play_sender(job, [socket], numbered_sender(socket.send, _verified_sizes(job)), send_some)


def _verified_sizes(job: Job) -> list[int]:
    size = job.case["size"]
    return [size] * verified_count(job.settings.verified, size)


ROLES = {"receiver": receiver, "sender": sender}


def conduct(team: Team) -> dict[str, float]:
    figures = conduct_one_way(team)
    return {**figures, "cpu_byte": figures["cpu_both"] * 1000 / team.job.case["size"]}
