"""CLIENT and SERVER: asynchronous requests and replies with messages of one part.

A SERVER knows its peers by numbers of its own. They never travel: a received message carries the number of the peer
that sent it (``pipe.server_id``), and a message to send says which peer is meant (``RoutedMessage``).
"""

from __future__ import annotations

from ..base.message import Message, Part, RoutedMessage
from ..base.pipe import Pipe
from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import SocketOption
from .dealer import Dealer
from .pattern import Pattern, as_message, register
from .room import has_room
from .single_part import SinglePartQueue, one_part, refuse_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from ..base.options import SocketOptions


class Client(Dealer):
    """A DEALER with messages of one part."""

    __slots__ = ()

    socket_type = SocketType.CLIENT
    is_single_part = True
    conflates = False
    live_options: ClassVar[dict[int, str]] = {
        SocketOption.HELLO_MSG: "hello_msg",
        SocketOption.HICCUP_MSG: "hiccup_msg",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._in = SinglePartQueue(self.drops)

    def try_send(self, message: Message) -> bool:
        return self._out.send(one_part(self.name, message))

    def may_send(self, first: Part) -> bool:
        refuse_parts(self.name)

    def options_changed(self) -> None:
        """CONFLATE, which DEALER has, means nothing here."""


register(Client)


class Server(Pattern):
    """Sends to the peer that the message names, and receives from all of them in turn."""

    __slots__ = ("_in", "_next_id", "_pipe_of")

    socket_type = SocketType.SERVER
    is_single_part = True
    live_options: ClassVar[dict[int, str]] = {
        SocketOption.HELLO_MSG: "hello_msg",
        SocketOption.DISCONNECT_MSG: "disconnect_msg",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._in = SinglePartQueue(self.drops)
        self._pipe_of: dict[int, Pipe] = {}
        self._next_id = first_id

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        pipe.server_id = self._new_id()
        self._pipe_of[pipe.server_id] = pipe
        self.greet(pipe)
        return super().attach(pipe, connected_here)

    def hiccup(self, pipe: Pipe) -> None:
        self.greet_again(pipe)

    def detach(self, pipe: Pipe) -> None:
        if self.options.disconnect_msg and self.pipes.get(pipe) is False:  # only accepted peers
            pipe.inbox.append(self.options.disconnect_msg)
            self._in.activate(pipe)
        # The pipe keeps its number for what is still in its inbox.
        self._pipe_of.pop(pipe.server_id, None)
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        self._in.activate(pipe)

    def peer(self, number: int) -> Pipe:
        """The pipe of the peer with this number. Raises ZMQError (EHOSTUNREACH) if there is none."""
        pipe = self._pipe_of.get(number)
        if pipe is None:
            raise error_for(
                Errno.EHOSTUNREACH, f"no peer of this {self.name} socket has the routing id {number}: it left"
            )
        return pipe

    def try_send(self, message: Message) -> bool:
        if type(message) is not RoutedMessage:
            one_part(self.name, message)
            raise error_for(
                Errno.EHOSTUNREACH,
                f"a {self.name} socket has to know which peer is meant: send(data, routing_id=number), or send a "
                "Frame that has one",
            )
        pipe = self.peer(message.routing_id)
        if not has_room(pipe):
            return False
        pipe.push(message.message)
        return True

    def may_send(self, first: Part) -> bool:
        refuse_parts(self.name)

    def try_recv(self) -> Message | None:
        message = self._in.take()
        if message is None:
            return None
        self.last_pipe = self._in.last_pipe
        return message if type(message) is bytes else as_message(message)

    def can_send(self) -> bool:
        return True

    def can_recv(self) -> bool:
        return self._in.has_items()

    def _new_id(self) -> int:
        """The next number that is free and not 0, which would mean "no peer"."""
        while True:
            number = self._next_id & 0xFFFFFFFF
            self._next_id = number + 1
            if number and number not in self._pipe_of:
                return number


register(Server)
