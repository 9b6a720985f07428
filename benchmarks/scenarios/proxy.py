"""Through the library's proxy, which is a process of its own: work one way, or requests and their replies.

"push-pull": PUSH -> PULL|PUSH -> PULL. "requests": DEALER -> ROUTER|DEALER -> ROUTER and back, with many requests
under way; a message of the rate is a round trip then, which passes the proxy twice.
"""

from __future__ import annotations

import threading
from typing import Any

from benchmarks.choice import Choice
from benchmarks.errors import Unsupported
from benchmarks.flow import RATE, bring_through, connected, play_receiver, play_sender
from benchmarks.job import Case, Job
from benchmarks.meter import usage
from benchmarks.payload import verified_count
from benchmarks.scenarios import pipelined
from benchmarks.statistics import Figure
from benchmarks.team import Team
from benchmarks.window import numbered_receiver, numbered_sender

NAME = "proxy"
TITLE = "throughput through a proxy"
FIGURES = (RATE, Figure("cpu_proxy", "us"), Figure("cpu_all", "us"))
UNDER_WAY = 200
SOCKETS = {"push-pull": ("PULL", "PUSH"), "requests": ("ROUTER", "DEALER")}


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "kind": kind, "size": size}
        for transport in choice.pick_transports(("tcp",) if choice.is_smoke else ("tcp", "ipc"))
        for kind in SOCKETS
        for size in choice.pick_sizes((100,), (100,), (100,))
    ]


def proxy(job: Job) -> dict[str, Any]:
    """Forward until everybody else is done; the process then ends with the proxy in it."""
    channel, library = job.channel, job.library
    assert channel is not None
    ends = [library.socket(kind) for kind in SOCKETS[job.case["kind"]]]
    endpoints = [library.bind(end, job.transport, job.directory) for end in ends]
    run = getattr(library.zmq, "proxy", None)
    if run is None:
        raise Unsupported("it has no proxy")
    channel.tell("ready", frontend=endpoints[0], backend=endpoints[1])
    began = usage()
    threading.Thread(target=run, args=ends, daemon=True).start()
    channel.tell("done")
    channel.wait("finish")
    return {"cpu_s": (usage() - began).cpu_s}


def sender(job: Job) -> dict[str, Any]:
    socket = connected(job, "PUSH")
    send_some = job.library.sending(socket, job.case["size"], "fresh")
    return play_sender(job, [socket], numbered_sender(socket.send, _verified_sizes(job)), send_some)


def receiver(job: Job) -> dict[str, Any]:
    socket = connected(job, "PULL")
    verify = numbered_receiver(socket.recv, _verified_sizes(job))
    return play_receiver(job, socket, socket.recv, verify, job.library.receiving(socket))


def client(job: Job) -> dict[str, Any]:
    return pipelined.client(job)


def worker(job: Job) -> dict[str, Any]:
    """Send every request back. Between it and the client there is one more routing id than without a proxy."""
    return pipelined.serve(job, connected(job, "ROUTER"))


def conduct(team: Team) -> dict[str, float]:
    middle = team.start("proxy")
    endpoints = middle.expect("ready")
    is_one_way = team.job.case["kind"] == "push-pull"
    last = team.start("receiver" if is_one_way else "worker")
    last.say("connect", endpoint=endpoints["backend"])
    first = team.start("sender" if is_one_way else "client", window=UNDER_WAY)
    first.say("connect", endpoint=endpoints["frontend"])
    results = bring_through(team, first, last) if is_one_way else team.finish()
    here, there = results[first.name], results[last.name]
    measured, passed = (there, here["sent"]) if is_one_way else (here, there["trips"])
    cpu_proxy = results["proxy"]["cpu_s"] * 1e6 / passed
    return {
        "rate": measured["messages"] / measured["seconds"],
        "cpu_proxy": cpu_proxy,
        "cpu_all": here["cpu_us"] + there["cpu_us"] + cpu_proxy,
    }


def _verified_sizes(job: Job) -> list[int]:
    size = job.case["size"]
    return [size] * verified_count(job.settings.verified, size)


ROLES = {"proxy": proxy, "sender": sender, "receiver": receiver, "client": client, "worker": worker}
