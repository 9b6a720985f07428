"""A pipe: the two bounded queues between a socket and one peer.

The peer is either a session (one connection over tcp, ipc, …) or, for inproc, another socket's pipe; then the outbox
of one end *is* the inbox of the other. A pipe has no idea of either: it holds queues, limits and names. The socket's
pattern decides which pipe a message goes to, the driver moves what is in the queues.

Who may touch what: everything needs the lock of the socket that owns this end, with two exceptions that rely on
``deque`` operations being atomic. A sender may append to the outbox of the only open pipe, and a receiver may pop
from an inbox, without it (socket.py explains the two lanes).
"""

from __future__ import annotations

from collections import deque
from collections.abc import MutableSequence

from .message import PipeItem

UNLIMITED = 1 << 62  # an HWM of 0 means no limit; a number keeps every comparison simple


def limit_of(high_water_mark: int) -> int:
    """The number of messages that an HWM option allows (0 means no limit)."""
    return high_water_mark if high_water_mark > 0 else UNLIMITED


class Pipe:
    """One end of a two-way message queue."""

    __slots__ = (
        "__weakref__",
        "conflates",
        "dirty",
        "dirty_list",
        "endpoint",
        "in_active",
        "inbox",
        "inbox_limit",
        "is_open",
        "link",
        "messages_pushed",
        "out_active",
        "outbox",
        "outbox_limit",
        "properties",
        "room_told",
        "routing_id",
        "server_id",
        "told",
        "wants_word",
        "write_blocked",
    )

    def __init__(self, inbox_limit: int, outbox_limit: int, dirty_list: MutableSequence[Pipe]) -> None:
        self.inbox: deque[PipeItem] = deque()
        self.outbox: deque[PipeItem] = deque()
        self.inbox_limit = inbox_limit
        self.outbox_limit = outbox_limit
        self.is_open = True
        self.conflates = False  # CONFLATE, as it was at bind or connect: only the newest message waits here
        self.in_active = False  # owned by the fair queue: the pipe is in its round
        self.out_active = False  # owned by the load balancer or distributor: the pipe takes messages
        self.write_blocked = False  # a writer met the limit and waits for the low-water mark
        self.wants_word = False  # inproc: a blocked writer sleeps and has to be woken at the low-water mark
        self.told = False  # inproc: a note about the inbox is in the mailbox already
        self.room_told = False  # inproc: so is a note that the outbox has room
        self.dirty = False  # already in dirty_list
        self.dirty_list = dirty_list  # the socket's list of pipes whose outbox has news for the driver
        self.routing_id = b""  # the name by which ROUTER, REP and STREAM know the peer
        self.server_id = 0  # the number by which SERVER and PEER know the peer
        self.properties: dict[str, bytes] = {}  # what the peer announced in its handshake
        self.endpoint = ""
        self.messages_pushed = 0  # how many ever entered the outbox (by way of push and its inlined copies)
        self.link: object | None = None  # the driver's: session or inproc peer behind this pipe

    @property
    def has_room_again(self) -> bool:
        """True when a writer that met the limit may go on: the low-water mark is reached."""
        limit = self.outbox_limit
        # libzmq acknowledges reads in batches of (HWM + 1) // 2; the writer restarts after the first batch.
        return len(self.outbox) <= limit - (limit + 1) // 2

    def push(self, message: PipeItem) -> None:
        """Queue a message for the peer and tell the driver about it."""
        self.outbox.append(message)
        self.messages_pushed += 1
        if not self.dirty:
            self.dirty = True
            self.dirty_list.append(self)
