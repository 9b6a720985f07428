"""PUSH to PULL at a steady, moderate rate: what a message costs when there is no burst to batch."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.choice import ALL_TRANSPORTS, Choice
from benchmarks.flow import (
    CPU_BOTH,
    CPU_RECEIVER,
    CPU_SENDER,
    RATE,
    bound,
    conduct_one_way,
    connected,
    play_receiver,
    play_sender,
)
from benchmarks.job import Case, Job
from benchmarks.payload import plain
from benchmarks.window import numbered_receiver, numbered_sender, receiver_of

NAME = "steady"
TITLE = "CPU per message at a steady rate"
FIGURES = (CPU_BOTH, CPU_SENDER, CPU_RECEIVER, RATE)
SIZE = 100
PER_TICK = 10
TICK_S = 0.001  # ten messages per millisecond: every library keeps up with 10 000 msg/s


def cases(choice: Choice) -> list[Case]:
    transports = choice.pick_transports(ALL_TRANSPORTS[:1] if choice.is_smoke else ALL_TRANSPORTS)
    return [{"transport": transport, "size": SIZE} for transport in transports]


def receiver(job: Job) -> dict[str, Any]:
    socket = bound(job, "PULL")
    verify = numbered_receiver(socket.recv, [SIZE] * job.settings.verified)
    return play_receiver(job, socket, socket.recv, verify, receiver_of(socket.recv))


def sender(job: Job) -> dict[str, Any]:
    socket = connected(job, "PUSH")
    send = socket.send
    template = bytearray(plain(SIZE))
    due = time.monotonic()

    def send_some() -> int:
        nonlocal due
        for _ in range(PER_TICK):
            send(bytes(template))
        due += TICK_S
        # Ticks that a sleep overslept are not made up for: that would send bursts.
        pause = due - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        else:
            due -= pause
        return PER_TICK

    return play_sender(job, [socket], numbered_sender(send, [SIZE] * job.settings.verified), send_some)


ROLES = {"receiver": receiver, "sender": sender}
conduct = conduct_one_way
