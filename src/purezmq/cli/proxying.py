"""``purezmq proxy`` and ``purezmq broker``: the library's proxy in a thread, its counters on the terminal."""

from __future__ import annotations

import struct
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
CONTROL = "inproc://purezmq-proxy-control"
REFRESH_S = 0.5
ANSWER_MS = 2000  # a proxy that forwards answers its control socket between two messages
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
    """What the proxy counted; its STATISTICS answer is these eight numbers in this order."""

    front_in: int = 0
    front_in_bytes: int = 0
    front_out: int = 0
    front_out_bytes: int = 0
    back_in: int = 0
    back_in_bytes: int = 0
    back_out: int = 0
    back_out_bytes: int = 0

    def rows(self) -> list[tuple[str, str]]:
        """What each direction carried."""
        return [
            ("frontend → backend", amount(self.front_in, self.front_in_bytes)),
            ("backend → frontend", amount(self.back_in, self.back_in_bytes)),
        ]


class Forwarder:
    """One proxy: two sockets, perhaps a third for copies, and a thread that forwards."""

    def __init__(self, kind: str, frontend: str, backend: str, capture: str | None, quiet: bool) -> None:
        self._stop = Stop()
        self._stop.install()
        self._quiet = quiet
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._error: zmq.ZMQError | None = None
        try:
            front, back = KINDS[kind]
            self._frontend = self._open(front, frontend)
            self._backend = self._open(back, backend)
            self._capture = None if capture is None else self._open("PUB", capture)
        except CliFailure:
            self._context.destroy(linger=0)
            raise
        self._steered = self._context.socket(zmq.PAIR)
        self._steered.bind(CONTROL)
        self._control = self._context.socket(zmq.PAIR)
        self._control.connect(CONTROL)
        self._thread = threading.Thread(target=self._forward, name="purezmq-proxy", daemon=True)

    def _open(self, kind: str, argument: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(getattr(zmq, kind))
        target = as_target(argument, None, True)
        endpoint = attach(socket, target)
        if not self._quiet:
            say(f"{kind} {'bound to' if target.bind else 'connecting to'} {endpoint}")
        return socket

    def _forward(self) -> None:
        try:
            zmq.proxy_steerable(self._frontend, self._backend, self._capture, self._steered)
        except zmq.ZMQError as error:
            self._error = error

    def run(self, verbose: bool) -> int:
        """Forward until a signal."""
        self._thread.start()
        try:
            self._watch()
        except Stopped:
            pass
        traffic = self._end()
        if self._error is not None and self._error.errno != zmq.ETERM:
            raise CliFailure(f"the proxy stopped: {self._error}", ExitCode.ENDPOINT)
        if verbose:
            for row in traffic.rows():
                say(": ".join(row))
        return ExitCode.OK

    def _watch(self) -> None:
        """Sleep until a signal, with live counters on a terminal. Raises Stopped."""
        console = None if self._quiet else console_on(sys.stderr)
        if console is None:
            while self._thread.is_alive():
                self._stop.sleep(REFRESH_S)
            return
        from rich.live import Live

        with Live(console=console, refresh_per_second=1 / REFRESH_S, transient=True) as live:
            before, then = Traffic(), monotonic()
            while self._thread.is_alive():
                now, traffic = monotonic(), self._ask()
                live.update(_table(traffic, before, now - then))
                before, then = traffic, now
                self._stop.sleep(REFRESH_S)

    def _ask(self) -> Traffic:
        """The proxy's counters; zeros if it does not answer."""
        self._control.send(b"STATISTICS")
        while self._control.poll(ANSWER_MS):
            answer = self._control.recv_multipart()
            if len(answer) == len(Traffic.__slots__):
                return Traffic(*(struct.unpack("=Q", number)[0] for number in answer))
        return Traffic()

    def _end(self) -> Traffic:
        """Stop forwarding and close everything; returns the last counters."""
        traffic = self._ask() if self._thread.is_alive() else Traffic()
        self._control.send(b"TERMINATE")
        self._thread.join(ANSWER_MS / 1000)
        if not self._thread.is_alive():  # else the sockets are still in use there; the process ends anyway
            self._context.destroy(linger=ANSWER_MS // 4)
        return traffic


def _table(traffic: Traffic, before: Traffic, seconds: float) -> Table:
    from rich.table import Table

    table = Table("direction", "forwarded", "now")
    rates = (traffic.front_in - before.front_in, traffic.back_in - before.back_in)
    for (name, text), messages in zip(traffic.rows(), rates, strict=True):
        table.add_row(name, text, f"{messages / max(seconds, 1e-3):,.0f} msg/s")
    return table
