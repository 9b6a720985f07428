"""What travels in a pipe: messages, and the filter changes that go upstream.

A one-part message is a plain ``bytes`` and a multipart message a plain ``tuple``: nothing is allocated per frame
or per hop. The classes here are the exceptions: a tuple that tells somebody when it has left, one that says which
peer it is for, and the subscription changes that SUB and XSUB send to their publishers.
"""

from __future__ import annotations

from collections.abc import Callable

Part = bytes | memoryview
Parts = tuple[Part, ...]


class TrackedMessage(tuple[Part, ...]):
    """A message whose sender wants to know when its memory is no longer needed.

    ``on_sent`` is called exactly once: when the last byte was handed to the kernel or to an inproc peer, or when
    the message was dropped.
    """

    on_sent: Callable[[], None]

    def __new__(cls, parts: Parts, on_sent: Callable[[], None]) -> TrackedMessage:
        self = super().__new__(cls, parts)
        self.on_sent = on_sent
        return self


class RoutedMessage(tuple[Part, ...]):
    """A one-part message for one peer of a SERVER or PEER. Only the pattern sees it; pipes get the plain message."""

    routing_id: int
    message: Message

    def __new__(cls, message: Message, routing_id: int) -> RoutedMessage:
        self = super().__new__(cls, (message,) if isinstance(message, bytes) else message)
        self.message = message
        self.routing_id = routing_id
        return self


class GroupMessage(tuple[Part, ...]):
    """A one-part message of a RADIO or DISH. Only user and pattern see it; in a pipe it is the parts (group, body)."""

    group: bytes
    message: Message

    def __new__(cls, message: Message, group: bytes) -> GroupMessage:
        self = super().__new__(cls, (message,) if isinstance(message, bytes) else message)
        self.message = message
        self.group = group
        return self


class Subscription:
    """One filter change on its way from a subscriber to a publisher."""

    __slots__ = ("subscribe", "topic")

    def __init__(self, subscribe: bool, topic: bytes) -> None:
        self.subscribe = subscribe
        self.topic = topic

    def as_message(self) -> bytes:
        """The form that peers before ZMTP 3.1 and XPUB users see: 0x01 or 0x00, then the topic."""
        return (b"\x01" if self.subscribe else b"\x00") + self.topic

    def __repr__(self) -> str:
        return f"Subscription({'+' if self.subscribe else '-'}{self.topic!r})"


class GroupChange(Subscription):
    """A DISH joins (``subscribe``) or leaves a group (``topic``), and tells its RADIOs."""

    __slots__ = ()


Message = bytes | Parts
PipeItem = bytes | Parts | Subscription


def size_of(message: PipeItem) -> int:
    """Bytes of user data in a message (frame headers not counted)."""
    if isinstance(message, bytes):
        return len(message)
    if isinstance(message, Subscription):
        return len(message.topic)
    return sum(len(part) for part in message)


def was_sent(message: PipeItem) -> None:
    """Tell a tracked message that its memory is no longer needed; nothing for the others."""
    if type(message) is TrackedMessage:
        message.on_sent()
