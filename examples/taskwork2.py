"""Task worker with kill signalling: like taskwork.py, but ends when the sink says that the batch is done.

It listens to two sockets at once, tasks on one and the sink's orders on the other, with a Poller. A SUB
socket hears nothing until it subscribes; without that line the order to stop never arrives.

    python taskwork2.py                     # needs taskvent.py and tasksink2.py
"""

import argparse
import contextlib
import time

import purezmq as zmq


def work(source: str, sink: str, control: str) -> int:
    """Work until told to stop; returns the number of tasks done."""
    with (
        zmq.Context() as context,
        context.socket(zmq.SUB) as controller,
        context.socket(zmq.PULL) as receiver,
        context.socket(zmq.PUSH) as sender,
    ):
        sender.linger = 1000
        # Subscribe before asking for work: the sink waits for this before it sends the order to stop.
        controller.connect(control)
        controller.subscribe(b"")
        receiver.connect(source)
        sender.connect(sink)
        print("worker ready", flush=True)

        poller = zmq.Poller()
        poller.register(receiver, zmq.POLLIN)
        poller.register(controller, zmq.POLLIN)
        done = 0
        while True:
            ready = dict(poller.poll())
            if receiver in ready:
                time.sleep(int(receiver.recv()) / 1000)
                sender.send(b"")
                done += 1
            if controller in ready and controller.recv() == b"KILL":
                return done


def main() -> None:
    parser = argparse.ArgumentParser(description="Task worker that can be told to stop")
    parser.add_argument("source", nargs="?", default="tcp://localhost:5557", help="the ventilator's address")
    parser.add_argument("sink", nargs="?", default="tcp://localhost:5558", help="the sink's address")
    parser.add_argument(
        "control", nargs="?", default="tcp://localhost:5559", help="where the sink gives orders"
    )
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        done = work(arguments.source, arguments.sink, arguments.control)
        print(f"killed after {done} tasks", flush=True)


if __name__ == "__main__":
    main()
