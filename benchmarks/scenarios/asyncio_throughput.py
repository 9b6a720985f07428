"""PUSH to PULL through the asyncio sockets, on the standard event loop; one task on each side."""

from __future__ import annotations

import asyncio
from itertools import repeat
from typing import Any

from benchmarks.choice import Choice
from benchmarks.flow import ONE_WAY_FIGURES, bound, conduct_one_way, connected
from benchmarks.job import Case, Job
from benchmarks.meter import usage
from benchmarks.payload import END, check, numbered, plain, verified_count
from benchmarks.window import Chunks, Window, per_message, send_chunk

NAME = "asyncio_throughput"
TITLE = "asyncio: PUSH/PULL throughput"
FIGURES = ONE_WAY_FIGURES


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "size": size}
        for transport in choice.pick_transports(("tcp",) if choice.is_smoke else ("tcp", "ipc"))
        for size in choice.pick_sizes((100, 10_000), (100,), (100,))
    ]


async def _receive(job: Job) -> dict[str, Any]:
    channel, size = job.channel, job.case["size"]
    assert channel is not None
    socket = bound(job, "PULL", is_asyncio=True)
    recv = socket.recv
    for sequence in range(verified_count(job.settings.verified, size)):
        check(await recv(), sequence, size)
    channel.tell("verified")
    chunks = Chunks(job.settings)
    received = messages = 0
    while chunks.go_on():
        for _ in repeat(None, chunks.size):
            await recv()
        received += chunks.size
    began = chunks.start_window()
    while chunks.window_goes_on():
        for _ in repeat(None, chunks.size):
            await recv()
        messages += chunks.size
    window = Window(messages, usage() - began)
    channel.tell("closed")
    received += messages
    while await recv() != END:
        received += 1
    channel.tell("done")
    # Waiting in a thread: the loop must stay free, it may have work to do for the library.
    await asyncio.to_thread(channel.wait, "finish")
    job.library.close(socket)
    return {**window.fields(), "received": received}


async def _send(job: Job) -> dict[str, Any]:
    channel, size = job.channel, job.case["size"]
    assert channel is not None
    await asyncio.to_thread(channel.wait, "connect")
    socket = connected(job, "PUSH", is_asyncio=True)
    send = socket.send
    for sequence in range(verified_count(job.settings.verified, size)):
        await send(numbered(sequence, size))
    await asyncio.to_thread(channel.wait, "go")
    template = bytearray(plain(size))
    stop, count, sent = channel.heard("stop"), send_chunk(size), 0
    began = usage()
    while not stop.is_set():
        for _ in repeat(None, count):
            await send(bytes(template))
        sent += count
    await send(END)
    channel.tell("done")
    await asyncio.to_thread(channel.wait, "finish")
    used = usage() - began
    job.library.close(socket)
    return {"sent": sent, **per_message(used, sent)}


def receiver(job: Job) -> dict[str, Any]:
    return asyncio.run(_receive(job))


def sender(job: Job) -> dict[str, Any]:
    return asyncio.run(_send(job))


ROLES = {"receiver": receiver, "sender": sender}
conduct = conduct_one_way
