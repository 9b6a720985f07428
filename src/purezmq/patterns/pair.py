"""PAIR: one peer at a time; a second one is refused."""

from __future__ import annotations

from collections import deque

from ..base.message import Message, Part, PipeItem
from ..base.pipe import Pipe
from ..constants import SocketType
from .pattern import Pattern, as_message, register
from .room import has_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.options import SocketOptions


class Pair(Pattern):
    """An exclusive conversation.

    What a peer sent before it left is received before the first message of the next one. (libzmq refuses a
    new peer until then.)
    """

    __slots__ = ("_peer", "_reading")

    socket_type = SocketType.PAIR

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._peer: Pipe | None = None
        # The pipes that may have messages, oldest first: earlier peers, then the present one.
        self._reading: deque[Pipe] = deque()

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        if self._peer is not None:
            return False
        self._peer = pipe
        return super().attach(pipe, connected_here)

    def detach(self, pipe: Pipe) -> None:
        if pipe is self._peer:
            self._peer = None
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        if not pipe.in_active:
            pipe.in_active = True
            self._reading.append(pipe)

    def try_send(self, message: Message) -> bool:
        pipe = self._peer
        if pipe is None or not has_room(pipe):
            return False
        pipe.push(message)
        return True

    def try_recv(self) -> Message | None:
        reading = self._reading
        while reading:
            pipe = reading[0]
            try:
                message = pipe.inbox.popleft()
            except IndexError:
                self._leave(pipe)
                continue
            self.last_pipe = pipe
            return message if type(message) is bytes else as_message(message)
        return None

    def may_send(self, first: Part) -> bool:
        return self.can_send()

    def can_send(self) -> bool:
        return self._peer is not None and has_room(self._peer)

    def can_recv(self) -> bool:
        reading = self._reading
        while reading:
            pipe = reading[0]
            if pipe.inbox:
                return True
            self._leave(pipe)
        return False

    def lane_in(self) -> deque[PipeItem] | None:
        if len(self._reading) != 1:
            return None
        self.last_pipe = self._reading[0]
        return self.last_pipe.inbox

    def lane_out(self) -> Pipe | None:
        pipe = self._peer
        return pipe if pipe is not None and has_room(pipe) else None

    def _leave(self, pipe: Pipe) -> None:
        """Stop reading the oldest pipe, whose inbox was found empty."""
        pipe.in_active = False
        if pipe.inbox:  # an inproc peer appended just before it could see the mark: FairQueue explains this
            pipe.in_active = True
        else:
            self._reading.popleft()


register(Pair)
