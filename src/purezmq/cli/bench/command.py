"""``purezmq bench``: the command line and what is printed."""

from __future__ import annotations

import json
from contextlib import nullcontext

import click

import purezmq as zmq

from ..counters import readable_size
from ..failure import CliFailure, ExitCode, say
from ..open_socket import attach
from ..stopping import Stop, Stopped
from ..targets import as_target
from .child import end_with_stdin, own_server
from .measuring import HINT, Client
from .serving import Server
from .words import MOST_BYTES, MOST_S, Words, facts_text

LEAST_S = 0.01
NOTE = "a short look, beside whatever else ran here; docs/cli.md says what it is worth"


@click.command(
    short_help="Measure throughput and round trips.",
    help="""Measure how many messages per second go to a `purezmq bench --serve`, and how long round trips take.

    With ENDPOINT, connect to it. Without, start the other side here, in a process of its own, and measure over tcp
    on the loopback interface.
    """,
)
@click.argument("endpoint", required=False)
@click.option("--serve", is_flag=True, help="Be the other side: bind ENDPOINT and answer until a signal.")
@click.option(
    "--size",
    type=click.IntRange(0, MOST_BYTES),
    default=100,
    show_default=True,
    metavar="BYTES",
    help="Of each message.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(LEAST_S, MOST_S),
    default=2.0,
    show_default=True,
    help="For each of the two measurements.",
)
@click.option(
    "--timeout",
    "-t",
    type=click.IntRange(1),
    default=5000,
    show_default=True,
    metavar="MS",
    help="How long to wait for the other side to be there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--until-eof", is_flag=True, hidden=True)
def bench(
    endpoint: str | None,
    serve: bool,
    size: int,
    seconds: float,
    timeout: int,
    as_json: bool,
    until_eof: bool,
) -> int:
    """Measure throughput and round trips."""
    if serve:
        if endpoint is None:
            raise CliFailure("--serve needs an endpoint, such as 'tcp://*:5555'", ExitCode.USAGE)
        return _serve(endpoint, until_eof)
    with own_server() if endpoint is None else nullcontext(endpoint) as other:
        found = {"endpoint": other, **_measure(other, size, seconds, timeout)}
    if as_json:
        click.echo(json.dumps(found))
    else:
        _print(found, is_own=endpoint is None)
    return ExitCode.OK


def _serve(endpoint: str, until_eof: bool) -> int:
    stop = Stop()
    stop.install()
    if until_eof:
        end_with_stdin()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        socket = context.socket(zmq.PAIR)
        socket.maxmsgsize = MOST_BYTES
        where = f"bound to {attach(socket, as_target(endpoint, None, True))}"
        if until_eof:
            click.echo(where)
        else:
            say(where)
        stop.enter()
        Server(socket).run()
    except Stopped:
        pass
    finally:
        stop.leave()
        context.destroy(linger=0)
    return ExitCode.OK


def _measure(endpoint: str, size: int, seconds: float, timeout_ms: int) -> Words:
    target = as_target(endpoint, None, False)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        socket = context.socket(zmq.PAIR)
        socket.maxmsgsize = MOST_BYTES
        if target.bind:
            attach(socket, target)
        else:
            _connect(socket, target.endpoint, timeout_ms)
        return Client(socket, size, seconds, timeout_ms).run()
    finally:
        context.destroy(linger=0)


def _connect(socket: zmq.Socket[bytes], endpoint: str, timeout_ms: int) -> None:
    try:
        socket.connect(endpoint, wait=timeout_ms)
    except (zmq.ZMQError, ValueError) as error:
        code = ExitCode.NOTHING if isinstance(error, zmq.Again) else ExitCode.ENDPOINT
        raise CliFailure(f"cannot measure with {endpoint}: {error}; {HINT}", code) from None


def _print(found: Words, is_own: bool) -> None:
    flow, trip = found["throughput"], found["round_trip"]
    here, there = facts_text(found["here"]), facts_text(found["there"])
    click.echo(f"here        {here}")
    click.echo(f"there       {'the same, ' if here == there else f'{there}, '}{found['endpoint']}")
    if is_own:
        click.echo("            (a process that was started for this)")
    click.echo(f"messages    {found['size']:,} bytes, {found['seconds']:g} s for each measurement")
    click.echo(
        f"throughput  {flow['messages_per_s']:,.0f} messages/s, {readable_size(flow['bytes_per_s'])}/s; "
        f"processor {flow['cpu_send_us']:.2f} us per message here, {flow['cpu_recv_us']:.2f} us there"
    )
    delays = ", ".join(
        f"{name.removesuffix('_us')} {value:,.1f}" for name, value in trip.items() if "_us" in name
    )
    click.echo(f"round trip  {delays} us; {trip['trips']:,} trips")
    click.echo(f"({NOTE})")
