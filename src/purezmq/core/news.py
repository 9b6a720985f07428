"""What happened to a socket's connections, for the monitor, the log and the counters."""

from __future__ import annotations

# purezmq's own event, beyond libzmq's and so only for monitors that ask for it: messages were given up at the end of
# LINGER. The value is their number; 0 if nobody knows it.
UNDELIVERED = 0x100000


class PeerFacts:
    """What is known about the peer of a connection at one moment."""

    __slots__ = ("local", "mechanism", "number", "remote", "routing_id", "socket_type", "user_id")

    def __init__(
        self,
        routing_id: bytes = b"",
        number: int = 0,
        user_id: bytes = b"",
        socket_type: str = "",
        mechanism: str = "",
        local: str = "",
        remote: str = "",
    ) -> None:
        self.routing_id = routing_id
        self.number = number  # by which SERVER and PEER know it
        self.user_id = user_id  # as the ZAP handler named it
        self.socket_type = socket_type
        self.mechanism = mechanism
        self.local = local  # both ends of the stream, as endpoints
        self.remote = remote


NO_PEER = PeerFacts()


class News:
    """One lifecycle notice. ``event`` and ``values`` are libzmq's numbers; ``reason`` is for people.

    ``is_fault``: something went wrong that the log should tell. ``is_extra``: libzmq has no such event at this moment,
    so only those hear it who asked for typed events.
    """

    __slots__ = (
        "endpoint",
        "event",
        "is_bound",
        "is_extra",
        "is_fault",
        "peer",
        "reason",
        "time",
        "values",
    )

    def __init__(
        self,
        event: int,
        values: tuple[int, ...],
        endpoint: str,
        reason: str = "",
        *,
        peer: PeerFacts = NO_PEER,
        is_bound: bool = False,
        is_fault: bool = False,
        is_extra: bool = False,
    ) -> None:
        self.event = event
        self.values = values
        self.endpoint = endpoint
        self.reason = reason
        self.peer = peer
        self.is_bound = is_bound  # it happened on the binding side
        self.is_fault = is_fault
        self.is_extra = is_extra
        self.time = 0.0  # of day; whoever takes the news over knows it
