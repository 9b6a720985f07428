"""Request-reply client: sends ten requests to whatever answers at the other end.

It neither knows nor cares that a broker (rrbroker.py or msgqueue.py) stands between it and the workers.

    python rrbroker.py
    python rrworker.py                      # one or more of these
    python rrclient.py
"""

import argparse
import contextlib

import purezmq as zmq


def ask(endpoint: str, count: int) -> None:
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.linger = 0  # see hwclient.py
        socket.connect(endpoint)
        for number in range(1, count + 1):
            socket.send_string("Hello")
            print(f"received reply {number} [{socket.recv_string()}]", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Request-reply client")
    parser.add_argument("endpoint", nargs="?", default="tcp://localhost:5559", help="the broker's frontend")
    parser.add_argument("--count", type=int, default=10, help="how many requests to send")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        ask(arguments.endpoint, arguments.count)


if __name__ == "__main__":
    main()
