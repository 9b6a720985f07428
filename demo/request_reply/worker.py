"""A worker: answers requests until it is told to stop, and remembers which."""

from __future__ import annotations

import hashlib

import purezmq as zmq

from ..child import begin


def main() -> None:
    line, job = begin()
    answered = []
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.connect(job["broker"])
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(line.socket, zmq.POLLIN)
        line.say("ready")
        while line.socket not in (ready := dict(poller.poll())):
            if socket in ready:
                name, request = socket.recv_multipart()
                socket.send_multipart([name, hashlib.sha256(request).digest()])
                answered.append(name.decode())
    line.say("done", answered=answered)
    line.close()


if __name__ == "__main__":
    main()
