"""One PUB to many SUB sockets, which are spread over two processes; deliveries of all subscribers together.

A PUB that is faster than its subscribers drops, and then the figure would mostly tell how fast a library
throws messages away. So the publisher has a credit: subscribers acknowledge each batch over a plain TCP
connection, and at most BATCHES_UNDER_WAY batches are on their way. Nothing may be lost.

This is the one scenario that does not run with all defaults: PUB has no SNDHWM, for every library. A credit
below the default of 1000 messages is not enough, libzmq still drops: it counts a message as gone only when
its peer has reported half a high-water mark, and a busy sender looks for such reports about once a
millisecond, in which it can send more than 1000.
"""

from __future__ import annotations

import socket as os_socket
from collections.abc import Callable
from itertools import repeat
from typing import Any

from benchmarks.choice import Choice
from benchmarks.errors import RunFailed
from benchmarks.flow import CPU_BOTH, CPU_RECEIVER, CPU_SENDER, bound
from benchmarks.job import Case, Job
from benchmarks.meter import usage
from benchmarks.payload import END, check, numbered, plain
from benchmarks.statistics import Figure
from benchmarks.team import Team
from benchmarks.window import per_message, receive_window, require_equal

NAME = "fanout"
TITLE = "fan-out: PUB to SUB sockets in two processes, all deliveries"
FIGURES = (Figure("rate", "deliveries/s", higher_is_better=True), CPU_SENDER, CPU_RECEIVER, CPU_BOTH)

BATCH = 100
BATCHES_UNDER_WAY = 4
PROBE = b"probe"
START = b"start"
PROBE_PAUSE_S = 0.01


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "subscribers": subscribers, "size": size}
        for transport in choice.pick_transports(("tcp",) if choice.is_smoke else ("tcp", "ipc"))
        for subscribers in choice.pick_counts((1, 10, 100), (1, 10), (4,))
        for size in choice.pick_sizes((100,), (100,), (100,))
    ]


def publisher(job: Job) -> dict[str, Any]:
    channel = job.channel
    assert channel is not None
    listener = os_socket.create_server(("127.0.0.1", 0))
    channel.tell("acknowledge", port=listener.getsockname()[1])
    socket = bound(job, "PUB", prepare=job.library.lift_send_limit)
    processes, size, send = job.case["processes"], job.case["size"], socket.send
    peers = [listener.accept()[0] for _ in range(processes)]
    # A subscription takes a moment to arrive. Probe until every subscriber has heard something.
    subscribed = channel.heard("subscribed")
    while not subscribed.wait(PROBE_PAUSE_S):
        send(PROBE)
    send(START)
    credit = Credit(peers)
    for batch in range(_verified_batches(job)):
        credit.take()
        for sequence in range(batch * BATCH, (batch + 1) * BATCH):
            send(numbered(sequence, size))
    channel.wait("go")
    template = bytearray(plain(size))
    stop = channel.heard("stop")
    sent = 0
    began = usage()
    while not stop.is_set():
        credit.take()
        for _ in repeat(None, BATCH):
            send(bytes(template))
        sent += BATCH
    send(END)
    channel.tell("done")
    channel.wait("finish")
    used = usage() - began
    job.library.close(socket)
    return {"sent": sent, **per_message(used, sent * job.case["subscribers"])}


def subscriber(job: Job) -> dict[str, Any]:
    channel = job.channel
    assert channel is not None
    order = channel.wait("connect")
    acknowledge = os_socket.create_connection(("127.0.0.1", order["port"]))
    sockets = [job.library.socket("SUB") for _ in range(job.case["mine"])]
    for socket in sockets:
        job.library.subscribe(socket, b"")
        job.library.connect(socket, order["endpoint"])
    recvs = [socket.recv for socket in sockets]
    for recv in recvs:
        if recv() != PROBE:
            raise RunFailed("a subscriber's first message was not a probe")
    channel.tell("subscribed")
    for recv in recvs:
        while recv() != START:
            pass
    for batch in range(_verified_batches(job)):
        for recv in recvs:
            for sequence in range(batch * BATCH, (batch + 1) * BATCH):
                check(recv(), sequence, job.case["size"])
        acknowledge.sendall(b"+")
    result = receive_batches(job, recvs, acknowledge)
    job.library.close(*sockets)
    return result


def receive_batches(
    job: Job, recvs: list[Callable[[], bytes]], acknowledge: os_socket.socket, size: int = BATCH
) -> dict[str, Any]:
    """Play the subscriber from the verified pass on: `size` messages of each batch are for each socket."""
    channel = job.channel
    assert channel is not None
    channel.tell("verified")

    def receive(batches: int) -> int:
        for _ in repeat(None, batches):
            for recv in recvs:
                for _ in repeat(None, size):
                    recv()
            acknowledge.sendall(b"+")
        return batches * size * len(recvs)

    window, received = receive_window(receive, job.settings)
    channel.tell("closed")
    received += drain_batches(recvs, acknowledge, size)
    channel.tell("done")
    channel.wait("finish")
    return {**window.fields(), "received": received}


class Credit:
    """What a publisher may have under way: BATCHES_UNDER_WAY batches that not every process has acknowledged."""

    def __init__(self, peers: list[os_socket.socket]) -> None:
        self._peers = peers
        self._under_way = 0

    def take(self) -> None:
        """Wait until one more batch may be sent."""
        if self._under_way == BATCHES_UNDER_WAY:
            for peer in self._peers:
                peer.recv(1)
        else:
            self._under_way += 1


def drain_batches(recvs: list[Callable[[], bytes]], acknowledge: os_socket.socket, size: int) -> int:
    """Receive whole batches until END comes as the first of a batch, on every socket alike."""
    received = 0
    while True:
        ends = 0
        for recv in recvs:
            if recv() == END:
                ends += 1
                continue
            for _ in repeat(None, size - 1):
                if recv() == END:
                    raise RunFailed("END came within a batch: messages were lost")
            received += size
        if ends:
            if ends < len(recvs):
                raise RunFailed("END came to some sockets only: messages were lost")
            return received
        acknowledge.sendall(b"+")


def _verified_batches(job: Job) -> int:
    return max(1, job.settings.verified // BATCH)


def conduct(team: Team) -> dict[str, float]:
    total = int(team.job.case["subscribers"])
    shares = [share for share in (total - total // 2, total // 2) if share]
    publisher_member = team.start("publisher", processes=len(shares))
    subscribers = [
        team.start("subscriber", f"subscriber-{number}", mine=share, first=number * shares[0])
        for number, share in enumerate(shares)
    ]
    port = publisher_member.expect("acknowledge")["port"]
    endpoint = publisher_member.expect("ready")["endpoint"]
    for member in subscribers:
        member.say("connect", endpoint=endpoint, port=port)
    for word, answer in (("subscribed", "subscribed"), ("verified", "go"), ("closed", "stop")):
        for member in subscribers:
            member.expect(word)
        publisher_member.say(answer)
    results = team.finish()
    sent = results.pop("publisher")
    received = list(results.values())
    require_equal(sent["sent"] * total, sum(result["received"] for result in received))
    deliveries = sum(result["messages"] for result in received)
    receiver_us = sum(result["cpu_us"] * result["messages"] for result in received) / deliveries
    return {
        "rate": sum(result["messages"] / result["seconds"] for result in received),
        "cpu_send": sent["cpu_us"],
        "cpu_recv": receiver_us,
        "cpu_both": sent["cpu_us"] + receiver_us,
    }


ROLES = {"publisher": publisher, "subscriber": subscriber}
