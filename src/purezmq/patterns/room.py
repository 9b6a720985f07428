"""Whether a pipe takes one more message, and the mark that asks for news when it does again."""

from __future__ import annotations

from ..base.pipe import Pipe


def has_room(pipe: Pipe) -> bool:
    """True if the pipe takes one more message. A pipe met full stays closed until its low-water mark."""
    if pipe.write_blocked:
        return False
    if len(pipe.outbox) < pipe.outbox_limit:
        return True
    return not block_writer(pipe)


def block_writer(pipe: Pipe) -> bool:
    """Mark the writer of a full pipe as blocked. False: there is room again after all."""
    pipe.write_blocked = True
    # An inproc peer takes messages out in a thread of its own, without our lock, and looks at the mark
    # afterwards. If it took the last one before the mark was set, nobody would ever call writable(): set the
    # mark, then look again.
    if pipe.has_room_again:
        pipe.write_blocked = False
        return False
    return True
