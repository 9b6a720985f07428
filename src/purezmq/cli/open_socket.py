"""A socket with the command's ways to wait: for the peer, for at most --timeout, and never through a signal."""

from __future__ import annotations

from math import ceil, inf
from time import monotonic

import purezmq as zmq

from .counters import Counters
from .failure import CliFailure, ExitCode, say
from .forms import Parts
from .roles import Role, Work
from .settings import Settings
from .stopping import Stop
from .targets import Target
from .watching import Watcher

HINT_AFTER_MS = 2000  # a command that is stuck this long says why
# An XPUB is always ready by POLLOUT, even when XPUB_NODROP makes its send block, so polling for room would spin. A
# subscriber makes room by half its high-water mark (500 messages) at a time; looking every 5 ms loses nothing.
XPUB_RETRY_MS = 5
FOREVER = inf


class TimedOut(Exception):
    """--timeout passed; the text says what was waited for."""


def attach(socket: zmq.Socket[bytes], target: Target) -> str:
    """Bind or connect, and return the endpoint as it became. A refusal ends the command with exit code 3."""
    verb = "bind" if target.bind else "connect to"
    try:
        if not target.bind:
            socket.connect(target.endpoint)
            return target.endpoint
        socket.bind(target.endpoint)
        return last_endpoint(socket)
    except (zmq.ZMQError, ValueError) as error:
        hint = f"; 'purezmq doctor {'--bind ' if target.bind else ''}{target.endpoint}' can say more"
        raise CliFailure(f"cannot {verb} {target.endpoint}: {error}{hint}", ExitCode.ENDPOINT) from None


def last_endpoint(socket: zmq.Socket[bytes]) -> str:
    """The endpoint of the last bind as it became: with the port that the system chose."""
    endpoint: bytes = socket.getsockopt(zmq.LAST_ENDPOINT)
    return endpoint.rstrip(b"\0").decode()


class OpenSocket:
    """The socket of one command."""

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], role: Role, settings: Settings, stop: Stop
    ) -> None:
        self.role = role
        self.settings = settings
        self.stop = stop
        self.counters = Counters()
        self.zmq = context.socket(getattr(zmq, role.socket_type))
        self._pollers: dict[int, zmq.Poller] = {}
        self._set_options()
        # Before the first endpoint, so that no event is missed. XPUB counts subscribers instead of handshakes.
        watches = settings.verbose or (settings.wait > 0 and role.socket_type != "XPUB")
        self.watcher = Watcher(self.zmq, settings.verbose) if watches else None
        for target in settings.targets:
            endpoint = attach(self.zmq, target)
            # A port that the system chose has to be told, or nobody could use it.
            if settings.verbose or (target.bind and endpoint != target.endpoint and not settings.quiet):
                say(f"{'bound to' if target.bind else 'connecting to'} {endpoint}")

    def _set_options(self) -> None:
        socket, role, settings = self.zmq, self.role, self.settings
        if role.socket_type == "SUB":
            for topic in settings.topics or (b"",):
                socket.setsockopt(zmq.SUBSCRIBE, topic)
        elif role.socket_type == "XPUB":
            socket.setsockopt(zmq.XPUB_VERBOSE, 1)  # see every subscriber, not only the first of each topic
            # A command that reads a file should wait for slow subscribers, not lose lines; --drop is PUB's own way.
            socket.setsockopt(zmq.XPUB_NODROP, 0 if settings.drop else 1)
        elif role.socket_type == "ROUTER":
            socket.setsockopt(
                zmq.ROUTER_MANDATORY, 1
            )  # an unknown routing id is told, not dropped in silence

    def start(self) -> None:
        """What can only happen once the endpoints are there: the subscriptions of an XSUB."""
        if self.role.socket_type == "XSUB":
            for topic in self.settings.topics or (b"",):
                self.zmq.send(b"\x01" + topic)

    def try_send(self, parts: Parts) -> bool:
        """Send if that is possible now; False if it would block. A message nobody can get is counted and told."""
        try:
            if len(parts) == 1:
                # Without NOBLOCK, which would mean the same: sends without flags take the library's shortest way.
                self.zmq.send(parts[0], timeout=0)
            else:
                self.zmq.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            self.counters.dropped += 1
            say(f"no peer has the routing id {parts[0]!r}; message dropped")
            return True
        self.counters.sent += 1
        self.counters.bytes_sent += sum(map(len, parts))
        return True

    def send(self, parts: Parts) -> None:
        """Send, waiting for room or for a peer. Raises TimedOut or Stopped."""
        if self.try_send(parts):
            return
        deadline = self._deadline()
        hint_at = monotonic() + HINT_AFTER_MS / 1000
        while not self.try_send(parts):
            if not self._wait_for_room(min(deadline, hint_at)):
                self._check_time(deadline, "no peer took the message")
                hint_at = self._hint(hint_at)

    def _wait_for_room(self, until: float) -> bool:
        """Wait until a send may work; False when the time is up."""
        if self.role.socket_type != "XPUB":
            return self.wait(zmq.POLLOUT, until)
        self.stop.sleep(XPUB_RETRY_MS / 1000)
        return monotonic() < until

    def _hint(self, hint_at: float) -> float:
        """Say once that we are stuck; returns when to say it next: never."""
        if monotonic() < hint_at:
            return hint_at
        if not self.settings.quiet:
            say("waiting: no peer takes messages; is the other side running, and is it reading?")
        return FOREVER

    def try_receive(self) -> Parts | None:
        """A message that is here, or None."""
        try:
            parts: Parts = self.zmq.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None
        self.counters.received += 1
        self.counters.bytes_received += sum(map(len, parts))
        return parts

    def receive(self) -> Parts:
        """Wait for a message. Raises TimedOut or Stopped."""
        deadline = self._deadline()
        while True:
            self.stop.check()
            parts = self.try_receive()
            if parts is not None:
                return parts
            if not self.wait(zmq.POLLIN, deadline):
                self._check_time(deadline, "nothing came")

    def _deadline(self) -> float:
        timeout = self.settings.timeout_ms
        return FOREVER if timeout is None else monotonic() + timeout / 1000

    def _check_time(self, deadline: float, complaint: str) -> None:
        if monotonic() >= deadline:
            raise TimedOut(f"{complaint} within {self.settings.timeout_ms} ms")

    def wait(self, flag: int, until: float) -> bool:
        """Poll the socket for ``flag``, and the signals. False: the time is up. Raises Stopped."""
        poller = self._pollers.get(flag)
        if poller is None:
            poller = self._pollers[flag] = zmq.Poller()
            poller.register(self.zmq, flag)
            poller.register(self.stop.fd, zmq.POLLIN)
        happened = poller.poll(milliseconds_until(until))
        self.stop.check()
        return bool(happened)

    def wait_for_peers(self) -> None:
        """Wait for --wait peers. Raises TimedOut or Stopped."""
        if self.watcher is None or not self.settings.wait:
            return
        self.stop.enter()
        try:
            enough = self.watcher.wait_for(self.settings.wait, self.settings.timeout_s)
        finally:
            self.stop.leave()
        if not enough:
            raise TimedOut(
                f"{self.watcher.handshakes} of {self.settings.wait} peers came within {self.settings.timeout_ms} ms"
            )

    @property
    def may_leave_messages(self) -> bool:
        """True if messages can still be queued when the command ends."""
        return self.role.work is not Work.RECEIVE and self.counters.sent > 0


def milliseconds_until(until: float) -> int | None:
    """A poll's timeout; rounded up, so that it never ends just before its time."""
    return None if until == FOREVER else max(0, ceil((until - monotonic()) * 1000))
