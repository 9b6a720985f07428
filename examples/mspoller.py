"""Reading from two sockets, the right way: wait for both at once with a Poller.

The program sleeps until one of the sockets has a message and wakes up at once when it has. While nothing
comes it uses no processor time. Compare each socket in the result with the socket you registered, and read
every one that is reported: a message left unread makes the next poll return immediately, and the loop
spins.

    python mspoller.py                      # needs taskvent.py --workers 1 and wuserver.py, either or both
"""

import argparse
import contextlib

import purezmq as zmq


def read(tasks_from: str, weather_from: str, count: int) -> None:
    with (
        zmq.Context() as context,
        context.socket(zmq.PULL) as receiver,
        context.socket(zmq.SUB) as subscriber,
    ):
        receiver.connect(tasks_from)
        subscriber.connect(weather_from)
        subscriber.subscribe(b"10001 ")

        poller = zmq.Poller()
        poller.register(receiver, zmq.POLLIN)
        poller.register(subscriber, zmq.POLLIN)
        print("reader ready", flush=True)

        seen = 0
        while seen < count or count < 0:
            ready = dict(poller.poll())
            # Tasks go first: while there is one, updates wait.
            if receiver in ready:
                print("task:", receiver.recv_string(), flush=True)
                seen += 1
            elif subscriber in ready:
                print("weather:", subscriber.recv_string(), flush=True)
                seen += 1


def main() -> None:
    parser = argparse.ArgumentParser(description="Read two sockets with a Poller")
    parser.add_argument("tasks", nargs="?", default="tcp://localhost:5557", help="the ventilator's address")
    parser.add_argument(
        "weather", nargs="?", default="tcp://localhost:5556", help="the weather server's address"
    )
    parser.add_argument(
        "--count", type=int, default=-1, help="stop after this many messages (default: never)"
    )
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        read(arguments.tasks, arguments.weather, arguments.count)


if __name__ == "__main__":
    main()
