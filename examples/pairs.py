"""Threads that signal each other through PAIR sockets.

PAIR connects exactly two sockets, and inproc carries messages between the threads of one process without
touching the network. Together they replace locks and condition variables: each thread owns its socket, and
the only thing that passes between them is a message. The threads must share the context, because inproc
names belong to it.

Three steps hand on a signal here: step 1 wakes step 2, step 2 wakes step 3, and step 3 is the main thread.

    python pairs.py
"""

import threading

import purezmq as zmq


def step1(context: zmq.Context) -> None:
    with context.socket(zmq.PAIR) as next_step:
        next_step.connect("inproc://step2")
        print("step 1 ready, signalling step 2")
        next_step.send(b"READY")


def step2(context: zmq.Context) -> None:
    with context.socket(zmq.PAIR) as previous, context.socket(zmq.PAIR) as next_step:
        previous.bind("inproc://step2")
        thread = threading.Thread(target=step1, args=(context,))
        thread.start()
        previous.recv()
        next_step.connect("inproc://step3")
        print("step 2 ready, signalling step 3")
        next_step.send(b"READY")
        # A signal can arrive before its sender has closed its socket: wait for the thread before the context goes.
        thread.join()


def main() -> None:
    # Nothing here leaves the process, so no I/O thread is needed.
    with zmq.Context(io_threads=0) as context, context.socket(zmq.PAIR) as previous:
        previous.bind("inproc://step3")
        thread = threading.Thread(target=step2, args=(context,))
        thread.start()
        previous.recv()
        thread.join()
        print("step 3 ready: test successful")


if __name__ == "__main__":
    main()
