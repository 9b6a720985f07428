"""Following a socket's state in the background: the log of --verbose and the count behind --wait."""

from __future__ import annotations

import threading

import purezmq as zmq
from purezmq.events import MonitorEvent

from .failure import say

END_S = 1.0  # for reading what happened before the socket was closed


class Watcher:
    """Reads a socket's events in a thread until the socket is closed."""

    def __init__(self, socket: zmq.Socket[bytes], verbose: bool) -> None:
        self._events = socket.monitor_events()
        self._verbose = verbose
        self._changed = threading.Condition()
        # Handshakes that ever succeeded. Not a count of who is here now: a DISCONNECTED does not say whether that
        # connection had got as far as a handshake.
        self.handshakes = 0
        self._thread = threading.Thread(target=self._run, name="purezmq-watcher", daemon=True)
        self._thread.start()

    def wait_for(self, peers: int, timeout: float | None) -> bool:
        """Wait until that many peers have connected; False when the time is up."""
        with self._changed:
            return self._changed.wait_for(lambda: self.handshakes >= peers, timeout)

    def finish(self) -> None:
        """The socket is closed: wait until everything that happened to it is told."""
        self._thread.join(END_S)

    def _run(self) -> None:
        with self._events as events:
            for event in events:
                self._take(event)

    def _take(self, event: MonitorEvent) -> None:
        if self._verbose:
            say(str(event))
        if event.event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            with self._changed:
                self.handshakes += 1
                self._changed.notify_all()
