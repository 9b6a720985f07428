"""Multipart messages: several parts, delivered together or not at all.

Each part is a piece of data of its own, none is merged or split on the way. Nothing leaves before the last
part has been given, and when the first part can be received all the others have arrived too. A message that
was begun and not finished disappears when its socket is closed; there is no other way to take it back.

    python multipart.py
"""

import purezmq as zmq


def main() -> None:
    with zmq.Context() as context, context.socket(zmq.PULL) as receiver:
        receiver.bind("inproc://parts")

        with context.socket(zmq.PUSH) as sender:
            sender.connect("inproc://parts")

            # Part by part: every part but the last says that more will follow.
            sender.send_string("header", zmq.SNDMORE)
            print("something to receive after one part:", bool(receiver.poll(0)))
            sender.send_string("body")

            part = receiver.recv_string()
            print("first part:", part, "- more to come:", bool(receiver.get(zmq.RCVMORE)))
            part = receiver.recv_string()
            print("last part:", part, "- more to come:", bool(receiver.get(zmq.RCVMORE)))

            # All at once, which is what programs normally do. A part may be empty.
            sender.send_multipart([b"header", b"", b"body"])
            print("all at once:", receiver.recv_multipart())

            # Begun, never finished.
            sender.send_string("never seen", zmq.SNDMORE)
        print("after closing half-way:", "something" if receiver.poll(100) else "nothing")


if __name__ == "__main__":
    main()
