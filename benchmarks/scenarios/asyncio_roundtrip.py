"""REQ to REP and back through the asyncio sockets, on the standard event loop; one task on each side."""

from __future__ import annotations

import asyncio
import time
from array import array
from typing import Any

from benchmarks.choice import Choice
from benchmarks.flow import bound, connected
from benchmarks.job import Case, Job
from benchmarks.meter import usage
from benchmarks.payload import END, check, numbered, plain, verified_count
from benchmarks.scenarios import roundtrip
from benchmarks.statistics import latency_figures
from benchmarks.window import Window, per_message

NAME = "asyncio_roundtrip"
TITLE = "asyncio: REQ/REP round trip"
FIGURES = roundtrip.FIGURES


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "size": size}
        for transport in choice.pick_transports(("tcp",) if choice.is_smoke else ("tcp", "ipc"))
        for size in choice.pick_sizes((100,), (100,), (100,))
    ]


async def _serve(job: Job) -> dict[str, Any]:
    channel = job.channel
    assert channel is not None
    socket = bound(job, "REP", is_asyncio=True)
    recv, send = socket.recv, socket.send
    trips = -1
    began = usage()
    message = None
    while message != END:
        message = await recv()
        await send(message)
        trips += 1
    used = usage() - began
    channel.tell("done")
    await asyncio.to_thread(channel.wait, "finish")
    job.library.close(socket)
    return {"trips": trips, **per_message(used, trips)}


async def _ask(job: Job) -> dict[str, Any]:
    channel, settings, size = job.channel, job.settings, job.case["size"]
    assert channel is not None
    await asyncio.to_thread(channel.wait, "connect")
    socket = connected(job, "REQ", is_asyncio=True)
    recv, send, clock = socket.recv, socket.send, time.perf_counter_ns
    for sequence in range(verified_count(settings.verified, size)):
        await send(numbered(sequence, size))
        check(await recv(), sequence, size)
    message = plain(size)
    warm = clock() + int(settings.warmup_s * 1e9)
    while clock() < warm:
        await send(message)
        await recv()
    samples = array("q")
    began = usage()
    before = clock()
    end = before + int(settings.window_s * 1e9)
    while before < end:
        await send(message)
        await recv()
        after = clock()
        samples.append(after - before)
        before = after
    window = Window(len(samples), usage() - began)
    await send(END)
    await recv()
    channel.tell("done")
    await asyncio.to_thread(channel.wait, "finish")
    job.library.close(socket)
    return {**window.fields(), **latency_figures(samples)}


def server(job: Job) -> dict[str, Any]:
    return asyncio.run(_serve(job))


def client(job: Job) -> dict[str, Any]:
    return asyncio.run(_ask(job))


ROLES = {"server": server, "client": client}
conduct = roundtrip.conduct
