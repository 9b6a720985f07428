"""SUBSCRIBE and CANCEL in a row, as a subscriber with many topics sends them.

The ordinary way of a command leads out of the decoder and back, which costs ten times as much.
"""

from __future__ import annotations

from ..base.message import PipeItem, Subscription
from .framing import COMMAND

_SUBSCRIBE = b"\x09SUBSCRIBE"
_CANCEL = b"\x06CANCEL"


def cut_changes(data: bytes, pos: int, found: list[PipeItem], room: int) -> int:
    """Append the subscriptions and cancellations at ``pos`` to ``found``, at most ``room``; returns where they end.

    Stops before the first frame that is anything else, long, or incomplete.
    """
    size = len(data)
    limit = len(found) + room
    while pos + 2 <= size and data[pos] == COMMAND and len(found) < limit:
        start = pos + 2
        end = start + data[pos + 1]
        if end > size:
            break
        if data.startswith(_SUBSCRIBE, start, end):
            found.append(Subscription(True, data[start + len(_SUBSCRIBE) : end]))
        elif data.startswith(_CANCEL, start, end):
            found.append(Subscription(False, data[start + len(_CANCEL) : end]))
        else:
            break
        pos = end
    return pos
