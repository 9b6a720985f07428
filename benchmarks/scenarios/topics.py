"""One PUB, many subscriptions: every message is for one subscriber, which the publisher has to find.

The topics are dealt out evenly to the subscribers. Messages go round the subscribers, and round each one's topics in
a fixed random order, so no two messages after each other are alike. The scenario `fanout` has the opposite: one
subscription and everything for everybody. Credit and SNDHWM are as there: nothing may be lost.
"""

from __future__ import annotations

import random
import socket as os_socket
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any

from benchmarks.choice import Choice
from benchmarks.errors import RunFailed
from benchmarks.flow import bound
from benchmarks.job import Case, Job
from benchmarks.meter import usage
from benchmarks.payload import END, plain
from benchmarks.scenarios import fanout
from benchmarks.scenarios.fanout import BATCH, PROBE_PAUSE_S, START, Credit
from benchmarks.window import per_message

NAME = "topics"
TITLE = "one PUB, subscriptions dealt out to SUB sockets in two processes"
FIGURES = fanout.FIGURES

SIZE = 100
PROBE = b"\xffprobe"  # sorts after all topics, so no library tells the publisher of it before them
TOPICS = (2_000, 100_000)
SMOKE_TOPICS = (400,)


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "subscribers": subscribers, "topics": topics}
        for transport in choice.pick_transports(("tcp",))
        for subscribers in choice.pick_counts((1, 10, 100), (10,), (4,))
        if subscribers <= BATCH  # of each batch everybody gets a share
        for topics in (SMOKE_TOPICS if choice.is_smoke else TOPICS)
    ]


def topic(number: int) -> bytes:
    """Return a topic; all have one length, so that none is the prefix of another."""
    return b"%08d/" % number


def shuffled_topics(count: int) -> list[int]:
    numbers = list(range(count))
    random.Random(7).shuffle(numbers)
    return numbers


def publisher(job: Job) -> dict[str, Any]:
    channel = job.channel
    assert channel is not None
    listener = os_socket.create_server(("127.0.0.1", 0))
    channel.tell("acknowledge", port=listener.getsockname()[1])
    socket = bound(job, "PUB", prepare=job.library.lift_send_limit)
    send = socket.send
    credit = Credit([listener.accept()[0] for _ in range(job.case["processes"])])
    subscribed = channel.heard("subscribed")
    while not subscribed.wait(PROBE_PAUSE_S):
        send(PROBE)
    send(START)
    order = _order(job)
    body = plain(SIZE - len(topic(0)))
    for number in range(_verified_batches(job)):
        credit.take()
        for heading in islice(order, BATCH):
            send(heading + body[: number % 10])
    channel.wait("go")
    stop = channel.heard("stop")
    sent = 0
    began = usage()
    while not stop.is_set():
        credit.take()
        for heading in islice(order, BATCH):
            send(heading + body)
        sent += BATCH
    send(END)
    channel.tell("done")
    channel.wait("finish")
    used = usage() - began
    job.library.close(socket)
    # fanout.conduct counts a message once for each subscriber; here it is for one of them.
    return {"sent": sent / job.case["subscribers"], **per_message(used, sent)}


def subscriber(job: Job) -> dict[str, Any]:
    channel, library = job.channel, job.library
    assert channel is not None
    order = channel.wait("connect")
    acknowledge = os_socket.create_connection(("127.0.0.1", order["port"]))
    everybody, first, mine = job.case["subscribers"], job.case["first"], job.case["mine"]
    sockets = [library.socket("SUB") for _ in range(mine)]
    for number, socket in enumerate(sockets, first):
        # libzmq forgets subscriptions that do not fit into the queue to the publisher.
        library.lift_send_limit(socket)
        for other in (END, START, PROBE):
            library.subscribe(socket, other)
        for name in range(number, job.case["topics"], everybody):
            library.subscribe(socket, topic(name))
        library.connect(socket, order["endpoint"])
    recvs = [socket.recv for socket in sockets]
    for recv in recvs:
        if recv() != PROBE:
            raise RunFailed("a subscriber's first message was not a probe")
    channel.tell("subscribed")
    for recv in recvs:
        while recv() != START:
            pass
    _verify(job, recvs, acknowledge, first)
    result = fanout.receive_batches(job, recvs, acknowledge, BATCH // everybody)
    library.close(*sockets)
    return result


def _order(job: Job) -> Iterator[bytes]:
    """Yield the topics as they are published; message i is for subscriber i modulo their number."""
    everybody, count = job.case["subscribers"], job.case["topics"]
    mixed = shuffled_topics(count // everybody)
    return cycle([topic(turn * everybody + number) for turn in mixed for number in range(everybody)])


def _verify(job: Job, recvs: list[Callable[[], bytes]], acknowledge: os_socket.socket, first: int) -> None:
    everybody, count = job.case["subscribers"], job.case["topics"]
    orders = [
        cycle([topic(turn * everybody + number) for turn in shuffled_topics(count // everybody)])
        for number in range(first, first + len(recvs))
    ]
    body = plain(SIZE - len(topic(0)))
    for number in range(_verified_batches(job)):
        for recv, order in zip(recvs, orders, strict=True):
            for heading in islice(order, BATCH // everybody):
                message, due = recv(), heading + body[: number % 10]
                if message != due:
                    raise RunFailed(f"message {due!r} was due, got {message[:40]!r}")
        acknowledge.sendall(b"+")


def _verified_batches(job: Job) -> int:
    """Return how many batches it takes until every subscription has let a message through."""
    return -(-int(job.case["topics"]) // BATCH)


ROLES = {"publisher": publisher, "subscriber": subscriber}
conduct = fanout.conduct
