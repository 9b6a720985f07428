"""ROUTER with ROUTER_RAW: STREAM's raw TCP peers, with a ROUTER's way of treating messages that have nowhere to go."""

from __future__ import annotations

from typing import ClassVar

from ..base.message import Message, Part
from ..constants import SocketType
from ..numbers import SocketOption
from .room import has_room
from .stream import Stream


class RawRouter(Stream):
    """Without ROUTER_MANDATORY, messages to unknown or full peers are dropped."""

    __slots__ = ()

    socket_type = SocketType.ROUTER
    live_options: ClassVar[dict[int, str]] = {SocketOption.ROUTER_MANDATORY: "router_mandatory"}

    def may_send(self, first: Part) -> bool:
        return not self.options.router_mandatory or super().may_send(first)

    def try_send(self, message: Message) -> bool:
        if not self.options.router_mandatory and type(message) is not bytes and len(message) == 2:
            pipe = self._names.find(bytes(message[0]))
            if pipe is None:
                self.drop("unroutable", message)
                return True
            if message[1] and not has_room(pipe):
                self.drop("no_room", message)
                return True
        return super().try_send(message)

    def can_send(self) -> bool:
        return not self.options.router_mandatory or any(has_room(pipe) for pipe in self.pipes)
