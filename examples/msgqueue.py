"""Message queue: the broker of rrbroker.py with its loop replaced by one call, zmq.proxy.

The classic way to break it is one digit too many: bind the workers' side to port 55560 while the workers
connect to 5560. Both are legal ports, so nothing fails; everybody just waits. Hence the watchman below, who
says so when a side of the queue has had no visitor for a while.

    python msgqueue.py                      # clients connect to 5559, workers to 5560
"""

import argparse
import contextlib
import threading

import purezmq as zmq


def warn_if_nobody_comes(monitor: zmq.Socket, endpoint: str, seconds: float) -> None:
    """Wait for the first peer of a bound socket, and say so if there is none in time."""
    with contextlib.suppress(zmq.ContextTerminated), monitor:
        if not monitor.poll(round(seconds * 1000)):
            print(f"nobody has connected to {endpoint} in {seconds:g} s: is it the one they use?", flush=True)
        # Read on to the end. A monitor that nobody reads stops the sockets of libzmq, if this runs on it one day.
        while True:
            monitor.recv_multipart()


def bind_watched(socket: zmq.Socket, endpoint: str, name: str, patience_s: float) -> None:
    # A monitor is a PAIR socket that reports what happens to the connections of another socket.
    monitor = socket.get_monitor_socket(zmq.EVENT_ACCEPTED)
    socket.bind(endpoint)
    bound = socket.get_string(zmq.LAST_ENDPOINT)
    print(f"{name}: ready on", bound, flush=True)
    threading.Thread(target=warn_if_nobody_comes, args=(monitor, bound, patience_s), daemon=True).start()


def queue(front_endpoint: str, back_endpoint: str, patience_s: float) -> None:
    context = zmq.Context()
    try:
        with context.socket(zmq.ROUTER) as frontend, context.socket(zmq.DEALER) as backend:
            bind_watched(frontend, front_endpoint, "clients", patience_s)
            bind_watched(backend, back_endpoint, "workers", patience_s)
            zmq.proxy(frontend, backend)  # runs until the program is interrupted
    finally:
        # term() ends the watchmen's waiting with ContextTerminated and lets each close its own monitor.
        # Leaving a "with zmq.Context()" would close those monitors from this thread, under their owners'
        # feet.
        context.term()


def main() -> None:
    parser = argparse.ArgumentParser(description="Message queue broker on zmq.proxy")
    parser.add_argument("frontend", nargs="?", default="tcp://*:5559", help="where clients connect")
    parser.add_argument("backend", nargs="?", default="tcp://*:5560", help="where workers connect")
    parser.add_argument(
        "--patience", type=float, default=5.0, help="seconds without a visitor before a warning"
    )
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        queue(arguments.frontend, arguments.backend, arguments.patience)


if __name__ == "__main__":
    main()
