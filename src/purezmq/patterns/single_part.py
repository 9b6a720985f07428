"""What the types whose messages have exactly one part share: CLIENT, SERVER, PEER, SCATTER, GATHER, CHANNEL.

Sending several parts is the user's mistake and raises. Receiving them is the peer's: the whole message is dropped and
counted, and the connection goes on. (Over tcp and ipc the handshake lets no peer in that could send them; inproc checks
no socket types.)
"""

from __future__ import annotations

from ..base.message import Message, PipeItem, was_sent
from ..constants import Errno
from ..error import error_for
from .fair_queue import FairQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

DROP_REASON = "multipart"


def is_multipart(item: PipeItem) -> bool:
    """True for a message that these types do not receive."""
    return isinstance(item, tuple) and len(item) > 1


def refuse_parts(type_name: str) -> NoReturn:
    """Raise for a message of several parts."""
    raise error_for(
        Errno.EINVAL,
        f"{type_name} messages have exactly one part: send it without SNDMORE, or join the parts",
    )


def one_part(type_name: str, message: Message) -> Message:
    """The message if it has one part. Raises ZMQError (EINVAL) otherwise."""
    if isinstance(message, tuple) and len(message) > 1:
        refuse_parts(type_name)
    return message


class SinglePartQueue(FairQueue):
    """A fair queue that passes over messages of several parts."""

    __slots__ = ()

    def take(self) -> PipeItem | None:
        while True:
            item = super().take()
            if type(item) is bytes or item is None or not is_multipart(item):
                return item
            self._drop(item)

    def peek(self) -> PipeItem | None:
        while True:
            item = super().peek()
            if type(item) is bytes or item is None or not is_multipart(item):
                return item
            inbox = self.current_pipe.inbox
            try:
                item = inbox.popleft()
            except IndexError:  # another thread popped it by the lane
                continue
            if is_multipart(item):
                self._drop(item)
            else:
                inbox.appendleft(item)  # the lane was faster here, too, and this is the message behind it

    def _drop(self, item: PipeItem) -> None:
        self.drops[DROP_REASON] += 1
        was_sent(item)
