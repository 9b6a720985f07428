"""Who wants which topics: the subscriber's own table and the publisher's.

A topic is a prefix of the first part of a message. Both tables are plain dictionaries by topic, and matching
asks once for each distinct *length* of those topics that begin as the message does: lengths {0, 5} cost two
look-ups, however many topics there are. libzmq walks a tree with a node per byte instead, which in Python would
cost a step per byte.
"""

from __future__ import annotations

from ..base.pipe import Pipe
from . import matching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from .matching import Share

# What TopicTable.remove() found.
NOT_FOUND = 0  # the pipe had no such subscription
OTHERS_REMAIN = 1  # removed, and other pipes still want the topic
LAST_REMOVED = 2  # removed, and it was the last

_NO_PIPES: tuple[Pipe, ...] = ()
_NO_LENGTHS: tuple[int, ...] = ()


class _Lengths:
    """Which lengths of topics there are, by first byte: nothing else can be the beginning of a message."""

    __slots__ = ("_counts_of", "ascending", "has_empty")

    def __init__(self) -> None:
        self._counts_of: dict[int, dict[int, int]] = {}  # by first byte: how many topics of each length
        self.ascending: list[tuple[int, ...]] = [_NO_LENGTHS] * 256
        self.has_empty = False  # the empty topic is among them

    @property
    def has_others(self) -> bool:
        """There are topics that are not empty."""
        return bool(self._counts_of)

    def add(self, topic: bytes) -> None:
        if not topic:
            self.has_empty = True
            return
        first, length = topic[0], len(topic)
        counts = self._counts_of.get(first)
        if counts is None:
            counts = self._counts_of[first] = {}
        count = counts.get(length, 0)
        counts[length] = count + 1
        if count == 0:
            self.ascending[first] = tuple(sorted(counts))

    def remove(self, topic: bytes) -> None:
        if not topic:
            self.has_empty = False
            return
        first, length = topic[0], len(topic)
        counts = self._counts_of[first]
        count = counts[length] - 1
        if count:
            counts[length] = count
            return
        del counts[length]
        if not counts:
            del self._counts_of[first]
        self.ascending[first] = tuple(sorted(counts))


class TopicFilter:
    """The topics that a subscriber wants, each counted as often as it was subscribed to."""

    __slots__ = ("_count_of", "_lengths", "has_all")

    def __init__(self) -> None:
        self._count_of: dict[bytes, int] = {}
        self._lengths = _Lengths()
        self.has_all = False  # the empty topic is subscribed to: everything matches

    def __len__(self) -> int:
        return len(self._count_of)

    def add(self, topic: bytes) -> bool:
        """Subscribe once more. True: the topic is new."""
        count = self._count_of.get(topic, 0)
        self._count_of[topic] = count + 1
        if count:
            return False
        self._lengths.add(topic)
        self.has_all = self.has_all or not topic
        return True

    def remove(self, topic: bytes) -> bool:
        """Unsubscribe once. True: the topic is no longer wanted. False: still wanted, or never was."""
        count = self._count_of.get(topic, 0)
        if count > 1:
            self._count_of[topic] = count - 1
        if count != 1:
            return False
        del self._count_of[topic]
        self._lengths.remove(topic)
        self.has_all = self.has_all and bool(topic)
        return True

    def matches(self, first_part: bytes) -> bool:
        """True if one of the topics is a prefix of this."""
        if self.has_all:
            return True
        if not first_part:
            return False
        return matching.is_wanted(self._count_of, self._lengths.ascending[first_part[0]], first_part)

    def topics(self) -> list[bytes]:
        """All topics in the order in which they are replayed: by byte value, prefixes first."""
        return sorted(self._count_of)


class TopicTable:
    """The pipes that want each topic. A pipe counts once per topic, however often it asked."""

    __slots__ = ("_lengths", "_pipes_of", "_topics_of")

    def __init__(self) -> None:
        # Tuples are walked faster than dictionaries, and most topics have one pipe. A change makes a new one.
        self._pipes_of: dict[bytes, tuple[Pipe, ...]] = {}
        self._topics_of: dict[Pipe, set[bytes]] = {}
        self._lengths = _Lengths()

    def __len__(self) -> int:
        return len(self._pipes_of)

    @property
    def subscriber_count(self) -> int:
        """How many pipes want anything at all."""
        return sum(1 for topics in self._topics_of.values() if topics)

    def add(self, topic: bytes, pipe: Pipe) -> bool:
        """Subscribe a pipe. True: no pipe wanted the topic before."""
        topics = self._topics_of.setdefault(pipe, set())
        if topic in topics:
            return False
        pipes = self._pipes_of.get(topic)
        if pipes is None:
            self._lengths.add(topic)
            self._pipes_of[topic] = (pipe,)
        elif pipe not in pipes:  # a signal handler may have come between this and the line below
            self._pipes_of[topic] = (*pipes, pipe)
        topics.add(topic)
        return pipes is None

    def remove(self, topic: bytes, pipe: Pipe) -> int:
        """Unsubscribe a pipe: NOT_FOUND, OTHERS_REMAIN or LAST_REMOVED."""
        topics = self._topics_of.get(pipe)
        if topics is None or topic not in topics:
            return NOT_FOUND
        topics.remove(topic)
        return self._remove_from_topic(topic, pipe)

    def remove_pipe(self, pipe: Pipe) -> list[tuple[bytes, int]]:
        """Unsubscribe a pipe from everything: its topics by byte value, and what remove() says of each."""
        topics = sorted(self._topics_of.pop(pipe, ()))
        return [(topic, self._remove_from_topic(topic, pipe)) for topic in topics]

    def match(self, first_part: bytes) -> Collection[Pipe]:
        """The pipes that want a message with this first part, each once. The result must not be changed."""
        lengths = self._lengths
        found = self._pipes_of[b""] if lengths.has_empty else _NO_PIPES
        if not first_part:
            return found
        return matching.wanted_by(self._pipes_of, lengths.ascending[first_part[0]], found, first_part)

    def match_all(self, messages: list[Any]) -> list[Share]:
        """Who gets what of these messages, each ``bytes`` or a tuple of ``bytes``. The lists may be the same one."""
        lengths = self._lengths
        found = self._pipes_of[b""] if lengths.has_empty else _NO_PIPES
        if not lengths.has_others:
            return [(pipe, messages) for pipe in found]
        return matching.share_out(self._pipes_of, lengths.ascending, found, messages)

    def _remove_from_topic(self, topic: bytes, pipe: Pipe) -> int:
        pipes = tuple([other for other in self._pipes_of[topic] if other is not pipe])
        if pipes:
            self._pipes_of[topic] = pipes
            return OTHERS_REMAIN
        del self._pipes_of[topic]
        self._lengths.remove(topic)
        return LAST_REMOVED
