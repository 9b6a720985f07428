"""Weather client: collects updates for one place and prints the average temperature.

A SUB socket receives nothing until it subscribes, and a subscription matches the *beginning* of a message.
The filter here ends with a space on purpose: "10001" alone would also let "100012 ..." through.

    python wuclient.py                      # needs wuserver.py, or wuproxy.py in between
    python wuclient.py tcp://localhost:8100 --place 20002
"""

import argparse
import contextlib

import purezmq as zmq


def average_temperature(endpoint: str, place: str, count: int) -> float:
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.connect(endpoint)
        socket.subscribe(f"{place} ")
        total = 0
        for _ in range(count):
            _, temperature, _ = socket.recv_string().split()
            total += int(temperature)
    return total / count


def main() -> None:
    parser = argparse.ArgumentParser(description="Weather update client")
    parser.add_argument("endpoint", nargs="?", default="tcp://localhost:5556", help="the server's address")
    parser.add_argument("--place", default="10001", help="the place to listen for")
    parser.add_argument("--count", type=int, default=100, help="how many updates to average (at least 1)")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        average = average_temperature(arguments.endpoint, arguments.place, arguments.count)
        print(
            f"average temperature for {arguments.place}: {average:.1f} ({arguments.count} updates)",
            flush=True,
        )


if __name__ == "__main__":
    main()
