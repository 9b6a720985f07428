"""What a publisher sent by its lane and has not handed out yet.

The lane of a publisher leads to no peer: ``box`` stands where other types have the only pipe that a message can go
to. A send is an append to it; when a burst is complete, everything in it is matched and handed out together. A pipe
gets its share of a whole batch by one call, and the encoders find that they all got the same (zmtp/shared.py).

Messages are matched with the subscriptions as they were when they were sent: whoever changes the table hands out
first.

A signal handler may raise after any call. What is in the box, ``batch`` and ``shares`` is still to be done, each
message is in one of them, and moves on by statements between which no call comes; so ``hand_out`` can just be
called again, and nothing is lost or sent twice.
"""

from __future__ import annotations

from itertools import repeat, starmap

from ..base.pipe import UNLIMITED, Pipe
from .room import has_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from typing import Any

    from .matching import Share


class Gathered:
    """The box behind a publisher's lane, and the way out of it."""

    __slots__ = ("_asked", "_drops", "_match_all", "batch", "box", "make_room", "shares")

    def __init__(self, drops: Counter[str], match_all: Callable[[list[Any]], list[Share]]) -> None:
        self.box = Pipe(0, UNLIMITED, [])
        self.make_room: Callable[[Pipe], None] | None = None  # the driver's: write what waits in a full pipe
        self._drops = drops
        self._match_all = match_all
        self.batch: list[Any] = []  # taken out of the box, not matched yet
        self.shares: list[Share] = []  # matched, not handed out yet; the next one is the last
        self._asked: Pipe | None = None  # this one was full, and the driver could write no more

    def hand_out(self, keep: int = 0, write: Callable[[list[Share]], bool] | None = None) -> None:
        """Give every pipe what it wants of what was gathered, but for the last ``keep`` messages.

        ``write``: the driver's, which tries to write the last of these shares at once, and takes it from the list if it
        does. What waits in an outbox first is moved from list to queue to list, which costs as much as writing it.
        """
        queue = self.box.outbox
        if self.shares:
            self._give_shares(write)
        while True:
            if not self.batch:
                count = len(queue) - keep
                if count <= 0:
                    return
                self.batch = [*starmap(queue.popleft, repeat((), count))]
            shares = self._match_all(self.batch)
            shares.reverse()
            self.shares = shares  # no call from here ...
            self.batch = []  # ... to here
            self._give_shares(write)

    def _give_shares(self, write: Callable[[list[Share]], bool] | None) -> None:
        shares = self.shares
        while shares:
            pipe, messages = shares[-1]
            outbox = pipe.outbox
            count = len(messages)
            if write is not None and not outbox and not pipe.write_blocked and write(shares):
                continue
            if pipe.write_blocked or len(outbox) + count > pipe.outbox_limit:
                if self._asked is not pipe and self.make_room is not None:
                    self._asked = pipe
                    self.make_room(pipe)
                else:
                    self._give_part(pipe, messages)
                continue
            outbox += messages
            del shares[-1]  # no call between these two
            pipe.messages_pushed += count
            if not pipe.dirty:
                pipe.dirty = True
                pipe.dirty_list.append(pipe)
        self._asked = None

    def _give_part(self, pipe: Pipe, messages: list[Any]) -> None:
        """The pipe has not room for all: it misses the rest, and that is counted."""
        outbox = pipe.outbox
        room = pipe.outbox_limit - len(outbox) if has_room(pipe) else 0
        part = messages[:room]
        dropped = self._drops["no_room"] + len(messages) - len(part)
        shares = self.shares
        outbox += part
        del shares[-1]  # no call from the line before to the one behind
        self._drops["no_room"] = dropped
        pipe.messages_pushed += len(part)
        if len(part) < len(messages):
            has_room(pipe)  # marks it: the writer met the limit
        if not pipe.dirty:
            pipe.dirty = True
            pipe.dirty_list.append(pipe)
