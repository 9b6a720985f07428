"""DEALER to ROUTER and back with several requests under way; a round trip is one message each way."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

from benchmarks.choice import ALL_TRANSPORTS, Choice
from benchmarks.flow import CPU_BOTH, bound, connected
from benchmarks.job import Case, Job
from benchmarks.meter import usage
from benchmarks.payload import END, check, numbered, plain, verified_count
from benchmarks.statistics import Figure
from benchmarks.team import Team
from benchmarks.window import per_message, receive_window

NAME = "pipelined"
TITLE = "DEALER/ROUTER, requests under way at a time"
FIGURES = (
    Figure("rate", "trips/s", higher_is_better=True),
    Figure("cpu_client", "us"),
    Figure("cpu_server", "us"),
    CPU_BOTH,
)


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "window": window, "size": size}
        for transport in choice.pick_transports(ALL_TRANSPORTS[:1] if choice.is_smoke else ALL_TRANSPORTS)
        for window in choice.pick_counts((1, 10, 200), (1, 10, 200), (10,))
        for size in choice.pick_sizes((100,), (100,), (100,))
    ]


def server(job: Job) -> dict[str, Any]:
    return serve(job, bound(job, "ROUTER"))


def serve(job: Job, socket: Any) -> dict[str, Any]:
    """Send everything back where it came from, up to END."""
    assert job.channel is not None
    recv, send = socket.recv_multipart, socket.send_multipart
    trips = -1
    began = usage()
    message = [b""]
    while message[-1] != END:
        message = recv()
        send(message)
        trips += 1
    used = usage() - began
    job.channel.tell("done")
    job.channel.wait("finish")
    job.library.close(socket)
    return {"trips": trips, **per_message(used, trips)}


def client(job: Job) -> dict[str, Any]:
    assert job.channel is not None
    size, under_way = job.case["size"], job.case["window"]
    socket = connected(job, "DEALER")
    recv, send = socket.recv, socket.send
    _verify(recv, send, size, under_way, verified_count(job.settings.verified, size))
    template = bytearray(plain(size))
    for _ in repeat(None, under_way):
        send(bytes(template))

    def exchange(count: int) -> int:
        for _ in repeat(None, count):
            recv()
            send(bytes(template))
        return count

    window, _ = receive_window(exchange, job.settings)
    for _ in repeat(None, under_way):
        recv()
    send(END)
    recv()
    job.channel.tell("done")
    job.channel.wait("finish")
    job.library.close(socket)
    return window.fields()


def _verify(
    recv: Callable[[], bytes], send: Callable[[bytes], Any], size: int, under_way: int, count: int
) -> None:
    for sequence in range(count + under_way):
        if sequence < count:
            send(numbered(sequence, size))
        if sequence >= under_way:
            check(recv(), sequence - under_way, size)


def conduct(team: Team) -> dict[str, float]:
    server_member = team.start("server")
    client_member = team.start("client")
    client_member.say("connect", endpoint=server_member.expect("ready")["endpoint"])
    results = team.finish()
    rate = {"rate": results["client"]["messages"] / results["client"]["seconds"]}
    if team.job.transport == "inproc":
        return {**rate, "cpu_both": results["client"]["cpu_us"]}
    client_us, server_us = results["client"]["cpu_us"], results["server"]["cpu_us"]
    return {**rate, "cpu_client": client_us, "cpu_server": server_us, "cpu_both": client_us + server_us}


ROLES = {"server": server, "client": client}
