"""dealer, router, pair, xpub and xsub: the input to the socket and what comes to stdout, at the same time."""

from __future__ import annotations

from collections import deque
from math import inf
from time import monotonic

import purezmq as zmq

from .failure import ExitCode
from .feeder import Feeder
from .forms import Parts
from .open_socket import XPUB_RETRY_MS, OpenSocket, TimedOut, milliseconds_until
from .pace import Pace
from .printing import Printer
from .subscribers import Subscribers

BATCH = 256  # messages received before the other direction gets its turn


class Exchange:
    """Both directions of one socket in one thread; the input is read by a feeder."""

    def __init__(self, opened: OpenSocket, feeder: Feeder, printer: Printer) -> None:
        self._opened = opened
        self._feeder = feeder
        self._printer = printer
        self._to_send: deque[Parts] = deque()
        self._received = 0
        self._pace = Pace(opened.settings.rate) if opened.settings.rate else None
        self._next_send = 0.0  # when --rate allows the next message
        self._is_xpub = opened.role.socket_type == "XPUB"
        self._subscribers = Subscribers(opened)
        self._poller = zmq.Poller()
        self._poller.register(opened.stop.fd, zmq.POLLIN)
        self._watches_input = False

    def run(self) -> ExitCode:
        """Until --count messages came, a silence of --timeout, or a signal (Stopped).

        --count 0 ends when the input is sent. Otherwise the end of the input ends nothing: answers may still come.
        """
        self._opened.wait_for_peers()
        last_move = monotonic()
        while not self._is_done():
            self._opened.stop.check()
            if self._receive() | self._send():
                last_move = monotonic()
                continue
            self._printer.flush()
            if self._is_done():  # the end of the input was found just now; there is nothing to wait for
                break
            timeout = self._opened.settings.timeout_s
            deadline = inf if timeout is None else last_move + timeout
            if not self._wait(deadline) and monotonic() >= deadline:
                return self._silence()
        return ExitCode.OK

    def _is_done(self) -> bool:
        count = self._opened.settings.count
        if count == 0:
            return self._feeder.is_over and not self._to_send
        return count is not None and self._received >= count

    def _silence(self) -> ExitCode:
        settings = self._opened.settings
        if self._to_send:
            raise TimedOut(f"no peer took the message within {settings.timeout_ms} ms")
        if not self._received or settings.count is not None:
            raise TimedOut(f"nothing came within {settings.timeout_ms} ms")
        return ExitCode.OK

    def _receive(self) -> bool:
        """Print what is here; True if something was."""
        for n in range(BATCH):
            if self._is_done():
                return n > 0
            parts = self._opened.try_receive()
            if parts is None:
                return n > 0
            if self._is_xpub and self._subscribers.heard(parts[0]):
                self._printer.subscription(parts[0])
            else:
                self._printer.message(parts)
            self._received += 1
        return True

    def _send(self) -> bool:
        """Send what is there and can leave; True if something left."""
        for n in range(BATCH):
            if not self._to_send and self._may_publish():
                self._to_send.extend(self._feeder.take())
            if (
                not self._to_send
                or self._next_send > monotonic()
                or not self._opened.try_send(self._to_send[0])
            ):
                return n > 0
            self._to_send.popleft()
            if self._pace is not None:
                now = monotonic()
                self._next_send = now + self._pace.delay(now)
        return True

    def _may_publish(self) -> bool:
        return not self._is_xpub or self._subscribers.count >= self._opened.settings.wait

    def _wait(self, until: float) -> bool:
        """Sleep until something can be done; False if nothing happened."""
        flags = zmq.POLLIN
        if self._to_send:
            if self._next_send > monotonic():
                until = min(until, self._next_send)
            elif self._is_xpub:
                until = min(until, monotonic() + XPUB_RETRY_MS / 1000)
            else:
                flags |= zmq.POLLOUT
        self._poller.register(self._opened.zmq, flags)
        self._watch_input(not self._to_send and self._may_publish() and not self._feeder.is_over)
        return bool(self._poller.poll(milliseconds_until(until)))

    def _watch_input(self, wanted: bool) -> None:
        """Let more input end the wait, or not: input that we would not take must not keep us from sleeping."""
        if wanted == self._watches_input:
            return
        if wanted:
            self._poller.register(self._feeder.fd, zmq.POLLIN)
        else:
            self._poller.unregister(self._feeder.fd)
        self._watches_input = wanted
