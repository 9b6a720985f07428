"""PUSH to PULL with purezmq's send_many and recv_many; libraries without them send and receive one by one.

What a program gains that hands over many messages at a time: the others are shown at their best all the same. With
"fresh" payloads every message is an object of its own, made inside the window; the list is new in either case.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

from benchmarks.choice import ALL_TRANSPORTS, Choice
from benchmarks.flow import ONE_WAY_FIGURES, bound, conduct_one_way, connected, play_receiver, play_sender
from benchmarks.job import Case, Job
from benchmarks.payload import plain, verified_count
from benchmarks.window import numbered_receiver, numbered_sender

NAME = "batch"
TITLE = "PUSH/PULL throughput with many messages per call, where the library has such calls"
FIGURES = ONE_WAY_FIGURES
BATCH = 1000


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "size": size, "payload": payload}
        for transport in choice.pick_transports(ALL_TRANSPORTS[:1] if choice.is_smoke else ALL_TRANSPORTS)
        for payload in choice.pick_payloads(("fresh", "reused"))
        for size in choice.pick_sizes((10, 100, 1_000), (10, 100), (100,))
    ]


def receiver(job: Job) -> dict[str, Any]:
    socket = bound(job, "PULL", job.case["size"])
    verify = numbered_receiver(socket.recv, _verified_sizes(job))
    if hasattr(socket, "recv_many"):
        receive = _receiving_many(socket.recv_many)
    else:
        receive = job.library.receiving(socket)
    return play_receiver(job, socket, socket.recv, verify, receive)


def sender(job: Job) -> dict[str, Any]:
    size, payload = job.case["size"], job.case["payload"]
    socket = connected(job, "PUSH", size)
    if hasattr(socket, "send_many"):
        send_some = _sending_many(socket.send_many, size, payload)
    else:
        send_some = job.library.sending(socket, size, payload)
    return play_sender(job, [socket], numbered_sender(socket.send, _verified_sizes(job)), send_some)


def _receiving_many(recv_many: Callable[[int], list[bytes]]) -> Callable[[int], int]:
    def receive(count: int) -> int:
        received = 0
        while received < count:
            received += len(recv_many(min(count - received, BATCH)))
        return received

    return receive


def _sending_many(send_many: Callable[[list[bytes]], Any], size: int, payload: str) -> Callable[[], int]:
    message = plain(size)
    template = bytearray(message)

    def send_new() -> int:
        send_many([bytes(template) for _ in repeat(None, BATCH)])
        return BATCH

    def send_same() -> int:
        send_many([message] * BATCH)
        return BATCH

    return send_new if payload == "fresh" else send_same


def _verified_sizes(job: Job) -> list[int]:
    size = job.case["size"]
    return [size] * verified_count(job.settings.verified, size)


ROLES = {"receiver": receiver, "sender": sender}
conduct = conduct_one_way
