"""Following a socket's state in the background: the log of --verbose and the count behind --wait."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import purezmq as zmq
from purezmq.utils.monitor import recv_monitor_message

from .event_text import describe
from .failure import say

END_S = 1.0  # for reading what happened before the socket was closed


class Watcher:
    """Reads a socket's monitor in a thread until the socket is closed."""

    def __init__(self, socket: zmq.Socket[bytes], verbose: bool) -> None:
        self._monitor = socket.get_monitor_socket()
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
        try:
            while self._take(recv_monitor_message(self._monitor)):
                pass
        except zmq.ZMQError:
            pass  # the context is going away, and the monitor with it
        finally:
            self._monitor.close(linger=0)

    def _take(self, notice: Mapping[str, Any]) -> bool:
        event = notice["event"]
        if event == zmq.EVENT_MONITOR_STOPPED:
            return False
        if self._verbose:
            say(describe(notice))
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            with self._changed:
                self.handshakes += 1
                self._changed.notify_all()
        return True
