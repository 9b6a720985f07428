"""A sender that computes for about 200 us after each message: how long the message waits for it.

The clock travels in the message; both processes read the same monotonic clock of the machine. The computation
is Python and keeps the interpreter lock, which is what a library that sends from a Python thread has to cope
with.
"""

from __future__ import annotations

import struct
import time
from array import array
from typing import Any

from benchmarks.choice import Choice
from benchmarks.flow import bound, bring_through, connected, play_sender
from benchmarks.job import Case, Job
from benchmarks.statistics import PERCENTILES, Figure, latency_figures
from benchmarks.team import Team
from benchmarks.window import drain, numbered_receiver, numbered_sender

NAME = "computing"
TITLE = "delay of a message whose sender goes on computing for 200 us"
FIGURES = (
    Figure("p50", "us"),
    Figure("p95", "us"),
    Figure("p99", "us"),
    Figure("max", "us", worst_counts=True),
)
COMPUTE_NS = 200_000
SIZE = 16
STAMP = struct.Struct("<q8x")


def cases(choice: Choice) -> list[Case]:
    # Not inproc: there the receiver would share the interpreter lock that the sender's computation keeps.
    transports = choice.pick_transports(("tcp",) if choice.is_smoke else ("tcp", "ipc"))
    return [{"transport": transport} for transport in transports]


def receiver(job: Job) -> dict[str, Any]:
    channel = job.channel
    assert channel is not None
    socket = bound(job, "PULL")
    recv, clock, unpack = socket.recv, time.monotonic_ns, STAMP.unpack
    numbered_receiver(recv, [SIZE] * job.settings.verified)()
    channel.tell("verified")
    warm = clock() + int(job.settings.warmup_s * 1e9)
    received = 1
    recv()
    while clock() < warm:
        recv()
        received += 1
    samples = array("q")
    end = clock() + int(job.settings.window_s * 1e9)
    now = 0
    while now < end:
        (sent,) = unpack(recv())
        now = clock()
        samples.append(now - sent)
    channel.tell("closed")
    received += len(samples) + drain(recv)
    channel.tell("done")
    channel.wait("finish")
    job.library.close(socket)
    return {**latency_figures(samples), "received": received}


def sender(job: Job) -> dict[str, Any]:
    socket = connected(job, "PUSH")
    send, clock, pack = socket.send, time.monotonic_ns, STAMP.pack

    def send_some() -> int:
        began = clock()
        send(pack(began))
        end = clock() + COMPUTE_NS
        while clock() < end:
            pass
        return 1

    return play_sender(job, [socket], numbered_sender(send, [SIZE] * job.settings.verified), send_some)


def conduct(team: Team) -> dict[str, float]:
    receiver_member = team.start("receiver")
    sender_member = team.start("sender")
    sender_member.say("connect", endpoint=receiver_member.expect("ready")["endpoint"])
    results = bring_through(team, sender_member, receiver_member)
    return {name: results["receiver"][name] for name in (*PERCENTILES, "max")}


ROLES = {"receiver": receiver, "sender": sender}
