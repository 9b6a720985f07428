"""The rules of a socket type in a context that sets MAX_MSGSZ: no larger message may be sent.

A subclass of the type's rules, made when it is needed, so that contexts without the option pay nothing for it.
"""

from __future__ import annotations

from typing import Any

from ..base.message import Message, size_of
from ..constants import Errno
from ..error import error_for
from .pattern import Pattern


def limited(rules: type[Pattern], most: int) -> type[Pattern]:
    """The same rules with a bound on what is sent, in bytes of all parts together."""

    def try_send(self: Any, message: Message) -> bool:
        size = size_of(message)
        if size > most:
            raise error_for(
                Errno.EMSGSIZE, f"the message has {size} bytes, and the context's MAX_MSGSZ allows {most}"
            )
        return rules.try_send(self, message)

    def none(self: Any) -> None:
        """No lane and no routes: no message may pass by unseen."""

    return type(
        rules.__name__, (rules,), {"__slots__": (), "try_send": try_send, "lane_out": none, "routes": none}
    )
