"""Handling Ctrl-C and SIGTERM: finish what is in hand, close everything, exit with code 0.

A handler that only sets a flag is not enough: Python waits on after the handler has run, so a program that
is blocked in recv would look at the flag when the next message comes, perhaps never, and be immune to
Ctrl-C. The cure is to make the signal readable. Python can write a byte to a socket whenever a signal
arrives (set_wakeup_fd), and a Poller waits for ZeroMQ sockets and ordinary ones together, so a signal ends
the wait at once.

A program that has nothing to clean up needs none of this: by default Ctrl-C raises KeyboardInterrupt out of
any blocking call. That is what the other examples rely on.

    python interrupt.py                     # answers hwclient.py; stop it with Ctrl-C or kill
"""

import argparse
import signal
import socket as plain

import purezmq as zmq


class Interruption:
    """Knows whether SIGINT or SIGTERM has arrived; can be registered in a Poller to hear of it."""

    def __init__(self) -> None:
        self.signal_name = ""
        self._reader, self._writer = plain.socketpair()
        self._writer.setblocking(False)  # set_wakeup_fd insists: a signal must never wait for buffer space
        # A full buffer needs no warning. The wait has long been ended by the first byte in it.
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, self._note)
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, number: int, _frame: object) -> None:
        self.signal_name = signal.Signals(number).name

    def fileno(self) -> int:
        return self._reader.fileno()


def serve(endpoint: str, interruption: Interruption) -> int:
    """Answer requests until a signal comes; returns how many were answered."""
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.bind(endpoint)
        print("ready on", socket.get_string(zmq.LAST_ENDPOINT), flush=True)
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(interruption, zmq.POLLIN)
        answered = 0
        while not interruption.signal_name:
            if socket in dict(poller.poll()):
                socket.recv()
                socket.send_string("World")
                answered += 1
    return answered


def main() -> None:
    parser = argparse.ArgumentParser(description="A server that ends cleanly on SIGINT and SIGTERM")
    parser.add_argument("endpoint", nargs="?", default="tcp://*:5555", help="where to listen")
    arguments = parser.parse_args()
    interruption = Interruption()
    answered = serve(arguments.endpoint, interruption)
    print(
        f"{interruption.signal_name} received: answered {answered} requests, cleaned up, goodbye", flush=True
    )


if __name__ == "__main__":
    main()
