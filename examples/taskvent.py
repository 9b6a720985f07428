"""Task ventilator: the head of the parallel pipeline. Deals out tasks, each a number of milliseconds.

PUSH deals its messages in turn to whoever is connected, so a worker that connects first gets everything
sent until the next one is there. Have all workers running before the batch starts: press Enter, or give
--workers and the ventilator counts them as they connect.

    python taskvent.py                      # with taskwork.py and tasksink.py,
    python taskvent.py --workers 3          # or taskwork2.py and tasksink2.py
"""

import argparse
import contextlib
import random

import purezmq as zmq


def wait_for_workers(monitor: zmq.Socket, workers: int) -> None:
    """Return when so many workers have connected to the monitored socket."""
    if workers == 0:
        input("Press Enter when the workers are ready: ")
    for _ in range(workers):
        monitor.recv_multipart()  # one event per worker: the monitor reports finished handshakes only


def send_batch(endpoint: str, sink_endpoint: str, workers: int, tasks: int, longest_ms: int) -> None:
    with zmq.Context() as context, context.socket(zmq.PUSH) as sender, context.socket(zmq.PUSH) as sink:
        with sender.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED) as monitor:
            sender.bind(endpoint)
            print("ready on", sender.get_string(zmq.LAST_ENDPOINT), flush=True)
            wait_for_workers(monitor, workers)
            sender.disable_monitor()  # before closing it: a monitor is read or switched off, never abandoned

        # The first message tells the sink that the batch begins, so that it can measure how long it takes.
        sink.connect(sink_endpoint)
        sink.send_string("0")

        total_ms = 0
        for _ in range(tasks):
            workload_ms = random.randint(1, longest_ms)
            total_ms += workload_ms
            sender.send_string(str(workload_ms))
        print(f"sent {tasks} tasks, {total_ms} ms of work", flush=True)
        # Leaving the "with" closes the sockets, and closing waits until the messages have really gone.


def main() -> None:
    parser = argparse.ArgumentParser(description="Task ventilator")
    parser.add_argument("endpoint", nargs="?", default="tcp://*:5557", help="where workers connect")
    parser.add_argument("sink", nargs="?", default="tcp://localhost:5558", help="the sink's address")
    parser.add_argument(
        "--workers", type=int, default=0, help="start when so many are connected (default: ask)"
    )
    parser.add_argument("--tasks", type=int, default=100, help="size of the batch")
    parser.add_argument("--longest", type=int, default=100, help="longest task in milliseconds")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        send_batch(arguments.endpoint, arguments.sink, arguments.workers, arguments.tasks, arguments.longest)


if __name__ == "__main__":
    main()
