"""Request distribution without a broker: one client, connected to three services.

A socket may be connected to several endpoints. REQ then asks them in turn: the first and the fourth request
go to service A, the second to B, the third to C. It is the simplest way to share the work, and every client
has to know every service; rrbroker.py shows the way out of that.

    python distribute.py
"""

import threading

import purezmq as zmq


def serve(socket: zmq.Socket, name: str) -> None:
    with socket:
        while (request := socket.recv_string()) != "stop":
            socket.send_string(f"{request} -> service {name}")
        socket.send_string(f"service {name} has stopped")


def start_service(context: zmq.Context, name: str) -> tuple[str, threading.Thread]:
    """Start a service in a thread of its own; returns where it listens, and the thread."""
    socket = context.socket(zmq.REP)
    socket.bind("tcp://127.0.0.1:*")
    endpoint = socket.get_string(zmq.LAST_ENDPOINT)
    thread = threading.Thread(target=serve, args=(socket, name))
    thread.start()
    return endpoint, thread


def main() -> None:
    with zmq.Context() as context, context.socket(zmq.REQ) as client:
        threads = []
        for name in "ABC":
            endpoint, thread = start_service(context, name)
            client.connect(endpoint)
            threads.append(thread)
        for request in ("R1", "R2", "R3", "R4", "stop", "stop", "stop"):
            client.send_string(request)
            print(client.recv_string())
        # The last answer can be here before its sender has closed its socket, and the context is about to go.
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
