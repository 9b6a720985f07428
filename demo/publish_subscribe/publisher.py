"""A publisher: sends numbered lines on all its topics until it is told to leave, and marks when asked to."""

from __future__ import annotations

from pathlib import Path

import purezmq as zmq

from .. import text
from ..child import begin

# A round of messages, then a look at the line, which is also what keeps the pace bearable for small machines.
MESSAGES_PER_ROUND = 3
PAUSE_MS = 5


def main() -> None:
    line, job = begin()
    name = job["name"].encode()
    content = text.lines(Path(job["folder"]), job["lines"])
    next_number = dict.fromkeys(job["topics"], 0)
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.sndhwm = 0  # see relay.py
        socket.connect(job["proxy"])
        line.say("ready")
        word = ""
        while word != "leave":
            for topic in next_number:
                for _ in range(MESSAGES_PER_ROUND):
                    number = next_number[topic]
                    body = content[number % len(content)]
                    socket.send_multipart([topic.encode(), name, b"line", str(number).encode(), body])
                    next_number[topic] += 1
            if line.socket.poll(PAUSE_MS):
                word, facts = line.hear()
                if word == "mark":
                    number, reader = next_number[facts["topic"]], facts["reader"].encode()
                    parts = [facts["topic"].encode(), name, b"mark", str(number).encode(), reader]
                    socket.send_multipart(parts)
                    line.say("marked", **facts, number=number)
    line.say("left", sent=sum(next_number.values()))
    line.close()


if __name__ == "__main__":
    main()
