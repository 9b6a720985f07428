"""The program under attack: purezmq sockets of several types in a process of its own.

It prints the address of each socket as one line of JSON, serves them all, and obeys the words that come over stdin.
Options for its sockets may be given as JSON in the first argument, a limit for descriptors in the second.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from typing import Any

import purezmq as zmq

ECHOING = (zmq.ROUTER, zmq.REP)
KINDS = (*ECHOING, zmq.DEALER, zmq.PULL, zmq.SUB, zmq.XPUB, zmq.PUB, zmq.PUSH, zmq.XSUB)


def status() -> dict[str, int]:
    return {
        "memory": resident_memory(),
        "descriptors": open_descriptors(),
        "threads": threading.active_count(),
        "milliseconds_of_work": int(time.process_time() * 1000),
    }


def open_descriptors() -> int:
    """How many, 0 where the system does not tell or has none left to look with."""
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0


def resident_memory() -> int:
    """Bytes of memory in use now, 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def serve(socket: Any) -> None:
    message = socket.recv_multipart(zmq.DONTWAIT)
    if socket.type in ECHOING:
        socket.send_multipart(message, zmq.DONTWAIT)
    elif message[-1].startswith(b"good "):
        say({"received": message[-1].decode()})


def say(what: Any) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    options = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    if len(sys.argv) > 2:
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), int(sys.argv[2])))
    context = zmq.Context()
    sockets = {}
    poller = zmq.Poller()
    for kind in KINDS:
        socket = sockets[kind] = context.socket(kind)
        socket.linger = 0
        for name, value in options.items():
            setattr(socket, name, value)
        if kind == zmq.SUB:
            socket.subscribe(b"")
        elif kind == zmq.XSUB:
            socket.send(b"\x01")
        socket.bind("tcp://127.0.0.1:*")
        if kind not in (zmq.PUB, zmq.PUSH):
            poller.register(socket, zmq.POLLIN)
    poller.register(sys.stdin.fileno(), zmq.POLLIN)
    poller.poll(0)  # whatever polling needs is there from now on
    say({kind.name: socket.LAST_ENDPOINT.decode() for kind, socket in sockets.items()})
    while True:
        for ready, _ in poller.poll(20):
            if ready == sys.stdin.fileno():
                word = sys.stdin.readline().strip()
                if word != "status":
                    context.destroy(linger=0)
                    return
                say(status())
            else:
                try:
                    serve(ready)
                except zmq.Again:
                    pass  # a peer that left before its echo, or that does not read it
        for kind in (zmq.PUB, zmq.XPUB, zmq.PUSH):
            try:
                sockets[kind].send(b"good tick", zmq.DONTWAIT)
            except zmq.Again:
                pass


if __name__ == "__main__":
    main()
