"""Fair queuing: messages are received from the pipes in turn, one whole message each.

Only pipes that may have data are in the round (``pipe.in_active``). A pipe joins at the end when news arrive,
and leaves when its turn comes and its inbox is empty. As in libzmq the last pipe of the round then takes its
place.

A pipe that was detached needs no treatment: it stays in the round until its inbox is read to the end.

**Drawing ahead.** With several pipes in the round each message would need the lock and this code. ``draw_ahead``
moves the messages of the coming turns into ``ahead``, in the order in which ``take`` would return them, and a receiver
pops them there without the lock. Only turns in which no pipe leaves are drawn, so a message's place tells its pipe,
and ``put_back`` undoes it for what nobody has popped: then everything is as if it had only been taken message by
message. It is called before anything happens to the round or to an inbox: before news arrive, and before ``take``. How
many are drawn depends on how many of the last ones were popped.
"""

from __future__ import annotations

from collections import Counter, deque
from itertools import chain, cycle, repeat, starmap
from operator import call, itemgetter

from ..base.message import PipeItem, was_sent
from ..base.pipe import Pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

# Messages drawn ahead at a time: at first, and the most it grows to (it doubles as long as all of them are popped).
_FIRST_DRAW = 8
_LAST_DRAW = 1024
# So many times nothing is drawn when what was drawn was not popped: somebody receives by another way.
_PAUSE = 64

_without_name = itemgetter(1)


class FairQueue:
    """The round of pipes to receive from. ``names_them``: messages are drawn in pairs (routing id, message)."""

    __slots__ = (
        "_current",
        "_draw_size",
        "_drawn",
        "_pause",
        "active",
        "ahead",
        "conflate",
        "drops",
        "last_pipe",
        "names_them",
    )

    def __init__(self, drops: Counter[str], names_them: bool = False) -> None:
        self.active: list[Pipe] = []  # the pipes that take part; empty: take() would return None
        self._current = 0  # whose turn it is; below len(_active), or 0
        self.conflate = False  # there are pipes that conflate: of theirs only the newest message is kept
        self.drops = drops
        self.last_pipe: Pipe | None = None  # where the last message came from
        self.names_them = names_them
        self.ahead: deque[PipeItem] = deque()  # what was drawn ahead and not popped yet
        self._drawn = 0  # how many were drawn, beginning with the turn of _current
        self._draw_size = _FIRST_DRAW
        self._pause = 0

    def activate(self, pipe: Pipe) -> None:
        """The pipe has news: let it take part."""
        if self._drawn:
            self.put_back()
        if pipe.conflates:
            self.conflate = True
            self._keep_newest(pipe)  # now, so that old messages do not fill the inbox and keep new ones out
        if not pipe.in_active:
            pipe.in_active = True
            self.active.append(pipe)

    def take(self) -> PipeItem | None:
        """The next message, or None if no inbox has one."""
        if self._drawn:
            self.put_back()
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
            turn = self._current + 1
            self._current = turn if turn < len(active) else 0
            return message
        return None

    def peek(self) -> PipeItem | None:
        """The message that take() would return, without taking it; ``current_pipe`` is then where it is."""
        if self._drawn:
            self.put_back()
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
        return bool(self.ahead) or self.peek() is not None

    def lane(self) -> deque[PipeItem] | None:
        """What to pop from: the inbox of the only pipe in the round, or what was drawn ahead.

        None if there are more pipes, or none, or messages need a look.
        """
        if self._drawn:
            return self.ahead
        if len(self.active) == 1 and not self.conflate:
            pipe = self.active[0]
            self.last_pipe = pipe
            pipe.is_exposed = True
            return pipe.inbox
        return None

    def draw_ahead(self) -> deque[PipeItem] | None:
        """Move what the next takes would return into ``ahead``; None if it is not worth it. After ``take`` only."""
        active = self.active
        count = len(active)
        if count < 2 or self.conflate:
            return None
        if self._pause:
            self._pause -= 1
            return None
        most = self._draw_size
        current = self._current
        turns = active[current : current + most]
        if len(turns) < most:
            turns += active[: min(current, most - len(turns))]
        rounds = max(1, most // count)
        takers = []
        for pipe in turns:
            if pipe.is_shared:
                return None  # over inproc the inbox is the peer's outbox: its length is the peer's business
            waiting = len(pipe.inbox)
            if waiting < rounds:
                if not waiting:  # it leaves when its turn comes
                    break
                rounds = waiting
            if pipe.is_exposed:
                _change_inbox(pipe)
            takers.append(pipe.inbox.popleft)
        if len(takers) < count:
            rounds = 1  # and not a whole one
        drawn = len(takers) * rounds
        if drawn < 2:
            return None
        # Noted first: interrupted before the next call, it looks as if all had been popped.
        self._drawn = drawn
        messages = map(call, chain.from_iterable(repeat(takers, rounds)))
        if self.names_them:
            names = [pipe.routing_id for pipe in turns[: len(takers)]]
            pairs: Iterable[Any] = zip(chain.from_iterable(repeat(names, rounds)), messages, strict=False)
            self.ahead.extend(pairs)
        else:
            self.ahead.extend(messages)  # one call in C: no message is anywhere else, whatever happens
        return self.ahead

    def put_back(self) -> None:
        """Take back what was drawn ahead and not popped. ``take`` will return it again, in the same order."""
        drawn = self._drawn
        if not drawn:
            return
        ahead = self.ahead
        left = len(ahead)
        active = self.active
        count = len(active)
        if left:
            last = self._current + drawn - 1
            givers = [active[(last - back) % count].inbox.appendleft for back in range(min(left, count))]
            messages: Iterable[Any] = starmap(ahead.pop, repeat((), left))
            if self.names_them:
                messages = map(_without_name, messages)
            try:
                any(map(call, cycle(givers), messages))  # one call in C, as above; appendleft returns None
            except IndexError:  # another thread has popped the first of them meanwhile
                pass
            if drawn - left < 2:
                self._draw_size = _FIRST_DRAW
                self._pause = _PAUSE
            else:
                self._draw_size = max(_FIRST_DRAW, drawn - left)
        else:
            self._draw_size = min(2 * self._draw_size, _LAST_DRAW)
        self._current = (self._current + drawn - left) % count
        self._drawn = 0

    def _leave(self, pipe: Pipe) -> None:
        """Put the current pipe, whose inbox was found empty, out of the round."""
        active = self.active
        left = len(active) - 1
        # No call from here on, because signal handlers run after calls, and one that raises would leave a torn round.
        pipe.in_active = False
        # An inproc peer appends in a thread of its own and wakes us only if it finds in_active False. If it
        # appended just before that was set, no wake-up comes: clear the mark first, then look again.
        if pipe.inbox:
            pipe.in_active = True
            return
        active[self._current] = active[-1]
        del active[-1]
        if self._current >= left:
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


def _change_inbox(pipe: Pipe) -> None:
    """Give the pipe another deque for its inbox, which was a lane.

    A thread may hold it still, about to pop; it would get a message that is newer than those drawn ahead.
    """
    old = pipe.inbox
    fresh: deque[PipeItem] = deque()
    try:
        fresh.extend(starmap(old.popleft, repeat((), len(old))))
    except IndexError:  # just now such a thread has popped
        pass
    finally:
        if not old:  # interrupted before the call, nothing has changed
            pipe.inbox = fresh
            pipe.is_exposed = False
