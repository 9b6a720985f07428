"""``purezmq proxy`` and ``purezmq broker``: the library's proxy in a thread, its counters on the terminal."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import click

import purezmq as zmq

from .counters import amount
from .failure import CliFailure, ExitCode, say
from .open_socket import attach
from .stopping import Stop, Stopped
from .targets import as_target
from .terminal import console_on

if TYPE_CHECKING:
    from rich.table import Table

KINDS = {"router-dealer": ("ROUTER", "DEALER"), "xsub-xpub": ("XSUB", "XPUB"), "pull-push": ("PULL", "PUSH")}
REFRESH_S = 0.5
LINGER_MS = 500  # what is queued for a live peer leaves well within this; a dead one must not hold us
END_S = 2.0
# A broker that is open to the network should be somebody's decision; --frontend 'tcp://*:5559' is that decision.
BROKER_FRONTEND = "tcp://127.0.0.1:5559"
BROKER_BACKEND = "tcp://127.0.0.1:5560"

_capture = click.option(
    "--capture",
    metavar="ENDPOINT",
    help="Publish a copy of everything here (a PUB; watch with `purezmq sub`).",
)
_verbose = click.option("-v", "--verbose", is_flag=True, help="Print the counters at the end.")
_quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")


@click.command()
@click.argument("frontend")
@click.argument("backend")
@click.option("--type", "kind", type=click.Choice(list(KINDS)), default="router-dealer", show_default=True)
@_capture
@_verbose
@_quiet
def proxy(frontend: str, backend: str, kind: str, capture: str | None, verbose: bool, quiet: bool) -> int:
    """Forward messages between FRONTEND and BACKEND until a signal ends it.

    Both are bound; '>ENDPOINT' connects instead. Requests, publications and work enter at the frontend. On a terminal
    live counters are shown.
    """
    return Forwarder(kind, frontend, backend, capture, quiet).run(verbose)


@click.command()
@click.option(
    "--frontend", default=BROKER_FRONTEND, show_default=True, help="Where clients (req, dealer) connect."
)
@click.option(
    "--backend", default=BROKER_BACKEND, show_default=True, help="Where workers (rep, dealer) connect."
)
@_capture
@_verbose
@_quiet
def broker(frontend: str, backend: str, capture: str | None, verbose: bool, quiet: bool) -> int:
    """Share the requests of many clients among many workers: ROUTER in front, DEALER behind."""
    return Forwarder("router-dealer", frontend, backend, capture, quiet).run(verbose)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What passed one of the two sockets so far."""

    messages_in: int = 0
    bytes_in: int = 0
    messages_out: int = 0
    bytes_out: int = 0
    peers: int = 0
    waiting: int = 0  # messages queued here in either direction
    dropped: int = 0

    def describe(self) -> str:
        """One line for people."""
        text = (
            f"in {amount(self.messages_in, self.bytes_in)}, out {amount(self.messages_out, self.bytes_out)}"
        )
        return f"{text}, dropped {self.dropped:,}" if self.dropped else text


def traffic_of(socket: zmq.Socket[bytes]) -> Traffic:
    """The counters of a socket."""
    stats = socket.stats()
    return Traffic(
        stats["messages_in"],
        stats["bytes_in"],
        stats["messages_out"],
        stats["bytes_out"],
        stats["peers"],
        stats["queue_in"] + stats["queue_out"],
        sum(stats["drops"].values()),
    )


class Forwarder:
    """One proxy: two sockets, perhaps a third for copies, and a thread that forwards until the context ends."""

    def __init__(self, kind: str, frontend: str, backend: str, capture: str | None, quiet: bool) -> None:
        self._stop = Stop()
        self._stop.install()
        self._quiet = quiet
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._error: zmq.ZMQError | None = None
        try:
            front, back = KINDS[kind]
            self._sockets = {"frontend": self._open(front, frontend), "backend": self._open(back, backend)}
            self._capture = None if capture is None else self._open("PUB", capture)
        except CliFailure:
            self._context.destroy(linger=0)
            raise
        self._thread = threading.Thread(target=self._forward, name="purezmq-proxy", daemon=True)

    def _open(self, kind: str, argument: str) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self._context.socket(getattr(zmq, kind))
        target = as_target(argument, None, True)
        endpoint = attach(socket, target)
        if not self._quiet:
            say(f"{kind} {'bound to' if target.bind else 'connecting to'} {endpoint}")
        return socket

    def _forward(self) -> None:
        try:
            zmq.proxy(self._sockets["frontend"], self._sockets["backend"], self._capture)
        except zmq.ContextTerminated:
            pass
        except zmq.ZMQError as error:
            self._error = error

    def run(self, verbose: bool) -> int:
        """Forward until a signal."""
        self._thread.start()
        try:
            self._watch()
        except Stopped:
            pass
        last = self._traffic()
        self._end()
        if self._error is not None:
            raise CliFailure(f"the proxy stopped: {self._error}", ExitCode.ENDPOINT)
        if verbose:
            for name, traffic in last.items():
                say(f"{name}: {traffic.describe()}")
        return ExitCode.OK

    def _traffic(self) -> dict[str, Traffic]:
        return {name: traffic_of(socket) for name, socket in self._sockets.items()}

    def _watch(self) -> None:
        """Sleep until a signal, with live counters on a terminal. Raises Stopped."""
        console = None if self._quiet else console_on(sys.stderr)
        if console is None:
            while self._thread.is_alive():
                self._stop.sleep(REFRESH_S)
            return
        from rich.live import Live

        with Live(console=console, refresh_per_second=1 / REFRESH_S, transient=True) as live:
            before, then = self._traffic(), monotonic()
            while self._thread.is_alive():
                self._stop.sleep(REFRESH_S)
                traffic, now = self._traffic(), monotonic()
                live.update(_table(traffic, before, now - then))
                before, then = traffic, now

    def _end(self) -> None:
        """Stop forwarding, give what is queued a moment to leave, and close everything."""
        self._context.shutdown()
        self._thread.join(END_S)
        for socket in (*self._sockets.values(), self._capture):
            if socket is not None:
                socket.close(linger=LINGER_MS)
        self._context.term(END_S)


def _table(traffic: dict[str, Traffic], before: dict[str, Traffic], seconds: float) -> Table:
    from rich.table import Table

    table = Table("", "peers", "in", "out", "waiting", "dropped", "in now")
    for name, now in traffic.items():
        rate = (now.messages_in - before[name].messages_in) / max(seconds, 1e-3)
        came, went = amount(now.messages_in, now.bytes_in), amount(now.messages_out, now.bytes_out)
        table.add_row(
            name, str(now.peers), came, went, f"{now.waiting:,}", f"{now.dropped:,}", f"{rate:,.0f} msg/s"
        )
    return table
