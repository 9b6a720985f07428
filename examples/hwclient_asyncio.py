"""Hello World client for asyncio: several clients in one program, each with a limit on its patience.

A task that gives up, by a timeout or because it is cancelled, has received nothing: no reply is lost in between.

    python hwclient_asyncio.py --clients 3  # needs hwserver_asyncio.py or hwserver.py, started before or after
"""

import argparse
import asyncio
import contextlib

import purezmq as zmq
import purezmq.asyncio


async def ask(context: zmq.asyncio.Context, endpoint: str, name: int, count: int, patience_s: float) -> None:
    with context.socket(zmq.REQ) as socket:
        socket.linger = 0  # an unanswered request need not outlive us
        socket.connect(endpoint)
        for number in range(1, count + 1):
            await socket.send_string("Hello")
            try:
                async with asyncio.timeout(patience_s):
                    reply = await socket.recv_string()
            except TimeoutError:
                print(f"client {name}: nobody answered within {patience_s:g} s", flush=True)
                return
            print(f"client {name}, request {number}: Hello -> {reply}", flush=True)


async def run(endpoint: str, clients: int, count: int, patience_s: float) -> None:
    with zmq.asyncio.Context() as context:
        async with asyncio.TaskGroup() as group:
            for name in range(1, clients + 1):
                group.create_task(ask(context, endpoint, name, count, patience_s))


def main() -> None:
    parser = argparse.ArgumentParser(description="Hello World clients for asyncio")
    parser.add_argument(
        "endpoint", nargs="?", default="tcp://localhost:5555", help="where the server listens"
    )
    parser.add_argument("--clients", type=int, default=3, help="how many at the same time (default: 3)")
    parser.add_argument("--count", type=int, default=10, help="requests of each client (default: 10)")
    parser.add_argument(
        "--patience", type=float, default=10, help="seconds to wait for a reply (default: 10)"
    )
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(arguments.endpoint, arguments.clients, arguments.count, arguments.patience))


if __name__ == "__main__":
    main()
