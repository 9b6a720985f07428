"""An intermediary process: two sockets that everybody else connects to, and zmq.proxy between them.

As ROUTER and DEALER it is the broker of the request-reply stage, as XSUB and XPUB the meeting point of
publishers and subscribers. Each side listens on tcp and on ipc at once.
"""

from __future__ import annotations

import contextlib
import threading

import purezmq as zmq

from .child import begin


def bind(socket: zmq.Socket, endpoints: list[str]) -> list[str]:
    """Bind to all endpoints; returns the addresses to connect to."""
    # No limit on queues: the account at the end must come out exact, so nothing may be dropped for lack of
    # room.
    socket.sndhwm = socket.rcvhwm = 0
    bound = []
    for endpoint in endpoints:
        socket.bind(endpoint)
        bound.append(socket.get_string(zmq.LAST_ENDPOINT))
    return bound


def relay(frontend: zmq.Socket, backend: zmq.Socket) -> None:
    with frontend, backend, contextlib.suppress(zmq.ContextTerminated):
        zmq.proxy(frontend, backend)


def main() -> None:
    line, job = begin()
    context = zmq.Context()
    frontend = context.socket(getattr(zmq, job["frontend_type"]))
    backend = context.socket(getattr(zmq, job["backend_type"]))
    line.say("ready", frontend=bind(frontend, job["frontend"]), backend=bind(backend, job["backend"]))

    thread = threading.Thread(target=relay, args=(frontend, backend))
    thread.start()
    line.hear()  # there is only one order: to stop
    line.say("stopped", frontend=frontend.stats()["drops"], backend=backend.stats()["drops"])
    context.term()  # ends the proxy with ContextTerminated, and waits until it has closed its sockets
    thread.join()
    line.close()


if __name__ == "__main__":
    main()
