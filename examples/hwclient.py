"""Hello World client: sends "Hello" and waits for "World", ten times.

A REQ socket sends one request and must receive the reply before it may send the next. It can be started
before the server: the connection is made in the background as soon as there is something to connect to.

    python hwclient.py                      # needs hwserver.py, now or later
"""

import argparse
import contextlib

import purezmq as zmq


def ask(endpoint: str, count: int) -> None:
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        # A request nobody will take any more must not keep the program from ending after Ctrl-C.
        socket.linger = 0
        socket.connect(endpoint)
        for number in range(1, count + 1):
            socket.send_string("Hello")
            print(f"request {number}: Hello -> {socket.recv_string()}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Hello World client")
    parser.add_argument("endpoint", nargs="?", default="tcp://localhost:5555", help="the server's address")
    parser.add_argument("--count", type=int, default=10, help="how many requests to send")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        ask(arguments.endpoint, arguments.count)


if __name__ == "__main__":
    main()
