"""REQ to REP and back, one at a time; beside it blocking OS sockets and a pair of SimpleQueues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.choice import ALL_TRANSPORTS, Choice
from benchmarks.flow import CPU_BOTH, bound, connected
from benchmarks.job import Case, Job
from benchmarks.meter import usage
from benchmarks.payload import END, check, numbered, plain, verified_count
from benchmarks.statistics import PERCENTILES, Figure, latency_figures
from benchmarks.team import Team
from benchmarks.window import per_message

NAME = "roundtrip"
TITLE = "REQ/REP round trip"
FIGURES = (
    Figure("p50", "us"),
    Figure("p90", "us"),
    Figure("p99", "us"),
    Figure("p99.9", "us"),
    Figure("max", "us", worst_counts=True),
    Figure("cpu_client", "us"),
    Figure("cpu_server", "us"),
    CPU_BOTH,
)


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "size": size}
        for transport in choice.pick_transports(ALL_TRANSPORTS)
        for size in choice.pick_sizes((100,), (100,), (100,))
    ]


def server(job: Job, prepare: Callable[[Any], None] | None = None) -> dict[str, Any]:
    assert job.channel is not None
    socket = bound(job, "REP", job.case["size"], prepare=prepare)
    began = usage()
    trips = job.library.echoing(socket)
    used = usage() - began
    job.channel.tell("done")
    job.channel.wait("finish")
    job.library.close(socket)
    return {"trips": trips, **per_message(used, trips)}


def client(job: Job, prepare: Callable[[Any], None] | None = None) -> dict[str, Any]:
    assert job.channel is not None
    size = job.case["size"]
    socket = connected(job, "REQ", size, prepare=prepare)
    recv, send = socket.recv, socket.send
    for sequence in range(verified_count(job.settings.verified, size)):
        send(numbered(sequence, size))
        check(recv(), sequence, size)
    samples, window = job.library.round_trips(socket, plain(size), job.settings)
    send(END)
    recv()
    job.channel.tell("done")
    job.channel.wait("finish")
    job.library.close(socket)
    return {**window.fields(), **latency_figures(samples)}


def conduct(team: Team) -> dict[str, float]:
    server_member = team.start("server")
    client_member = team.start("client")
    client_member.say("connect", endpoint=server_member.expect("ready")["endpoint"])
    results = team.finish()
    return round_trip_figures(results["client"], results["server"], team.job.transport)


def round_trip_figures(client: dict[str, Any], server: dict[str, Any], transport: str) -> dict[str, float]:
    """Return percentiles and CPU; with inproc both sides are one process and have one CPU figure."""
    figures = {name: client[name] for name in (*PERCENTILES, "max")}
    if transport == "inproc":
        return {**figures, "cpu_both": client["cpu_us"]}
    figures |= {"cpu_client": client["cpu_us"], "cpu_server": server["cpu_us"]}
    return {**figures, "cpu_both": client["cpu_us"] + server["cpu_us"]}


ROLES = {"server": server, "client": client}
