"""DEALER: sends to its peers in turn, receives from them in turn, and adds nothing."""

from __future__ import annotations

from collections import deque

from ..base.message import Message, Part, PipeItem
from ..base.pipe import Pipe
from ..constants import SocketType
from ..numbers import SocketOption
from .fair_queue import FairQueue
from .load_balancer import LoadBalancer
from .pattern import Pattern, as_message, register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from ..base.options import SocketOptions


class Dealer(Pattern):
    """A load balancer and a fair queue over the same pipes."""

    __slots__ = ("_in", "_out", "_present")

    socket_type = SocketType.DEALER
    conflates = True
    live_options: ClassVar[dict[int, str]] = {
        SocketOption.PROBE_ROUTER: "probe_router",
        SocketOption.HELLO_MSG: "hello_msg",
        SocketOption.HICCUP_MSG: "hiccup_msg",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._in = FairQueue(self.drops)
        self._out = LoadBalancer(self.drops)
        self._present: set[Pipe] = set()  # the connected pipes behind which there is a connection now

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        self.greet(pipe)
        super().attach(pipe, connected_here)
        self._out.attach(pipe)
        return True

    def identify(self, pipe: Pipe, routing_id: bytes) -> bool:
        self._present.add(pipe)
        return True

    def hiccup_lost(self, pipe: Pipe) -> None:
        if pipe not in self._present:
            return
        self._present.remove(pipe)
        if self.options.hiccup_msg:
            pipe.inbox.append(self.options.hiccup_msg)
            self.readable(pipe)

    def hiccup(self, pipe: Pipe) -> None:
        self._present.add(pipe)
        self.greet_again(pipe)

    def detach(self, pipe: Pipe) -> None:
        if pipe in self.pipes:
            self._out.detach(pipe)
            self._present.discard(pipe)
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        self._in.activate(pipe)

    def writable(self, pipe: Pipe) -> None:
        if pipe in self.pipes:
            self._out.activate(pipe)

    def try_send(self, message: Message) -> bool:
        return self._out.send(message)

    def try_recv(self) -> Message | None:
        message = self._in.take()
        if message is None:
            return None
        self.last_pipe = self._in.last_pipe
        return message if type(message) is bytes else as_message(message)

    def may_send(self, first: Part) -> bool:
        return self.can_send()

    def can_send(self) -> bool:
        return self._out.has_room()

    def can_recv(self) -> bool:
        return self._in.has_items()

    def lane_in(self) -> deque[PipeItem] | None:
        lane = self._in.lane()
        self.last_pipe = self._in.last_pipe
        return lane

    def lane_out(self) -> Pipe | None:
        return self._out.lane()


register(Dealer)
