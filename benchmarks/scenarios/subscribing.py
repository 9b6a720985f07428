"""What a change of subscriptions takes while many others are there: one SUB, and an XPUB that sees it happen.

A trip is: subscribe to a new topic, the publisher hears of it and publishes to it, the message arrives; its time is
what the percentiles tell. Then changes in bulk: many new topics subscribed and unsubscribed again, and a trip after
them, so that the publisher has dealt with all; subscribing and unsubscribing count as one change each.
"""

from __future__ import annotations

import time
from array import array
from typing import Any

from benchmarks.choice import Choice
from benchmarks.errors import RunFailed
from benchmarks.flow import bound
from benchmarks.job import Case, Job
from benchmarks.scenarios.topics import topic
from benchmarks.statistics import Figure, latency_figures
from benchmarks.team import Team

NAME = "subscribing"
TITLE = "changing a subscription while there are many others"
FIGURES = (
    Figure("p50", "us"),
    Figure("p90", "us"),
    Figure("p99", "us"),
    Figure("max", "us", worst_counts=True),
    Figure("rate", "changes/s", higher_is_better=True),
)
BULK = 500
NEW = b"new/"  # what the publisher answers; the topics that are there already begin with digits
LAST = b"new/last"


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "topics": topics}
        for transport in choice.pick_transports(("tcp",))
        for topics in choice.pick_counts((100, 100_000), (100_000,), (400,))
    ]


def publisher(job: Job) -> dict[str, Any]:
    channel = job.channel
    assert channel is not None
    socket = bound(job, "XPUB")
    recv, send = socket.recv, socket.send
    name = b""
    while name != LAST:
        notice = recv()
        name = notice[1:]
        if notice[0] == 1 and name.startswith(NEW):
            send(name)
    channel.tell("done")
    channel.wait("finish")
    job.library.close(socket)
    return {}


def subscriber(job: Job) -> dict[str, Any]:
    channel, library, settings = job.channel, job.library, job.settings
    assert channel is not None
    endpoint = channel.wait("connect")["endpoint"]
    socket = library.socket("SUB")
    library.lift_send_limit(socket)  # libzmq forgets subscriptions that do not fit into the queue
    for number in range(job.case["topics"]):
        library.subscribe(socket, topic(number))
    library.connect(socket, endpoint)
    clock = time.perf_counter_ns

    def change(name: bytes) -> None:
        library.subscribe(socket, name)
        message = socket.recv()
        if message != name:
            raise RunFailed(f"the message to {name!r} was due, got {message[:40]!r}")

    change(b"new/first")  # and with it, everything before it has arrived
    samples = array("q")
    number = 0
    begin = clock() + int(settings.warmup_s * 1e9)
    end = begin + int(settings.window_s * 1e9)
    before = clock()
    while before < end:
        name = b"new/%d" % number
        number += 1
        change(name)
        now = clock()
        if before >= begin or settings.is_smoke:
            samples.append(now - before)
        library.unsubscribe(socket, name)
        before = clock()
    began = now = clock()
    changes = 0
    end = began + int(settings.window_s * 1e9)
    while now < end:
        names = [b"bulk/%d" % item for item in range(changes, changes + BULK)]
        for name in names:
            library.subscribe(socket, name)
        for name in names:
            library.unsubscribe(socket, name)
        number += 1
        change(b"new/%d" % number)
        changes += 2 * BULK + 1
        now = clock()
    change(LAST)
    channel.tell("done")
    channel.wait("finish")
    library.close(socket)
    return {**latency_figures(samples), "rate": changes / ((now - began) / 1e9)}


def conduct(team: Team) -> dict[str, float]:
    publisher_member, subscriber_member = team.start("publisher"), team.start("subscriber")
    subscriber_member.say("connect", endpoint=publisher_member.expect("ready")["endpoint"])
    results = team.finish()
    figures: dict[str, float] = results["subscriber"]
    return {name: value for name, value in figures.items() if name != "word"}


ROLES = {"publisher": publisher, "subscriber": subscriber}
