"""Request-reply worker: the Hello World server, except that it connects to a broker instead of listening.

Workers keep no state between requests, so any of them may answer any request, and they may be started and
stopped at will without telling the clients.

    python rrworker.py                      # needs rrbroker.py or msgqueue.py
"""

import argparse
import contextlib

import purezmq as zmq


def serve(endpoint: str, count: int) -> None:
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.connect(endpoint)
        answered = 0
        while answered != count:
            print("received request:", socket.recv_string(), flush=True)
            socket.send_string("World")
            answered += 1


def main() -> None:
    parser = argparse.ArgumentParser(description="Request-reply worker")
    parser.add_argument("endpoint", nargs="?", default="tcp://localhost:5560", help="the broker's backend")
    parser.add_argument(
        "--count", type=int, default=-1, help="stop after this many requests (default: never)"
    )
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        serve(arguments.endpoint, arguments.count)


if __name__ == "__main__":
    main()
