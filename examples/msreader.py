"""Reading from two sockets, the wrong way: ask each in turn without waiting, then sleep a little.

It works, and it is worse than mspoller.py in both directions. A message that arrives during the sleep waits
for its end, and a program with nothing to do still wakes up a thousand times a second. A shorter sleep
burns more processor, a longer one adds more delay; no length is right. It is shown because everybody writes
it once, with the four mistakes usually made removed:

* each inner loop reads until the socket is *empty* (zmq.Again), not until it gets a message that happens to
  be true;
* only zmq.Again means "nothing there"; any other error is an error and ends the program;
* the sleep is one millisecond, not one microsecond, which would be no sleep at all;
* the filter is "10001 " with a space, because "10001" alone also lets "100012 ..." through.

    python msreader.py                      # needs taskvent.py --workers 1 and wuserver.py, either or both
"""

import argparse
import contextlib
import time

import purezmq as zmq

SLEEP_S = 0.001


def read(tasks_from: str, weather_from: str, count: int) -> None:
    with (
        zmq.Context() as context,
        context.socket(zmq.PULL) as receiver,
        context.socket(zmq.SUB) as subscriber,
    ):
        receiver.connect(tasks_from)
        subscriber.connect(weather_from)
        subscriber.subscribe(b"10001 ")
        print("reader ready", flush=True)

        seen = 0
        while seen < count or count < 0:
            # Tasks go first: no update is looked at while a task is waiting.
            with contextlib.suppress(zmq.Again):
                while True:
                    print("task:", receiver.recv_string(zmq.DONTWAIT), flush=True)
                    seen += 1
            with contextlib.suppress(zmq.Again):
                print("weather:", subscriber.recv_string(zmq.DONTWAIT), flush=True)
                seen += 1
                continue  # there may be more of either: only an idle round earns a sleep
            time.sleep(SLEEP_S)


def main() -> None:
    parser = argparse.ArgumentParser(description="Read two sockets by asking again and again")
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
