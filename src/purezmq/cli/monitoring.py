"""``purezmq monitor``: the events of a socket on an endpoint, one line each."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from math import inf
from time import monotonic

import click

import purezmq as zmq
from purezmq.events import EventStream, MonitorEvent

from .failure import CliFailure, ExitCode, say
from .open_socket import attach, milliseconds_until
from .options import chosen_side, side_options, timeout_option
from .roles import ROLES
from .stopping import Stop, Stopped
from .targets import Target, as_target
from .terminal import console_on

GOOD = ("CONNECTED", "ACCEPTED", "LISTENING", "HANDSHAKE_SUCCEEDED")
BAD = ("FAILED", "DISCONNECTED")
AFTERMATH_S = 0.1  # after a bind that failed: what led to it is told a moment later


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
        events = socket.monitor_events()
        target = as_target(endpoint, chosen_side(bind, connect), role.binds)
        failure = _attach(socket, target)
        silence_s = AFTERMATH_S if failure is not None else inf if timeout is None else timeout / 1000
        seen = _follow(events, stop, count, silence_s, as_json)
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


def _follow(events: EventStream, stop: Stop, count: int | None, silence_s: float, as_json: bool) -> int:
    """Print events until there were ``count``, a silence, or a signal; returns how many there were."""
    console = None if as_json else console_on()
    poller = zmq.Poller()
    poller.register(events.fileno(), zmq.POLLIN)
    poller.register(stop.fd, zmq.POLLIN)
    seen = 0
    while count is None or seen < count:
        try:
            stop.check()
            if not poller.poll(milliseconds_until(monotonic() + silence_s)):
                return seen
            stop.check()
        except Stopped:
            return seen
        event = events.take()
        if event is None:
            continue
        line = _as_json(event) if as_json else str(event)
        if console is not None:
            when = datetime.fromtimestamp(event.time)
            console.print(f"{when:%H:%M:%S.%f}"[:-3], line, style=_style(event.name))
        else:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        seen += 1
    return seen


def _style(name: str) -> str:
    if name in GOOD:
        return "green"
    return "red" if any(word in name for word in BAD) else "dim"


def _as_json(event: MonitorEvent) -> str:
    facts = {
        "time": datetime.fromtimestamp(event.time).astimezone().isoformat(timespec="milliseconds"),
        "event": event.name,
        "value": event.value,
        "endpoint": event.endpoint,
        "reason": event.reason,
        "local_address": event.local_address,
        "remote_address": event.remote_address,
        "routing_id": event.routing_id.decode("utf-8", "backslashreplace"),
        "user_id": event.user_id,
        "mechanism": event.mechanism,
        "socket_type": event.socket_type,
    }
    return json.dumps(facts)
