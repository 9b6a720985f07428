"""Task worker: takes tasks from the ventilator, does the work (sleeps), tells the sink.

It never learns that the batch is over and waits for more until it is interrupted. taskwork2.py does better.

    python taskwork.py                      # needs taskvent.py and tasksink.py
"""

import argparse
import contextlib
import time

import purezmq as zmq


def work(source: str, sink: str) -> None:
    with zmq.Context() as context, context.socket(zmq.PULL) as receiver, context.socket(zmq.PUSH) as sender:
        # On the way out, results still unsent get one more second; a sink that is gone must not hold us for
        # ever.
        sender.linger = 1000
        receiver.connect(source)
        sender.connect(sink)
        print("worker ready", flush=True)
        while True:
            workload_ms = int(receiver.recv())
            print(workload_ms, end=".", flush=True)
            time.sleep(workload_ms / 1000)
            sender.send(b"")


def main() -> None:
    parser = argparse.ArgumentParser(description="Task worker")
    parser.add_argument("source", nargs="?", default="tcp://localhost:5557", help="the ventilator's address")
    parser.add_argument("sink", nargs="?", default="tcp://localhost:5558", help="the sink's address")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        work(arguments.source, arguments.sink)


if __name__ == "__main__":
    main()
