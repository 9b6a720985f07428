"""SIGINT and SIGTERM, turned into something every kind of wait can see.

A signal makes ``fd`` readable, so that a poll ends, and sets ``requested``. Where the command sits in a blocking call
that cannot be polled (reading a file or a pipe, writing to a stdout that nobody empties, the end of a context), it
says so with ``enter`` and ``leave``, and the handler raises ``Stopped`` out of that call. The handler looks at the
mark, and ``enter`` looks at the flag after setting the mark: whichever comes second sees the other, so no signal is
slept through.

A second signal before the command has begun to end kills the process: the user has waited long enough.
"""

from __future__ import annotations

import os
import signal
import socket
from math import ceil
from types import FrameType

import purezmq as zmq

SIGNAL_BASE = 128  # what shells add to a signal's number in an exit code


class Stopped(Exception):
    """A signal asked the command to end."""


class Stop:
    """Whether somebody asked the command to end."""

    def __init__(self) -> None:
        self.requested = False  # a signal came
        self._pending = False  # and has not yet ended what it came in
        self._inside = False
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self.fd = self._reader.fileno()

    def install(self) -> None:
        """Take SIGINT and SIGTERM over. Only in the main thread."""
        # The interpreter's C handler writes to this descriptor at once; our handler runs only at the next bytecode,
        # which would be too late for a signal that comes between the last one and the poll.
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._caught)

    def _caught(self, number: int, _frame: FrameType | None) -> None:
        if self._pending:
            os._exit(SIGNAL_BASE + number)
        self.requested = self._pending = True
        if self._inside:
            self._inside = False
            raise Stopped

    def enter(self) -> None:
        """A blocking call follows, which a signal may end with Stopped."""
        self._inside = True
        self.check()

    def leave(self) -> None:
        """The blocking call is over."""
        self._inside = False

    def check(self) -> None:
        """Raise Stopped if a signal came."""
        if self._pending:
            self._inside = False
            raise Stopped

    def settle(self) -> None:
        """The command is ending by now. A signal that comes from here on ends the steps of that, too."""
        self._pending = False

    def sleep(self, seconds: float) -> None:
        """Sleep; raises Stopped as soon as a signal comes."""
        poller = zmq.Poller()
        poller.register(self.fd, zmq.POLLIN)
        poller.poll(ceil(max(0.0, seconds) * 1000))
        self.check()
