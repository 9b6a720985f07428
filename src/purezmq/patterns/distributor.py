"""Distribution: a message goes to all pipes of a selection, and a full pipe misses it.

A message travels from a publisher to its subscribers in one of two ways.

*One by one*: the table of topics says who wants it, and ``Distributor.send`` appends the same object to every outbox.
So go tracked messages, what inproc subscribers have to see at once, pipes that conflate, and the options that need a
look at every message (XPUB_NODROP, INVERT_MATCHING, XPUB_MANUAL_LAST_VALUE).

*In bursts*, which is the usual way: a send only appends to the box of the lane (gathered.py). The pump decides, as it
does for every lane, when a burst is complete, and calls ``Publishing.flush`` (drivers/publishing.py). That hears what
has arrived, has the whole batch matched (``TopicTable.match_all``), and every pipe gets its share by one call, those
with the oldest messages first. If all subscribed to the same, the share is the same list for all. A connection with
nothing before it writes its share at once, and no outbox is needed. The encoders find that what they are to encode has
just been encoded (zmtp/shared.py).

Both count a drop for each message and pipe, and keep the order: whatever changes the table of topics, or sends one by
one, has the box emptied first.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection

from ..base.message import PipeItem, TrackedMessage, was_sent
from ..base.pipe import Pipe
from .room import has_room


class Distributor:
    """Copies messages to pipes."""

    __slots__ = ("conflate", "drops")

    def __init__(self, drops: Counter[str]) -> None:
        self.conflate = False  # there are pipes that conflate: a new message replaces what waits in theirs
        self.drops = drops

    def send(self, pipes: Collection[Pipe], message: PipeItem) -> None:
        """Send to all these pipes; those that are full miss it, and that is counted for each."""
        if type(message) is TrackedMessage:
            message = shared_by(message, len(pipes))
        if self.conflate:
            self._make_room(pipes)
        for pipe in pipes:
            outbox = pipe.outbox
            # The two tests are has_room(), without the call as long as there is room.
            if (pipe.write_blocked or len(outbox) >= pipe.outbox_limit) and not has_room(pipe):
                self.drops["no_room"] += 1
                was_sent(message)
                continue
            outbox.append(message)
            pipe.messages_pushed += 1
            if not pipe.dirty:
                pipe.dirty = True
                pipe.dirty_list.append(pipe)

    def have_room(self, pipes: Collection[Pipe]) -> bool:
        """True if none of these pipes would miss a message. All full ones are marked, to be told of room again."""
        full_count = 0
        for pipe in pipes:
            if not (pipe.conflates or has_room(pipe)):
                full_count += 1
        return full_count == 0

    def _make_room(self, pipes: Collection[Pipe]) -> None:
        for pipe in pipes:
            if not pipe.conflates:
                continue
            outbox = pipe.outbox
            while outbox:
                try:
                    was_sent(outbox.popleft())
                except IndexError:  # an inproc peer took it meanwhile
                    break
                self.drops["conflated"] += 1


def shared_by(message: TrackedMessage, count: int) -> TrackedMessage:
    """The same message for ``count`` receivers: its sender is told once, after the last of them."""
    if count == 1:
        return message
    return TrackedMessage(message, _LastOf(count, message.on_sent))


class _LastOf:
    """Calls back when it was called ``count`` times."""

    __slots__ = ("_callback", "_others")

    def __init__(self, count: int, callback: Callable[[], None]) -> None:
        # Receivers may be inproc peers in other threads: popping from a deque is atomic, counting down is
        # not.
        self._others: deque[None] = deque([None] * (count - 1))
        self._callback = callback

    def __call__(self) -> None:
        try:
            self._others.pop()
        except IndexError:
            self._callback()
