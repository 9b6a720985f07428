"""Weather server: publishes random updates for many places.

A PUB socket never waits for anybody. Each message goes to the subscribers that asked for its beginning,
here the place's number; what nobody asked for is thrown away before it is sent.

    python wuserver.py                      # then, in other terminals:
    python wuclient.py
    python wuclient.py --place 20002
"""

import argparse
import contextlib
import random
import time

import purezmq as zmq

PLACES = ("10001", "20002", "30003", "40004")
# A publisher that never pauses would fill a processor; a real station has news less often still.
PAUSE_S = 0.001


def publish(endpoint: str, count: int) -> None:
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.bind(endpoint)
        print("ready on", socket.get_string(zmq.LAST_ENDPOINT), flush=True)
        published = 0
        while published != count:
            place = random.choice(PLACES)
            temperature = random.randint(-20, 40)
            humidity = random.randint(10, 60)
            socket.send_string(f"{place} {temperature} {humidity}")
            published += 1
            time.sleep(PAUSE_S)


def main() -> None:
    parser = argparse.ArgumentParser(description="Weather update server")
    parser.add_argument("endpoint", nargs="?", default="tcp://*:5556", help="where to publish")
    parser.add_argument("--count", type=int, default=-1, help="stop after this many updates (default: never)")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        publish(arguments.endpoint, arguments.count)


if __name__ == "__main__":
    main()
