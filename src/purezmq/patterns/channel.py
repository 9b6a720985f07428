"""CHANNEL: PAIR with messages of one part."""

from __future__ import annotations

from ..base.message import Message, Part
from ..constants import SocketType
from .pair import Pair
from .pattern import register
from .single_part import DROP_REASON, is_multipart, one_part, refuse_parts


class Channel(Pair):
    """An exclusive conversation."""

    __slots__ = ()

    socket_type = SocketType.CHANNEL
    is_single_part = True

    def try_send(self, message: Message) -> bool:
        return super().try_send(one_part(self.name, message))

    def may_send(self, first: Part) -> bool:
        refuse_parts(self.name)

    def try_recv(self) -> Message | None:
        while True:
            message = super().try_recv()
            if message is None or not is_multipart(message):
                return message
            self.drop(DROP_REASON, message)

    def can_recv(self) -> bool:
        while super().can_recv():
            inbox = self._reading[0].inbox
            try:
                item = inbox.popleft()
            except IndexError:  # another thread popped it by the lane
                continue
            if not is_multipart(item):
                inbox.appendleft(item)
                return True
            self.drop(DROP_REASON, item)
        return False


register(Channel)
