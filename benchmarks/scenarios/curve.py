"""PUSH to PULL with everything encrypted by CURVE."""

from __future__ import annotations

from typing import Any

from benchmarks.choice import Choice
from benchmarks.errors import Unsupported
from benchmarks.flow import (
    ONE_WAY_FIGURES,
    bring_through,
    connected,
    one_way_figures,
    play_receiver,
    play_sender,
)
from benchmarks.job import Case, Job
from benchmarks.payload import verified_count
from benchmarks.team import Team
from benchmarks.window import numbered_receiver, numbered_sender

NAME = "curve"
TITLE = "PUSH/PULL throughput with CURVE"
FIGURES = ONE_WAY_FIGURES


def cases(choice: Choice) -> list[Case]:
    return [
        {"transport": transport, "size": size}
        for transport in choice.pick_transports(("tcp",) if choice.is_smoke else ("tcp", "ipc"))
        for size in choice.pick_sizes((100, 100_000), (100, 100_000), (100,))
    ]


def receiver(job: Job) -> dict[str, Any]:
    channel, library = job.channel, job.library
    assert channel is not None
    public, secret = _keypair(job)
    socket = library.socket("PULL")
    socket.set(library.zmq.CURVE_SERVER, 1)
    socket.set(library.zmq.CURVE_PUBLICKEY, public)
    socket.set(library.zmq.CURVE_SECRETKEY, secret)
    endpoint = library.bind(socket, job.transport, job.directory)
    channel.tell("ready", endpoint=endpoint, key=public.decode("ascii"))
    verify = numbered_receiver(socket.recv, _verified_sizes(job))
    return play_receiver(job, socket, socket.recv, verify, library.receiving(socket))


def sender(job: Job) -> dict[str, Any]:
    assert job.channel is not None
    public, secret = _keypair(job)
    server_key = job.channel.wait("connect")["key"].encode("ascii")

    def prepare(socket: Any) -> None:
        zmq = job.library.zmq
        for option, value in (
            (zmq.CURVE_PUBLICKEY, public),
            (zmq.CURVE_SECRETKEY, secret),
            (zmq.CURVE_SERVERKEY, server_key),
        ):
            socket.set(option, value)

    socket = connected(job, "PUSH", prepare=prepare)
    send_some = job.library.sending(socket, job.case["size"], "fresh")
    return play_sender(job, [socket], numbered_sender(socket.send, _verified_sizes(job)), send_some)


def conduct(team: Team) -> dict[str, float]:
    receiver_member, sender_member = team.start("receiver"), team.start("sender")
    ready = receiver_member.expect("ready")
    sender_member.say("connect", endpoint=ready["endpoint"], key=ready["key"])
    results = bring_through(team, sender_member, receiver_member)
    return one_way_figures(results["sender"], results["receiver"], team.job.transport)


def _keypair(job: Job) -> tuple[bytes, bytes]:
    try:
        public, secret = job.library.zmq.curve_keypair()
    except Exception as error:  # each library has its own way to say that it was built without
        raise Unsupported(f"no CURVE: {error}") from error
    return public, secret


def _verified_sizes(job: Job) -> list[int]:
    size = job.case["size"]
    return [size] * verified_count(job.settings.verified, size)


ROLES = {"receiver": receiver, "sender": sender}
