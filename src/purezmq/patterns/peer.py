"""PEER: a SERVER that may talk first, because its connects tell the number of the peer."""

from __future__ import annotations

from ..base.pipe import Pipe
from ..constants import SocketType
from ..numbers import SocketOption
from .client_server import Server
from .pattern import register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from ..base.options import SocketOptions


class Peer(Server):
    """Sends to the peer that the message names, and receives from all of them in turn."""

    __slots__ = ("_present",)

    socket_type = SocketType.PEER
    live_options: ClassVar[dict[int, str]] = {
        **Server.live_options,
        SocketOption.HICCUP_MSG: "hiccup_msg",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._present: set[Pipe] = set()  # the connected pipes behind which there is a connection now

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
        super().hiccup(pipe)

    def detach(self, pipe: Pipe) -> None:
        self._present.discard(pipe)
        super().detach(pipe)


register(Peer)
