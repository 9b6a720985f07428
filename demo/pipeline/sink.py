"""The sink: adds up the results and, when there is one for every task, sends the workers home."""

from __future__ import annotations

import json
import time
from collections import Counter

import purezmq as zmq

from ..child import begin
from ..control import Line
from ..relay import bind

REPORT_EVERY = 25
LOST_ON_PURPOSE = 3


class Sink:
    """Counts notices of subscription, and results."""

    def __init__(self, line: Line, results: zmq.Socket, controller: zmq.Socket, patience_s: float) -> None:
        self._line = line
        self._results = results
        self._controller = controller
        self._patience_s = patience_s
        self._poller = zmq.Poller()
        self._poller.register(results, zmq.POLLIN)
        self._poller.register(line.socket, zmq.POLLIN)
        self.received: list[str] = []
        self.words: Counter[str] = Counter()

    def wait_for_workers(self, workers: int, notice: bytes) -> int:
        """Wait until so many have (un)subscribed; returns how many did in time."""
        seen = 0
        while seen < workers and self._controller.poll(round(self._patience_s * 1000)):
            seen += self._controller.recv() == notice
        return seen

    def collect(self, lose: bool) -> None:
        """Take results until there is one for each task, or there have been none for too long."""
        tasks = None  # how many there are is known only when the ventilator has sent the last one
        last = time.monotonic()
        while tasks is None or len(self.received) < tasks:
            ready = dict(self._poller.poll(100))
            if self._line.socket in ready:
                _, facts = self._line.hear()
                tasks = facts["tasks"]
            if self._results in ready:
                last = time.monotonic()
                number, words = self._results.recv_multipart()
                if lose and len(self.received) == LOST_ON_PURPOSE:
                    lose = False
                    continue
                self.received.append(number.decode())
                self.words.update(json.loads(words))
                if len(self.received) % REPORT_EVERY == 0:
                    self._line.say("progress", results=len(self.received))
            elif tasks is not None and time.monotonic() - last > self._patience_s:
                return  # the account will say which are missing


def main() -> None:
    line, job = begin()
    with (
        zmq.Context() as context,
        context.socket(zmq.PULL) as results,
        context.socket(zmq.XPUB) as controller,
    ):
        controller.setsockopt(
            zmq.XPUB_VERBOSER, 1
        )  # report every subscription, not only the first to a topic
        where = {"results": bind(results, job["results"]), "control": bind(controller, job["control"])}
        line.say("ready", **where)
        sink = Sink(line, results, controller, job["patience_s"])
        listening = sink.wait_for_workers(job["workers"], b"\x01KILL")
        line.say("listening", workers=listening)
        sink.collect(job["lose"])
        controller.send(b"KILL")
        gone = sink.wait_for_workers(listening, b"\x00KILL")
        line.say("done", received=sink.received, words=sink.words, kills=listening, gone=gone)
    line.close()


if __name__ == "__main__":
    main()
