"""DGRAM: plain datagrams. A message is two parts, the peer's address (``127.0.0.1:5555``) and the body."""

from __future__ import annotations

from ..base.message import Message, Part
from ..base.udp_endpoint import parse_address
from ..constants import Errno, SocketType
from ..error import error_for
from .pair import Pair
from .pattern import register
from .radio_dish import check_datagram


class Dgram(Pair):
    """Has one pipe, the udp endpoint that it is bound to."""

    __slots__ = ()

    socket_type = SocketType.DGRAM
    parts_per_message = 2

    def try_send(self, message: Message) -> bool:
        if isinstance(message, bytes) or len(message) != 2:
            raise error_for(
                Errno.EINVAL, "a DGRAM message has exactly two parts, the peer's address and the body"
            )
        check_datagram(len(message[1]))
        parse_address(bytes(message[0]))
        return super().try_send(message)

    def may_send(self, first: Part) -> bool:
        return self.can_send()

    def lane_out(self) -> None:
        """None: every message needs a look."""


register(Dgram)
