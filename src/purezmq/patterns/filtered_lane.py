"""The receiving lane of a SUB that has subscribed to topics: an inbox that gives what is wanted.

To those who receive it looks like a deque to pop from, and it needs no lock either: the table of topics is asked at
every message, so what arrived before an ``unsubscribe`` does not come through. A message that is not wanted goes
back to where it was, and ``try_recv``, which has the lock, throws it away and counts it.
"""

from __future__ import annotations

from collections import deque

from ..base.message import PipeItem
from .subscriptions import TopicFilter


class FilteredLane:
    """One inbox, seen through a filter."""

    __slots__ = ("_topics", "inbox")

    def __init__(self, topics: TopicFilter, inbox: deque[PipeItem]) -> None:
        self._topics = topics
        self.inbox = inbox

    def __len__(self) -> int:
        return len(self.inbox)

    def popleft(self) -> PipeItem:
        """The next message. Raises IndexError if there is none, or one that is not wanted."""
        message = self.inbox.popleft()
        if type(message) is bytes:
            if self._topics.matches(message):
                return message
        elif isinstance(message, tuple):
            first = message[0]
            if self._topics.matches(first if type(first) is bytes else bytes(first)):
                return message
        self.inbox.appendleft(message)
        raise IndexError
