"""A worker: counts the words of the chunks it gets, until the sink says KILL."""

from __future__ import annotations

import json

import purezmq as zmq

from ..child import begin
from ..text import count_words


def main() -> None:
    line, job = begin()
    done = []
    with (
        zmq.Context() as context,
        context.socket(zmq.SUB) as controller,
        context.socket(zmq.PULL) as receiver,
        context.socket(zmq.PUSH) as sender,
    ):
        controller.connect(job["control"])
        controller.subscribe(b"KILL")
        receiver.connect(job["tasks"])
        sender.connect(job["results"])
        poller = zmq.Poller()
        poller.register(receiver, zmq.POLLIN)
        poller.register(controller, zmq.POLLIN)
        line.say("ready")
        while controller not in (ready := dict(poller.poll())):
            if receiver in ready:
                number, chunk = receiver.recv_multipart()
                sender.send_multipart([number, json.dumps(count_words(chunk)).encode()])
                done.append(number.decode())
        line.say("killed", word=controller.recv_string(), done=done)
    line.close()


if __name__ == "__main__":
    main()
