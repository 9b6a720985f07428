"""Weather proxy: carries updates from one network (or transport) to another.

The bridge is two sockets and one call. XSUB faces the weather server, XPUB faces the subscribers, and
zmq.proxy passes updates one way and subscriptions the other, whole messages at a time. Because
subscriptions travel upstream, only the updates that somebody asked for cross the bridge; with SUB and PUB
instead, every update would.

Bind to "*" or to an address that this machine has. Binding to any other address fails (EADDRNOTAVAIL), while
connecting to an address where nobody listens fails silently: it is tried again until somebody does.

    python wuproxy.py tcp://localhost:5556 tcp://*:8100
    python wuproxy.py tcp://localhost:5556 ipc://weather.ipc       # tcp on one side, ipc on the other
"""

import argparse
import contextlib

import purezmq as zmq


def bridge(inside: str, outside: str) -> None:
    with zmq.Context() as context, context.socket(zmq.XSUB) as frontend, context.socket(zmq.XPUB) as backend:
        frontend.connect(inside)
        backend.bind(outside)
        print("ready on", backend.get_string(zmq.LAST_ENDPOINT), flush=True)
        zmq.proxy(frontend, backend)  # runs until the program is interrupted


def main() -> None:
    parser = argparse.ArgumentParser(description="Weather proxy between two networks")
    parser.add_argument(
        "inside", nargs="?", default="tcp://localhost:5556", help="the weather server's address"
    )
    parser.add_argument("outside", nargs="?", default="tcp://*:8100", help="where to publish again")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        bridge(arguments.inside, arguments.outside)


if __name__ == "__main__":
    main()
