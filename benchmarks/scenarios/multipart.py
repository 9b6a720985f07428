"""PUSH to PULL with messages of several frames; 7 is what a Jupyter message has."""

from __future__ import annotations

from typing import Any

from benchmarks.choice import ALL_TRANSPORTS, Choice
from benchmarks.errors import WrongContent
from benchmarks.flow import ONE_WAY_FIGURES, bound, conduct_one_way, connected, play_receiver, play_sender
from benchmarks.job import Case, Job
from benchmarks.payload import check, numbered, plain
from benchmarks.window import receiver_of, send_chunk

NAME = "multipart"
TITLE = "PUSH/PULL throughput of multipart messages"
FIGURES = ONE_WAY_FIGURES


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "frames": frames, "size": size}
        for transport in choice.pick_transports(ALL_TRANSPORTS[:1] if choice.is_smoke else ALL_TRANSPORTS)
        for frames in choice.pick_counts((2, 7), (2, 7), (7,))
        for size in choice.pick_sizes((100,), (100,), (100,))
    ]


def receiver(job: Job) -> dict[str, Any]:
    socket = bound(job, "PULL")
    size, frames = job.case["size"], job.case["frames"]
    recv = socket.recv_multipart

    def verify() -> None:
        for sequence in range(job.settings.verified):
            _check(recv(), sequence, size, frames)

    return play_receiver(job, socket, lambda: recv()[-1], verify, receiver_of(recv))


def sender(job: Job) -> dict[str, Any]:
    socket = connected(job, "PUSH")
    size, frames = job.case["size"], job.case["frames"]
    send = socket.send_multipart
    template = bytearray(plain(size))
    count = send_chunk(size * frames)

    def send_verified() -> None:
        for sequence in range(job.settings.verified):
            send([numbered(sequence * frames + part, size) for part in range(frames)])

    def send_some() -> int:
        for _ in range(count):
            send([bytes(template) for _ in range(frames)])
        return count

    return play_sender(job, [socket], send_verified, send_some)


def _check(parts: list[bytes], sequence: int, size: int, frames: int) -> None:
    if len(parts) != frames:
        raise WrongContent(f"message {sequence} has {len(parts)} frames instead of {frames}")
    for part, frame in enumerate(parts):
        check(frame, sequence * frames + part, size)


ROLES = {"receiver": receiver, "sender": sender}
conduct = conduct_one_way
