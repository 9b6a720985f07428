"""Routing ids and envelopes: what ROUTER adds to a message, and what REQ and REP expect in it.

ROUTER puts the sender's routing id in front of everything it receives and takes it off again to know where
to send. The id is made up by ROUTER unless the sender chose one before connecting. REQ puts an empty part,
the delimiter, in front of its request, and REP looks for it. DEALER adds nothing, so a DEALER that talks to
a REP, or that is to look like a REQ, must send the delimiter itself.

    python envelope.py
"""

import purezmq as zmq


def show(title: str, router: zmq.Socket) -> list[bytes]:
    parts = router.recv_multipart()
    print(title)
    for part in parts:
        # An id made up by ROUTER is binary and begins with a zero byte, so that it cannot clash with a
        # chosen one.
        is_text = not part.startswith(b"\x00")
        print(f"  [{len(part):3}] {part.decode() if is_text else part.hex()}")
    return parts


def main() -> None:
    with (
        zmq.Context() as context,
        context.socket(zmq.ROUTER) as router,
        context.socket(zmq.REQ) as anonymous,
        context.socket(zmq.REQ) as named,
        context.socket(zmq.DEALER) as dealer,
        context.socket(zmq.REP) as replier,
    ):
        router.bind("inproc://envelope")

        anonymous.connect("inproc://envelope")
        anonymous.send(b"ROUTER makes up an id for me")
        show("REQ without a routing id", router)

        named.routing_id = b"PEER2"  # before connecting: the id is told once, when the connection is made
        named.connect("inproc://envelope")
        named.send(b"ROUTER uses my own id")
        routing_id, delimiter, _ = show("REQ with a routing id", router)

        # The same envelope leads back. REQ removes the delimiter, so it sees its reply and nothing else.
        router.send_multipart([routing_id, delimiter, b"welcome back"])
        print("the REQ receives:", named.recv_multipart())

        replier.bind("inproc://replier")
        dealer.connect("inproc://replier")
        dealer.send_multipart([b"", b"a DEALER must add the delimiter"])
        print("the REP receives:", replier.recv_multipart())
        replier.send(b"and gets it back")
        print("the DEALER receives:", dealer.recv_multipart())


if __name__ == "__main__":
    main()
