"""Task sink with kill signalling: when the batch is complete it tells every worker to stop.

What is published before a subscription has arrived is lost, so a sink that publishes KILL and leaves
reaches the workers only by luck. This one uses XPUB, the publisher that shows its subscriptions as
messages: it sends KILL when as many workers as it was told of have subscribed, and leaves when all of them
have unsubscribed again.

Mind the endpoint: it is "tcp://*:5559" with a colon. "tcp://*.5559" has no port and cannot be bound
(errors.py). And 5559 is also what the brokers' clients use, so stop rrbroker.py or msgqueue.py first.

    python tasksink2.py --workers 3         # needs taskvent.py and three of taskwork2.py
"""

import argparse
import contextlib
import time

import purezmq as zmq

# How long to wait for workers that do not (un)subscribe, because they were never started or have crashed.
PATIENCE_MS = 10_000


def collect(receiver: zmq.Socket, tasks: int) -> None:
    receiver.recv()  # the ventilator's start of batch
    started = time.monotonic()
    for number in range(tasks):
        receiver.recv()
        print(":" if number % 10 == 0 else ".", end="", flush=True)
    elapsed_ms = (time.monotonic() - started) * 1000
    print(f"\ncollected {tasks} results in {elapsed_ms:.0f} ms", flush=True)


def count_notices(controller: zmq.Socket, notice: bytes, wanted: int) -> int:
    """Read (un)subscription notices until the wanted number has come; returns how many did."""
    seen = 0
    while seen < wanted and controller.poll(PATIENCE_MS):
        seen += controller.recv() == notice
    return seen


def run(endpoint: str, control: str, workers: int, tasks: int) -> None:
    with (
        zmq.Context() as context,
        context.socket(zmq.PULL) as receiver,
        context.socket(zmq.XPUB) as controller,
    ):
        # By default XPUB reports only the first subscription to a topic and the last one's end. Report
        # every one.
        controller.setsockopt(zmq.XPUB_VERBOSER, 1)
        receiver.bind(endpoint)
        controller.bind(control)
        print("results: ready on", receiver.get_string(zmq.LAST_ENDPOINT), flush=True)
        print("control: ready on", controller.get_string(zmq.LAST_ENDPOINT), flush=True)

        collect(receiver, tasks)
        listening = count_notices(controller, b"\x01", workers)  # 1: subscribed, to everything
        controller.send(b"KILL")
        gone = count_notices(controller, b"\x00", listening)  # 0: unsubscribed
        print(f"KILL sent to {listening} of {workers} workers, {gone} have ended", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Task sink that stops the workers")
    parser.add_argument("endpoint", nargs="?", default="tcp://*:5558", help="where results arrive")
    parser.add_argument("control", nargs="?", default="tcp://*:5559", help="where workers listen for orders")
    parser.add_argument("--workers", type=int, default=1, help="how many workers there are")
    parser.add_argument("--tasks", type=int, default=100, help="size of the batch")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        run(arguments.endpoint, arguments.control, arguments.workers, arguments.tasks)


if __name__ == "__main__":
    main()
