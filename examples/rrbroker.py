"""Request-reply broker: clients on one side, workers on the other, neither knowing the other's address.

REQ and REP would be too strict here: the broker must take the next request while earlier ones are still
being worked on. ROUTER and DEALER are their unlocked relatives. ROUTER puts the client's routing id in
front of each request, so that the reply finds its way back; DEALER deals the requests out to the workers in
turn.

Two things make or break such a broker. A request is several parts (the routing id, an empty one, the body)
and must be passed on as one message; and what `poll` returns is keyed by the very sockets that were
registered. No subscription is involved anywhere: SUBSCRIBE belongs to SUB sockets, and on a ROUTER it is an
error (EINVAL).

    python rrbroker.py                      # clients connect to 5559, workers to 5560
"""

import argparse
import contextlib

import purezmq as zmq


def broker(front_endpoint: str, back_endpoint: str) -> None:
    with (
        zmq.Context() as context,
        context.socket(zmq.ROUTER) as frontend,
        context.socket(zmq.DEALER) as backend,
    ):
        frontend.bind(front_endpoint)
        backend.bind(back_endpoint)
        print("clients: ready on", frontend.get_string(zmq.LAST_ENDPOINT), flush=True)
        print("workers: ready on", backend.get_string(zmq.LAST_ENDPOINT), flush=True)

        poller = zmq.Poller()
        poller.register(frontend, zmq.POLLIN)
        poller.register(backend, zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if frontend in ready:
                backend.send_multipart(frontend.recv_multipart())
            if backend in ready:
                frontend.send_multipart(backend.recv_multipart())


def main() -> None:
    parser = argparse.ArgumentParser(description="Request-reply broker")
    parser.add_argument("frontend", nargs="?", default="tcp://*:5559", help="where clients connect")
    parser.add_argument("backend", nargs="?", default="tcp://*:5560", help="where workers connect")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        broker(arguments.frontend, arguments.backend)


if __name__ == "__main__":
    main()
