"""Hello World server: answers every "Hello" with "World".

A REP socket is a strict dialogue: receive one request, send one reply, again and again. It may serve any
number of clients; there is no accept step, and every client is answered in turn.

    python hwserver.py                      # then, in another terminal, in either order:
    python hwclient.py
"""

import argparse
import contextlib

import purezmq as zmq


def serve(endpoint: str, count: int) -> None:
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.bind(endpoint)
        # LAST_ENDPOINT is the address really bound: the port number, when it was asked for as "*".
        print("ready on", socket.get_string(zmq.LAST_ENDPOINT), flush=True)
        answered = 0
        while answered != count:
            request = socket.recv_string()
            print("received", request, flush=True)
            socket.send_string("World")
            answered += 1


def main() -> None:
    parser = argparse.ArgumentParser(description="Hello World server")
    parser.add_argument("endpoint", nargs="?", default="tcp://*:5555", help="where to listen")
    parser.add_argument(
        "--count", type=int, default=-1, help="stop after this many requests (default: never)"
    )
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is the usual way to stop a server, not an error
        serve(arguments.endpoint, arguments.count)


if __name__ == "__main__":
    main()
