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

    __slots__ = ("_active", "_attached_count", "_current", "conflate", "drops", "last_pipe")

    def __init__(self, drops: Counter[str]) -> None:
        self._active: list[Pipe] = []
        self._attached_count = 0
        self._current = 0  # whose turn it is; below len(_active), or 0
        self.conflate = False  # there are pipes that conflate: a new message replaces what waits in theirs
        self.drops = drops
        self.last_pipe: Pipe | None = None  # where send() put its message

    def attach(self, pipe: Pipe) -> None:
        """Let a new pipe take part."""
        self._attached_count += 1
        if pipe.conflates:
            self.conflate = True
        self.activate(pipe)

    def detach(self, pipe: Pipe) -> None:
        """Forget an attached pipe."""
        self._attached_count -= 1
        if pipe.out_active:
            self._remove(self._active.index(pipe))
            pipe.out_active = False

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
                    self._current += 1
                    if self._current >= len(active):
                        self._current = 0
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
            pipe.out_active = False
            self._remove(self._current)

    def _remove(self, index: int) -> None:
        active = self._active
        last = active.pop()
        if index < len(active):
            active[index] = last
        if self._current >= len(active):
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
