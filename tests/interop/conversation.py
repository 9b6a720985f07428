"""How any two socket types that understand each other exchange a message, envelopes included."""

from __future__ import annotations

import time
from typing import Any

import purezmq as zmq

PATIENCE_S = 10

# Every pair of stable types that libzmq accepts: (one, other), both orders.
_PARTNERS = {
    zmq.PAIR: [zmq.PAIR],
    zmq.PUB: [zmq.SUB, zmq.XSUB],
    zmq.XPUB: [zmq.SUB, zmq.XSUB],
    zmq.SUB: [zmq.PUB, zmq.XPUB],
    zmq.XSUB: [zmq.PUB, zmq.XPUB],
    zmq.REQ: [zmq.REP, zmq.ROUTER],
    zmq.REP: [zmq.REQ, zmq.DEALER],
    zmq.DEALER: [zmq.REP, zmq.DEALER, zmq.ROUTER],
    zmq.ROUTER: [zmq.REQ, zmq.DEALER, zmq.ROUTER],
    zmq.PUSH: [zmq.PULL],
    zmq.PULL: [zmq.PUSH],
}
VALID_PAIRS = [(one, other) for one, others in _PARTNERS.items() for other in others]
INVALID_PARTNERS = {
    one: [other for other in _PARTNERS if other not in others] for one, others in _PARTNERS.items()
}

_PUBLISHERS = (zmq.PUB, zmq.XPUB)
_SUBSCRIBERS = (zmq.SUB, zmq.XSUB)
_ONE_WAY_SENDERS = (*_PUBLISHERS, zmq.PUSH)
NAMED = {zmq.ROUTER, zmq.DEALER, zmq.REQ}  # types that announce a routing id


def pair_name(pair: tuple[int, int]) -> str:
    return "-".join(zmq.SocketType(kind).name for kind in pair)


class Conversation:
    """Two connected sockets, named ``first`` and ``second`` towards each other where names matter."""

    def __init__(self, first: Any, second: Any) -> None:
        self._sockets = (first, second)
        self._names = (b"first", b"second")
        for socket, name in zip(self._sockets, self._names, strict=True):
            if socket.type in NAMED:
                socket.set(zmq.ROUTING_ID, name)

    def open(self) -> None:
        """To be called once the sockets are bound and connected: waits until messages get through."""
        for sender, receiver in self._directions():
            if receiver.type in _SUBSCRIBERS:
                subscribe(receiver, b"")
                _wait_for_subscription(sender, receiver)
            if sender.type == receiver.type == zmq.ROUTER:
                self._wait_until_routable(sender)

    def exchange(self, message: list[bytes]) -> None:
        """Send the message each way that the types allow, and check that it arrives as it was sent."""
        for sender, receiver in self._directions():
            sender.send_multipart(self._enveloped(sender, receiver, message))
            received = receiver.recv_multipart()
            assert _body_of(received, sender, receiver, self._name_of(sender)) == message

    def _directions(self) -> list[tuple[Any, Any]]:
        first, second = self._sockets
        if second.type in _ONE_WAY_SENDERS or second.type in (zmq.REQ, zmq.DEALER):
            first, second = second, first  # who must speak first, or is alone in speaking
        if first.type == zmq.DEALER and second.type == zmq.REQ:
            first, second = second, first
        if first.type in _ONE_WAY_SENDERS:
            return [(first, second)]
        return [(first, second), (second, first)]

    def _name_of(self, socket: Any) -> bytes:
        return self._names[self._sockets.index(socket)]

    def _enveloped(self, sender: Any, receiver: Any, message: list[bytes]) -> list[bytes]:
        if _needs_delimiter(sender, receiver):
            message = [b"", *message]
        return [self._name_of(receiver), *message] if sender.type == zmq.ROUTER else message

    def _wait_until_routable(self, router: Any) -> None:
        router.set(zmq.ROUTER_MANDATORY, 1)
        other = next(socket for socket in self._sockets if socket is not router)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                router.send_multipart([self._name_of(other), b"are you there"])
                break
            except zmq.ZMQError as error:
                assert error.errno == zmq.EHOSTUNREACH
                assert time.monotonic() < deadline, "the other router's name does not become known"
                time.sleep(0.005)
        assert other.recv_multipart() == [self._name_of(router), b"are you there"]


def subscribe(socket: Any, topic: bytes) -> None:
    if socket.type == zmq.XSUB:
        socket.send(b"\x01" + topic)
    else:
        socket.set(zmq.SUBSCRIBE, topic)


def _wait_for_subscription(publisher: Any, subscriber: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    publisher.send(b"anybody there")
    while not subscriber.poll(20):
        assert time.monotonic() < deadline, "the subscription does not arrive"
        publisher.send(b"anybody there")
    publisher.send(b"ready")
    while subscriber.recv() != b"ready":
        pass
    if publisher.type == zmq.XPUB:
        assert publisher.recv() == b"\x01"


def _needs_delimiter(one: Any, other: Any) -> bool:
    """REQ and REP make the empty part themselves; whoever talks to one of them has to write and read it."""
    return (one.type in (zmq.ROUTER, zmq.DEALER)) and other.type in (zmq.REQ, zmq.REP)


def _body_of(received: list[bytes], sender: Any, receiver: Any, sender_name: bytes) -> list[bytes]:
    if receiver.type == zmq.ROUTER:
        name, *received = received
        # A REP answers through its envelope and has no name of its own.
        assert name == sender_name
    if _needs_delimiter(receiver, sender):
        delimiter, *received = received
        assert delimiter == b""
    return received
