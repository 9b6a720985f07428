"""A subscriber: checks every message of every stream it receives, until it is told to leave."""

from __future__ import annotations

import time
from pathlib import Path

import purezmq as zmq

from .. import text
from ..child import begin
from ..control import Line
from .streams import Stream

REPORT_EVERY_S = 0.1
LOST_ON_PURPOSE = 5  # the place in its first stream of the message that is lost with --lose publish


class Reader:
    """Sorts messages into streams and reports what happens to these."""

    def __init__(self, line: Line, name: str, content: list[bytes], lose: bool) -> None:
        self._line = line
        self._name = name.encode()
        self._content = content
        self._lose = lose
        self._streams: dict[tuple[str, str], Stream] = {}

    def read(self, parts: list[bytes]) -> None:
        topic, publisher, kind, digits, body = parts
        key, number = (publisher.decode(), topic.decode()), int(digits)
        stream = self._streams.get(key)
        if kind == b"mark":
            # Marks are for one reader, though all readers of the topic receive them.
            if body == self._name and stream is not None:
                self._close(key, stream, number)
        elif stream is None:
            stream = self._streams[key] = Stream(number)
            stream.take(number, self._is_right(number, body))
            self._line.say("open", publisher=key[0], topic=key[1])
        elif not stream.is_closed:
            if self._lose and stream.received == LOST_ON_PURPOSE:
                self._lose = False
            else:
                stream.take(number, self._is_right(number, body))

    def _is_right(self, number: int, body: bytes) -> bool:
        return body == self._content[number % len(self._content)]

    def _close(self, key: tuple[str, str], stream: Stream, end: int) -> None:
        stream.close(end)
        facts = {"first": stream.first, "received": stream.received}
        problems = {"missing": stream.missing, "wrong": stream.wrong}
        self._line.say("closed", publisher=key[0], topic=key[1], **facts, **problems)

    def report(self) -> None:
        received = [[*key, stream.received] for key, stream in self._streams.items() if not stream.is_closed]
        self._line.say("progress", received=received)


def main() -> None:
    line, job = begin()
    reader = Reader(line, job["name"], text.lines(Path(job["folder"]), job["lines"]), job["lose"])
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.rcvhwm = 0  # see relay.py
        socket.connect(job["proxy"])
        for topic in job["topics"]:
            socket.subscribe(topic.encode())
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(line.socket, zmq.POLLIN)
        line.say("ready")
        reported = time.monotonic()
        while line.socket not in (ready := dict(poller.poll(round(REPORT_EVERY_S * 1000)))):
            if socket in ready:
                reader.read(socket.recv_multipart())
            if time.monotonic() - reported >= REPORT_EVERY_S:
                reader.report()
                reported = time.monotonic()
    line.say("left")
    line.close()


if __name__ == "__main__":
    main()
