"""SCATTER and GATHER: PUSH and PULL with messages of one part."""

from __future__ import annotations

from ..base.message import Message, Part
from ..constants import SocketType
from .pattern import register
from .pipeline import Pull, Push
from .single_part import SinglePartQueue, one_part, refuse_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.options import SocketOptions


class Scatter(Push):
    """Sends each message to one of its peers, in turn."""

    __slots__ = ()

    socket_type = SocketType.SCATTER
    is_single_part = True
    conflates = False

    def try_send(self, message: Message) -> bool:
        return self._out.send(one_part(self.name, message))

    def may_send(self, first: Part) -> bool:
        refuse_parts(self.name)


register(Scatter)


class Gather(Pull):
    """Receives from all its peers, in turn."""

    __slots__ = ()

    socket_type = SocketType.GATHER
    is_single_part = True
    conflates = False

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._in = SinglePartQueue(self.drops)


register(Gather)
