"""Fair queuing: messages are received from the pipes in turn, one whole message each.

Only pipes that may have data are in the round (``pipe.in_active``). A pipe joins at the end when news arrive,
and leaves when its turn comes and its inbox is empty. As in libzmq the last pipe of the round then takes its
place.

A pipe that was detached needs no treatment: it stays in the round until its inbox is read to the end.
"""

from __future__ import annotations

from collections import Counter, deque

from ..base.message import PipeItem, was_sent
from ..base.pipe import Pipe


class FairQueue:
    """The round of pipes to receive from."""

    __slots__ = ("_current", "active", "conflate", "drops", "last_pipe")

    def __init__(self, drops: Counter[str]) -> None:
        self.active: list[Pipe] = []  # the pipes that take part; empty: take() would return None
        self._current = 0  # whose turn it is; below len(_active), or 0
        self.conflate = False  # there are pipes that conflate: of theirs only the newest message is kept
        self.drops = drops
        self.last_pipe: Pipe | None = None  # where the last message came from

    def activate(self, pipe: Pipe) -> None:
        """The pipe has news: let it take part."""
        if pipe.conflates:
            self.conflate = True
            self._keep_newest(pipe)  # now, so that old messages do not fill the inbox and keep new ones out
        if not pipe.in_active:
            pipe.in_active = True
            self.active.append(pipe)

    def take(self) -> PipeItem | None:
        """The next message, or None if no inbox has one."""
        active = self.active
        while active:
            pipe = active[self._current]
            if self.conflate:
                self._keep_newest(pipe)
            inbox = pipe.inbox
            if not inbox:  # the usual end of a round, and cheaper than the exception
                self._leave(pipe)
                continue
            try:
                message = inbox.popleft()
            except IndexError:  # another thread popped, or conflated it, without our lock
                self._leave(pipe)
                continue
            self.last_pipe = pipe
            self._current += 1
            if self._current >= len(active):
                self._current = 0
            return message
        return None

    def peek(self) -> PipeItem | None:
        """The message that take() would return, without taking it; ``current_pipe`` is then where it is."""
        active = self.active
        while active:
            pipe = active[self._current]
            if self.conflate:
                self._keep_newest(pipe)
            try:
                return pipe.inbox[0]
            except IndexError:
                self._leave(pipe)
        return None

    @property
    def current_pipe(self) -> Pipe:
        """The pipe whose turn it is. Only after peek() found a message."""
        return self.active[self._current]

    def has_items(self) -> bool:
        """True if take() would return a message."""
        return self.peek() is not None

    def lane(self) -> deque[PipeItem] | None:
        """The inbox of the only pipe in the round; None if there are more, or none, or messages need a look."""
        if len(self.active) == 1 and not self.conflate:
            pipe = self.active[0]
            self.last_pipe = pipe
            return pipe.inbox
        return None

    def _leave(self, pipe: Pipe) -> None:
        """Put the current pipe, whose inbox was found empty, out of the round."""
        pipe.in_active = False
        # An inproc peer appends in a thread of its own and wakes us only if it finds in_active False. If it
        # appended just before that was set, no wake-up comes: clear the mark first, then look again.
        if pipe.inbox:
            pipe.in_active = True
            return
        active = self.active
        last = active.pop()
        if last is not pipe:
            active[self._current] = last
        if self._current >= len(active):
            self._current = 0

    def _keep_newest(self, pipe: Pipe) -> None:
        if not pipe.conflates:
            return
        inbox = pipe.inbox
        while len(inbox) > 1:
            try:
                was_sent(inbox.popleft())
            except IndexError:  # an inproc peer conflates its outbox, which this is, in a thread of its own
                break
            self.drops["conflated"] += 1
