"""What the pattern tests share: patterns made by name, and pipes whose other end is the test."""

from __future__ import annotations

from typing import Any

from purezmq.base.message import PipeItem, Subscription, TrackedMessage
from purezmq.base.options import SocketOptions
from purezmq.base.pipe import UNLIMITED, Pipe
from purezmq.constants import SocketOption, SocketType
from purezmq.patterns import Pattern, pattern_for

FIRST_ID = 0x01020304  # where generated routing ids and request ids start


def make(socket_type: SocketType, **options: Any) -> Any:
    """The rules of a socket type (typed loosely: each has methods of its own), with options as given."""
    values = SocketOptions(socket_type)
    for name, value in options.items():
        setattr(values, name, value)
    return pattern_for(socket_type)(values, FIRST_ID)


def new_pipe(limit: int = UNLIMITED, routing_id: bytes = b"", conflates: bool = False) -> Pipe:
    """A pipe of its own; everything pushed into it shows in its outbox."""
    pipe = Pipe(UNLIMITED, limit, [])
    pipe.routing_id = routing_id
    pipe.conflates = conflates
    return pipe


def join(
    pattern: Pattern, limit: int = UNLIMITED, routing_id: bytes = b"", connected_here: bool = False
) -> Pipe:
    """Attach a new pipe, and go through the first handshake if it is a connected one."""
    conflates = pattern.conflates and bool(pattern.options.conflate)
    pipe = new_pipe(limit, routing_id, conflates)
    assert pattern.attach(pipe, connected_here)
    if connected_here:
        assert pattern.identify(pipe, routing_id)
    return pipe


def join_all(pattern: Pattern, count: int, limit: int = UNLIMITED) -> list[Pipe]:
    return [join(pattern, limit) for _ in range(count)]


def arrive(pattern: Pattern, pipe: Pipe, *items: PipeItem) -> None:
    """Let messages from the peer arrive."""
    pipe.inbox.extend(items)
    pattern.readable(pipe)


def sent(pipe: Pipe) -> list[Any]:
    """What the peer gets now; subscriptions as the messages that an old peer would see."""
    items = [item.as_message() if isinstance(item, Subscription) else item for item in pipe.outbox]
    pipe.outbox.clear()
    return items


def drain(pattern: Pattern, pipe: Pipe, count: int) -> list[Any]:
    """The peer takes some messages; the writer hears of it when the core would tell it."""
    items = [pipe.outbox.popleft() for _ in range(count)]
    if pipe.write_blocked and pipe.has_room_again:
        pattern.writable(pipe)
    return items


def received(pattern: Pattern) -> list[Any]:
    """All messages that can be received now; can_recv must agree before each."""
    messages = []
    while True:
        announced = pattern.can_recv()
        message = pattern.try_recv()
        assert announced == (message is not None)
        if message is None:
            return messages
        assert type(message) is not tuple or len(message) > 1
        messages.append(message)


def subscribe(pattern: Pattern, pipe: Pipe, *topics: bytes) -> None:
    """A subscriber's subscriptions arrive at a publisher."""
    arrive(pattern, pipe, *[Subscription(True, topic) for topic in topics])


def cancel(pattern: Pattern, pipe: Pipe, *topics: bytes) -> None:
    arrive(pattern, pipe, *[Subscription(False, topic) for topic in topics])


class Tracked:
    """Makes a tracked message and counts how often its sender was told that it is gone."""

    def __init__(self, *parts: bytes | memoryview) -> None:
        self.told_count = 0
        self.message = TrackedMessage(parts, self._told)

    def _told(self) -> None:
        self.told_count += 1


def set_option(pattern: Pattern, name: str, value: int | bytes) -> None:
    """As the core does it: the value is stored first, then the pattern hears of it."""
    number = SocketOption[name]
    if hasattr(pattern.options, name.lower()):
        pattern.options.set(number, value)
    assert pattern.set_option(number, value)
