"""Load balancing: messages are sent to the pipes in turn, one whole message each.

Only pipes with room are in the round (``pipe.out_active``). A pipe that is found full when its turn comes
leaves it, the last pipe of the round takes its place (as in libzmq), and it joins again at the end when the
low-water mark is reached.
"""

from __future__ import annotations

from collections import Counter

from ..base.message import PipeItem, was_sent
from ..base.pipe import Pipe
from .room import block_writer


class LoadBalancer:
    """The round of pipes to send to."""

    __slots__ = ("_active", "_attached", "_attached_count", "_current", "conflate", "drops", "last_pipe")

    def __init__(self, drops: Counter[str]) -> None:
        self._active: list[Pipe] = []
        self._attached: set[Pipe] = set()
        self._attached_count = 0
        self._current = 0  # whose turn it is; below len(_active), or 0
        self.conflate = False  # there are pipes that conflate: a new message replaces what waits in theirs
        self.drops = drops
        self.last_pipe: Pipe | None = None  # where send() put its message

    def attach(self, pipe: Pipe) -> None:
        """Let a new pipe take part."""
        self._attached.add(pipe)
        self._attached_count = len(self._attached)
        if pipe.conflates:
            self.conflate = True
        self.activate(pipe)

    def detach(self, pipe: Pipe) -> None:
        """Forget an attached pipe."""
        if pipe.out_active:
            self._remove(pipe, self._active.index(pipe))
        self._attached.discard(pipe)
        self._attached_count = len(self._attached)

    def activate(self, pipe: Pipe) -> None:
        """The pipe has room: let it take part."""
        pipe.write_blocked = False
        if not pipe.out_active:
            pipe.out_active = True
            self._active.append(pipe)

    def send(self, message: PipeItem) -> bool:
        """Send to the next pipe that has room. False: none has."""
        # push() is written out: the call would be a fifth of the cost of a message.
        active = self._active
        while active:
            pipe = active[self._current]
            if self.conflate:
                self._make_room(pipe)
            outbox = pipe.outbox
            if len(outbox) < pipe.outbox_limit:
                outbox.append(message)
                pipe.messages_pushed += 1
                if not pipe.dirty:
                    pipe.dirty = True
                    pipe.dirty_list.append(pipe)
                if len(active) > 1:
                    turn = self._current + 1
                    self._current = turn if turn < len(active) else 0
                self.last_pipe = pipe
                return True
            self._leave(pipe)
        return False

    def has_room(self) -> bool:
        """True if send() would succeed."""
        active = self._active
        while active:
            pipe = active[self._current]
            if len(pipe.outbox) < pipe.outbox_limit or pipe.conflates:
                return True
            self._leave(pipe)
        return False

    def room(self, most: int) -> int:
        """How many messages send() would take now, counted up to ``most``."""
        room = 0
        if self.has_room():
            for pipe in self._active:
                room += max(0, pipe.outbox_limit - len(pipe.outbox)) if not pipe.conflates else most
                if room >= most:
                    return most
        return room

    def lane(self) -> Pipe | None:
        """The only attached pipe if it has room; None if there are more, or none, or messages need a look."""
        if self._attached_count == 1 and self._active and not self.conflate:
            pipe = self._active[0]
            if len(pipe.outbox) < pipe.outbox_limit:
                return pipe
        return None

    def _leave(self, pipe: Pipe) -> None:
        """Put the current pipe, which was found full, out of the round."""
        if block_writer(pipe):
            self._remove(pipe, self._current)

    def _remove(self, pipe: Pipe, index: int) -> None:
        active = self._active
        left = len(active) - 1
        # No call from here on, because signal handlers run after calls, and one that raises would leave a torn round.
        pipe.out_active = False
        active[index] = active[-1]
        del active[-1]
        if self._current >= left:
            self._current = 0

    def _make_room(self, pipe: Pipe) -> None:
        if not pipe.conflates:
            return
        outbox = pipe.outbox
        while outbox:
            try:
                was_sent(outbox.popleft())
            except IndexError:  # an inproc peer took it meanwhile
                break
            self.drops["conflated"] += 1
