"""Handling errors: every failing call raises zmq.ZMQError, with a number (.errno) and a text (.strerror).

Most errors mean that something is wrong with the program or its surroundings, and ending it is the best
answer. Two are part of normal life and have classes of their own: zmq.Again, nothing there yet, and
zmq.ContextTerminated, the program is being shut down. Never put a call that does something inside an
assert: with "python -O" asserts vanish, and the call with them.

    python errors.py
"""

import threading

import purezmq as zmq


def explain(what: str, error: zmq.ZMQError) -> None:
    print(f"{what}: {type(error).__name__} {error.errno}: {error}")


def bind_twice(context: zmq.Context) -> None:
    """An endpoint belongs to one socket. The system picks the port, so that only the second bind can fail."""
    with context.socket(zmq.REP) as first, context.socket(zmq.REP) as second:
        first.bind("tcp://127.0.0.1:*")
        try:
            second.bind(first.get_string(zmq.LAST_ENDPOINT))
        except zmq.ZMQError as error:
            if error.errno != zmq.EADDRINUSE:
                raise
            explain("bind twice", error)


def bind_without_port(context: zmq.Context) -> None:
    """A dot for a colon: no port. In C the return code is easily ignored; an exception is not."""
    with context.socket(zmq.PUB) as socket:
        try:
            socket.bind("tcp://*.5559")
        except zmq.ZMQError as error:
            explain("bind tcp://*.5559", error)


def speak_out_of_turn(context: zmq.Context) -> None:
    """REP must receive before it may send. The order was wrong; the socket is as good as before."""
    with context.socket(zmq.REP) as socket:
        try:
            socket.send(b"an answer to no question")
        except zmq.ZMQError as error:
            explain("send before receive", error)


def look_without_waiting(context: zmq.Context) -> None:
    """Not fatal: nothing has arrived yet. Do something else and look again, or better, use a Poller."""
    with context.socket(zmq.PULL) as socket:
        try:
            socket.recv(zmq.DONTWAIT)
        except zmq.Again as error:
            explain("receive with DONTWAIT", error)


def wait_until_shutdown(socket: zmq.Socket, is_waiting: threading.Event) -> None:
    with socket:  # term() waits until this socket is closed
        is_waiting.set()
        try:
            socket.recv()
        except zmq.ContextTerminated as error:
            explain("receive during shutdown", error)


def main() -> None:
    context = zmq.Context()
    bind_twice(context)
    bind_without_port(context)
    speak_out_of_turn(context)
    look_without_waiting(context)

    # Not fatal either: term() ends every blocking call of the context, in whichever thread, and then waits
    # for the sockets to be closed. That is how one thread tells all others to finish.
    is_waiting = threading.Event()
    waiter = threading.Thread(target=wait_until_shutdown, args=(context.socket(zmq.PULL), is_waiting))
    waiter.start()
    is_waiting.wait()
    context.term()
    waiter.join()
    print("zmq.strerror knows every text:", zmq.strerror(zmq.ETERM))


if __name__ == "__main__":
    main()
