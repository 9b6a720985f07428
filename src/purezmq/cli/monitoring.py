"""``purezmq monitor``: the events of a socket on an endpoint, one line each."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from math import inf
from time import monotonic
from typing import Any

import click

import purezmq as zmq
from purezmq.utils.monitor import recv_monitor_message

from .event_text import describe, event_name, reason
from .failure import CliFailure, ExitCode, say
from .open_socket import attach, milliseconds_until
from .options import chosen_side, side_options, timeout_option
from .roles import ROLES
from .stopping import Stop, Stopped
from .targets import Target, as_target
from .terminal import console_on

GOOD = ("CONNECTED", "ACCEPTED", "LISTENING", "HANDSHAKE_SUCCEEDED")
BAD = ("FAILED", "DISCONNECTED")


@click.command(
    params=[
        click.Argument(["kind"], metavar="TYPE", type=click.Choice(list(ROLES), case_sensitive=False)),
        click.Argument(["endpoint"]),
        *side_options(),
        click.Option(["-n", "--count"], type=click.IntRange(min=0), metavar="N", help="End after N events."),
        timeout_option("End when nothing happens for MS milliseconds."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print each event as a JSON object."),
    ]
)
def monitor(
    kind: str, endpoint: str, bind: bool, connect: bool, count: int | None, timeout: int | None, as_json: bool
) -> int:
    """Open a socket of TYPE on ENDPOINT and print what happens to it.

    The socket is a real one: a bound pull or rep takes messages meant for others. It reads none of them, and a sub
    subscribes to nothing.
    """
    role = ROLES[kind]
    stop = Stop()
    stop.install()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        socket = context.socket(getattr(zmq, role.name.upper()))
        events = socket.get_monitor_socket()
        target = as_target(endpoint, chosen_side(bind, connect), role.binds)
        failure = _attach(socket, target)
        seen = _follow(
            events, stop, count, inf if timeout is None else timeout / 1000, as_json, failure is not None
        )
        if failure is not None:
            raise failure
    finally:
        context.destroy(linger=0)
    if seen == 0 or (count is not None and seen < count):
        return ExitCode.OK if stop.requested and count is None else ExitCode.NOTHING
    return ExitCode.OK


def _attach(socket: zmq.Socket[bytes], target: Target) -> CliFailure | None:
    """Bind or connect. A failure comes back as a value: the events that led to it are shown first."""
    try:
        endpoint = attach(socket, target)
    except CliFailure as failure:
        return failure
    if endpoint != target.endpoint:
        say(f"bound to {endpoint}")
    return None


def _follow(
    events: zmq.Socket[bytes],
    stop: Stop,
    count: int | None,
    silence_s: float,
    as_json: bool,
    only_queued: bool,
) -> int:
    """Print events until there were ``count``, a silence, or a signal; returns how many there were."""
    console = None if as_json else console_on()
    poller = zmq.Poller()
    poller.register(events, zmq.POLLIN)
    poller.register(stop.fd, zmq.POLLIN)
    seen = 0
    while count is None or seen < count:
        try:
            stop.check()
            if not poller.poll(0 if only_queued else milliseconds_until(monotonic() + silence_s)):
                return seen
            stop.check()
        except Stopped:
            return seen
        notice = recv_monitor_message(events)
        line = _as_json(notice) if as_json else describe(notice)
        if console is not None:
            console.print(
                f"{datetime.now():%H:%M:%S.%f}"[:-3], line, style=_style(event_name(notice["event"]))
            )
        else:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        seen += 1
    return seen


def _style(name: str) -> str:
    if name in GOOD:
        return "green"
    return "red" if any(word in name for word in BAD) else "dim"


def _as_json(notice: Mapping[str, Any]) -> str:
    event, value = int(notice["event"]), int(notice["value"])
    return json.dumps(
        {
            "time": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "event": event_name(event),
            "value": value,
            "endpoint": notice["endpoint"].decode(errors="replace"),
            "reason": reason(event, value),
        }
    )
