"""Messages as objects: what the zmq_msg_* functions of C are in Python.

Plain bytes do for nearly everything, and send and recv take and give them. A Frame is for the rest: to know
whether more parts follow, to read a message's properties, and to avoid copying large data. Unlike in C
nothing has to be released by hand, and a frame is not emptied by sending it; it may be sent again.

    python frames.py
"""

import copy

import purezmq as zmq


def make() -> list[zmq.Frame]:
    empty = zmq.Frame()  # zmq_msg_init

    # zmq_msg_init_size: reserve the room, then fill it. copy=False shares the memory instead of copying it.
    room = bytearray(5)
    sized = zmq.Frame(room, copy=False)
    room[:] = b"hello"

    # zmq_msg_init_data: wrap data that exists already. It stays alive for as long as any frame refers to it.
    wrapped = zmq.Frame(memoryview(b"a large picture"), copy=False)

    for name, frame in (("init", empty), ("init_size", sized), ("init_data", wrapped)):
        # zmq_msg_size and zmq_msg_data. .buffer is a view of the content, .bytes a copy of it.
        print(f"{name}: size {len(frame)}, data {frame.bytes!r}")
    return [sized, wrapped]


def inspect(frame: zmq.Frame) -> None:
    print(f"recv: {frame.bytes!r}, more: {frame.more}")  # zmq_msg_more
    print("get MORE:", frame.get(zmq.MORE))  # zmq_msg_get
    try:
        frame.set(zmq.MORE, 1)  # zmq_msg_set: there is no property that may be set, today
    except zmq.ZMQError as error:
        print("set MORE:", error)
    # zmq_msg_gets: what the peer said of itself.
    print("get Socket-Type:", frame.get("Socket-Type"))


def main() -> None:
    with (
        zmq.Context() as context,
        context.socket(zmq.DEALER) as sender,
        context.socket(zmq.ROUTER) as receiver,
    ):
        receiver.bind("tcp://127.0.0.1:*")
        sender.connect(receiver.get_string(zmq.LAST_ENDPOINT))

        first, second = make()
        sender.send(first, zmq.SNDMORE)  # zmq_msg_send
        sender.send(second, copy=False)  # without a copy: leave the memory alone until it has been sent
        print("after send:", first.bytes)

        _routing_id, *frames = receiver.recv_multipart(copy=False)  # zmq_msg_recv: Frames instead of bytes
        for frame in frames:
            inspect(frame)

        twin = copy.copy(frames[0])  # zmq_msg_copy: a second frame, the same memory
        moved = frames.pop()  # zmq_msg_move: in Python, plain assignment
        del frames  # zmq_msg_close: when the last reference goes, so does the memory
        print(f"copy: {twin.bytes!r}, moved: {moved.bytes!r}")


if __name__ == "__main__":
    main()
