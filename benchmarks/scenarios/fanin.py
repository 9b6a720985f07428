"""Ten PUSH sockets of one process send in turn to one PULL socket of another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

from benchmarks.choice import Choice
from benchmarks.flow import ONE_WAY_FIGURES, bound, conduct_one_way, connected, play_receiver, play_sender
from benchmarks.job import Case, Job
from benchmarks.payload import check, numbered, plain
from benchmarks.window import receiver_of, send_chunk

NAME = "fanin"
TITLE = "fan-in: PUSH sockets to one PULL socket"
FIGURES = ONE_WAY_FIGURES


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "sources": sources, "size": size}
        for transport in choice.pick_transports(("tcp",) if choice.is_smoke else ("tcp", "ipc"))
        for sources in choice.pick_counts((10,), (10,), (10,))
        for size in choice.pick_sizes((100,), (100,), (100,))
    ]


def receiver(job: Job) -> dict[str, Any]:
    socket = bound(job, "PULL")
    sources = job.case["sources"]
    recv = socket.recv
    return play_receiver(job, socket, recv, lambda: _verify(job, recv), receiver_of(recv), ends=sources)


def sender(job: Job) -> dict[str, Any]:
    sources, size = int(job.case["sources"]), int(job.case["size"])
    sockets = [connected(job, "PUSH") for _ in range(sources)]
    sends = [socket.send for socket in sockets]
    template = bytearray(plain(size))
    turns = max(1, send_chunk(size) // sources)

    def send_verified() -> None:
        each = _verified_each(job)
        for sequence in range(each):
            for source, send in enumerate(sends):
                send(numbered(source * each + sequence, size))

    def send_some() -> int:
        for _ in repeat(None, turns):
            for send in sends:
                send(bytes(template))
        return turns * sources

    return play_sender(job, sockets, send_verified, send_some)


def _verify(job: Job, recv: Callable[[], bytes]) -> None:
    """Messages of one source come in order; how the sources mix is free."""
    sources, each = job.case["sources"], _verified_each(job)
    due = [source * each for source in range(sources)]
    for _ in range(sources * each):
        message = recv()
        source = min(int.from_bytes(message[:4], "big") // each, sources - 1)
        check(message, due[source], job.case["size"])
        due[source] += 1


def _verified_each(job: Job) -> int:
    return max(1, job.settings.verified // int(job.case["sources"]))


ROLES = {"receiver": receiver, "sender": sender}
conduct = conduct_one_way
