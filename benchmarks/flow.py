"""The course of a one-way run, which most throughput scenarios share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.channel import Fields, Member
from benchmarks.job import Job
from benchmarks.meter import usage
from benchmarks.payload import END
from benchmarks.statistics import Figure
from benchmarks.team import Team
from benchmarks.window import (
    drain,
    per_message,
    receive_window,
    require_equal,
    send_until,
)

RATE = Figure("rate", "msg/s", higher_is_better=True)
CPU_SENDER = Figure("cpu_send", "us")
CPU_RECEIVER = Figure("cpu_recv", "us")
CPU_BOTH = Figure("cpu_both", "us")
ONE_WAY_FIGURES = (RATE, CPU_SENDER, CPU_RECEIVER, CPU_BOTH)


def play_receiver(
    job: Job,
    socket: Any,
    recv: Callable[[], bytes],
    verify: Callable[[], None],
    receive: Callable[[int], int],
    *,
    ends: int = 1,
) -> dict[str, Any]:
    """Verify, measure, and drain with `recv` up to the END of each source."""
    channel = job.channel
    assert channel is not None
    verify()
    channel.tell("verified")
    window, received = receive_window(receive, job.settings)
    channel.tell("closed")
    received += drain(recv, ends)
    channel.tell("done")
    channel.wait("finish")
    job.library.close(socket)
    return {**window.fields(), "received": received}


def play_sender(
    job: Job, sockets: Sequence[Any], send_verified: Callable[[], None], send_some: Callable[[], int]
) -> dict[str, Any]:
    """Send the verified pass, then until told to stop, then end the stream on each of the `sockets`."""
    channel = job.channel
    assert channel is not None
    send_verified()
    channel.wait("go")
    began = usage()
    sent = send_until(channel.heard("stop"), send_some)
    for socket in sockets:
        socket.send(END)
    channel.tell("done")
    # Read when the receiver has everything, so that the work of the library's own threads is in it.
    channel.wait("finish")
    used = usage() - began
    job.library.close(*sockets)
    return {"sent": sent, **per_message(used, sent)}


def conduct_one_way(team: Team) -> dict[str, float]:
    """Let "sender" send to "receiver", which measures."""
    receiver = team.start("receiver")
    sender = team.start("sender")
    sender.say("connect", endpoint=receiver.expect("ready")["endpoint"])
    results = bring_through(team, sender, receiver)
    return one_way_figures(results["sender"], results["receiver"], team.job.transport)


def bring_through(team: Team, sender: Member, receiver: Member) -> dict[str, Fields]:
    """Bring a connected pair through its run and return the team's results; nothing may be lost."""
    receiver.expect("verified")
    sender.say("go")
    receiver.expect("closed")
    sender.say("stop")
    results = team.finish()
    require_equal(results[sender.name]["sent"], results[receiver.name]["received"])
    return results


def one_way_figures(sender: dict[str, Any], receiver: dict[str, Any], transport: str) -> dict[str, float]:
    """Return rate and CPU; with inproc both sides are one process and have one CPU figure."""
    rate = {"rate": receiver["messages"] / receiver["seconds"]}
    if transport == "inproc":
        return {**rate, "cpu_both": receiver["cpu_us"]}
    sides = {"cpu_send": sender["cpu_us"], "cpu_recv": receiver["cpu_us"]}
    return {**rate, **sides, "cpu_both": sender["cpu_us"] + receiver["cpu_us"]}


def bound(
    job: Job,
    kind: str,
    size: int = 0,
    *,
    is_asyncio: bool = False,
    prepare: Callable[[Any], None] | None = None,
) -> Any:
    """Return a bound socket after telling its endpoint; `prepare` may set options before."""
    assert job.channel is not None
    socket = _new_socket(job, kind, is_asyncio, prepare)
    endpoint = job.library.bind(socket, job.transport, job.directory, size)
    job.channel.tell("ready", endpoint=endpoint)
    return socket


def connected(
    job: Job,
    kind: str,
    size: int = 0,
    *,
    is_asyncio: bool = False,
    prepare: Callable[[Any], None] | None = None,
) -> Any:
    """Return a socket that is connected to what the conductor names; `prepare` may set options before."""
    assert job.channel is not None
    socket = _new_socket(job, kind, is_asyncio, prepare)
    job.library.connect(socket, job.channel.wait("connect")["endpoint"], size)
    return socket


def _new_socket(job: Job, kind: str, is_asyncio: bool, prepare: Callable[[Any], None] | None) -> Any:
    socket = job.library.asyncio_socket(kind) if is_asyncio else job.library.socket(kind)
    if prepare is not None:
        prepare(socket)
    return socket
