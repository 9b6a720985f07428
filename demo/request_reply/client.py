"""A client: sends its share of the lines, one after the other, and checks every reply."""

from __future__ import annotations

import hashlib
from pathlib import Path

import purezmq as zmq

from .. import text
from ..child import begin

REPORT_EVERY = 50


def main() -> None:
    line, job = begin()
    share = text.lines(Path(job["folder"]), job["first"] + job["count"])[job["first"] :]
    sent, received = [], []
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.linger = 0
        socket.connect(job["broker"])
        for number, request in enumerate(share):
            name = f"{job['name']}/{number}"
            socket.send_multipart([name.encode(), request])
            sent.append(name)
            if not socket.poll(round(job["patience_s"] * 1000)):
                break  # the account will say which one got no reply
            answered, digest = socket.recv_multipart()
            is_right = digest == hashlib.sha256(request).digest()
            if number != job["lose"]:
                received.append(answered.decode() if is_right else f"{answered.decode()} with a wrong answer")
            if len(sent) % REPORT_EVERY == 0:
                line.say("progress", received=len(received))
    line.say("done", sent=sent, received=received)
    line.close()


if __name__ == "__main__":
    main()
