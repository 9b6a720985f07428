"""PUSH and PULL: work is handed out in turn and collected in turn."""

from __future__ import annotations

from collections import deque

from ..base.message import Message, Part, PipeItem
from ..base.pipe import Pipe
from ..constants import SocketType
from .fair_queue import FairQueue
from .load_balancer import LoadBalancer
from .pattern import Pattern, as_message, register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.options import SocketOptions


class Push(Pattern):
    """Sends each message to one of its peers, in turn. What a peer sends is thrown away."""

    __slots__ = ("_out",)

    socket_type = SocketType.PUSH
    conflates = True

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._out = LoadBalancer(self.drops)

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        super().attach(pipe, connected_here)
        self._out.attach(pipe)
        return True

    def detach(self, pipe: Pipe) -> None:
        if pipe in self.pipes:
            self._out.detach(pipe)
        super().detach(pipe)

    def writable(self, pipe: Pipe) -> None:
        if pipe in self.pipes:
            self._out.activate(pipe)

    def try_send(self, message: Message) -> bool:
        return self._out.send(message)

    def may_send(self, first: Part) -> bool:
        return self.can_send()

    def can_send(self) -> bool:
        return self._out.has_room()

    def lane_out(self) -> Pipe | None:
        return self._out.lane()


register(Push)


class Pull(Pattern):
    """Receives from all its peers, in turn."""

    __slots__ = ("_in",)

    socket_type = SocketType.PULL
    conflates = True

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._in = FairQueue(self.drops)

    def readable(self, pipe: Pipe) -> None:
        self._in.activate(pipe)

    def try_recv(self) -> Message | None:
        message = self._in.take()
        if message is None:
            return None
        self.last_pipe = self._in.last_pipe
        return message if type(message) is bytes else as_message(message)

    def can_recv(self) -> bool:
        return self._in.has_items()

    def lane_in(self) -> deque[PipeItem] | None:
        lane = self._in.lane()
        self.last_pipe = self._in.last_pipe
        return lane


register(Pull)
