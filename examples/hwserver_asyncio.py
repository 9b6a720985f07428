"""Hello World server for asyncio: answers many clients at the same time.

A ROUTER receives requests with the name of their sender in front, so a slow answer holds nobody up: each request is
answered by a task of its own. Clients may be REQ sockets in any language, such as `hwclient.py`.

    python hwserver_asyncio.py              # then, in another terminal, in either order:
    python hwclient_asyncio.py
"""

import argparse
import asyncio
import contextlib

import purezmq as zmq
import purezmq.asyncio


async def answer(socket: zmq.asyncio.Socket, envelope: list[bytes], request: bytes) -> None:
    print("received", request.decode(), flush=True)
    await asyncio.sleep(0.01)  # what takes time: a database, another server
    await socket.send_multipart([*envelope, b"World"])


async def serve(endpoint: str, count: int) -> None:
    with zmq.asyncio.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.bind(endpoint)
        print("ready on", socket.get_string(zmq.LAST_ENDPOINT), flush=True)
        answers = set()
        received = 0
        while received != count:
            *envelope, request = await socket.recv_multipart()
            task = asyncio.create_task(answer(socket, envelope, request))
            answers.add(task)  # asyncio itself holds tasks only weakly
            task.add_done_callback(answers.discard)
            received += 1
        await asyncio.gather(*answers)


def main() -> None:
    parser = argparse.ArgumentParser(description="Hello World server for asyncio")
    parser.add_argument("endpoint", nargs="?", default="tcp://*:5555", help="where to listen")
    parser.add_argument(
        "--count", type=int, default=-1, help="stop after this many requests (default: never)"
    )
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is the usual way to stop a server, not an error
        asyncio.run(serve(arguments.endpoint, arguments.count))


if __name__ == "__main__":
    main()
