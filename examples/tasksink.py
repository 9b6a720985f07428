"""Task sink: the end of the parallel pipeline. Collects one result per task and says how long the batch took.

PULL takes from all workers in turn, so a fast worker cannot shut out a slow one.

    python tasksink.py                      # needs taskvent.py and taskwork.py
"""

import argparse
import contextlib
import time

import purezmq as zmq


def collect(endpoint: str, tasks: int) -> None:
    with zmq.Context() as context, context.socket(zmq.PULL) as receiver:
        receiver.bind(endpoint)
        print("ready on", receiver.get_string(zmq.LAST_ENDPOINT), flush=True)
        receiver.recv()  # the ventilator's start of batch
        started = time.monotonic()
        for number in range(tasks):
            receiver.recv()
            print(":" if number % 10 == 0 else ".", end="", flush=True)
        elapsed_ms = (time.monotonic() - started) * 1000
        print(f"\ncollected {tasks} results in {elapsed_ms:.0f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Task sink")
    parser.add_argument("endpoint", nargs="?", default="tcp://*:5558", help="where results arrive")
    parser.add_argument("--tasks", type=int, default=100, help="size of the batch")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        collect(arguments.endpoint, arguments.tasks)


if __name__ == "__main__":
    main()
