"""Reading the input in a thread, for commands that receive while their input is silent."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator

from .failure import CliFailure
from .forms import Parts

ROOM = 8  # batches read ahead; each is at most what one read returned


class Feeder:
    """Moves batches of messages from a blocking iterator to a thread that polls.

    ``fd`` is readable while there may be something to take. The thread is a daemon that sits in os.read: there is no
    portable way to end that, and nothing is lost when the process ends under it.
    """

    def __init__(self, batches: Iterator[list[Parts]]) -> None:
        self._batches = batches
        self._ready: queue.Queue[list[Parts] | None] = queue.Queue(ROOM)
        self._failure: CliFailure | None = None
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self.fd = self._reader.fileno()
        self.is_over = False
        threading.Thread(target=self._run, name="purezmq-input", daemon=True).start()

    def take(self) -> list[Parts]:
        """The next batch, or an empty one. Raises the input's failure; sets ``is_over`` at its end."""
        try:
            self._reader.recv(ROOM * 2)
        except OSError:
            pass  # nothing new was announced; there may still be something queued
        try:
            batch = self._ready.get_nowait()
        except queue.Empty:
            return []
        if batch is not None:
            if not self._ready.empty():
                self._wake()  # we took the announcements of several batches but only one batch
            return batch
        self.is_over = True
        if self._failure is not None:
            raise self._failure
        return []

    def _run(self) -> None:
        try:
            for batch in self._batches:
                self._ready.put(batch)
                self._wake()
        except CliFailure as failure:
            self._failure = failure
        self._ready.put(None)
        self._wake()

    def _wake(self) -> None:
        try:
            self._writer.send(b"!")
        except OSError:
            pass  # full: it is readable, which is all that matters
