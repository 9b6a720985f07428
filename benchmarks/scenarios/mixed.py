"""PUSH to PULL with random sizes from 0 to 300 bytes, so with short and long frames (border: 255)."""

from __future__ import annotations

from typing import Any

from benchmarks.choice import ALL_TRANSPORTS, Choice
from benchmarks.flow import ONE_WAY_FIGURES, bound, conduct_one_way, connected, play_receiver, play_sender
from benchmarks.job import Case, Job
from benchmarks.payload import mixed_sizes, plain
from benchmarks.window import numbered_receiver, numbered_sender, receiver_of

NAME = "mixed"
TITLE = "PUSH/PULL throughput of random sizes from 0 to 300 bytes"
FIGURES = ONE_WAY_FIGURES
LARGEST = 300
OBJECTS = (
    1024  # different objects, sent in turn: nobody profits from seeing the same one or the same length again
)


def cases(choice: Choice) -> list[Case]:
    transports = choice.pick_transports(ALL_TRANSPORTS[:1] if choice.is_smoke else ALL_TRANSPORTS)
    return [{"transport": transport} for transport in transports]


def receiver(job: Job) -> dict[str, Any]:
    socket = bound(job, "PULL")
    verify = numbered_receiver(socket.recv, _verified_sizes(job))
    return play_receiver(job, socket, socket.recv, verify, receiver_of(socket.recv))


def sender(job: Job) -> dict[str, Any]:
    socket = connected(job, "PUSH")
    messages = [plain(size) for size in mixed_sizes(OBJECTS, LARGEST)]
    send = socket.send

    def send_some() -> int:
        for message in messages:
            send(message)
        return OBJECTS

    return play_sender(job, [socket], numbered_sender(send, _verified_sizes(job)), send_some)


def _verified_sizes(job: Job) -> list[int]:
    return mixed_sizes(job.settings.verified, LARGEST)


ROLES = {"receiver": receiver, "sender": sender}
conduct = conduct_one_way
