"""Some messages in a row, then a pause of 2 ms: how long each of them is under way.

A library that gathers messages to write many at once has to notice that there will be no more.
"""

from __future__ import annotations

import time
from itertools import repeat
from typing import Any

from benchmarks.choice import Choice
from benchmarks.flow import connected, play_sender
from benchmarks.job import Case, Job
from benchmarks.scenarios import computing
from benchmarks.scenarios.computing import SIZE, STAMP
from benchmarks.window import numbered_sender

NAME = "groups"
TITLE = "delay of messages that are sent in groups, with a pause of 2 ms between them"
FIGURES = computing.FIGURES
PAUSE_S = 0.002


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "group": group}
        for transport in choice.pick_transports(("tcp",) if choice.is_smoke else ("tcp", "ipc"))
        for group in choice.pick_counts((2, 3, 10, 50), (3, 10), (3,))
    ]


def sender(job: Job) -> dict[str, Any]:
    socket = connected(job, "PUSH")
    send, clock, pack = socket.send, time.monotonic_ns, STAMP.pack
    group: int = job.case["group"]

    def send_some() -> int:
        for _ in repeat(None, group):
            send(pack(clock()))
        time.sleep(PAUSE_S)
        return group

    return play_sender(job, [socket], numbered_sender(send, [SIZE] * job.settings.verified), send_some)


ROLES = {"receiver": computing.receiver, "sender": sender}
conduct = computing.conduct
