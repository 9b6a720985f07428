"""Many messages per call: one lock, one look at the rules and one write for a whole batch.

Everything here requires the pump's lock.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice

from ..base.message import Message, PipeItem, size_of
from ..error import ZMQError
from ..zmtp.frames import move
from . import ending, inproc_ends
from .streams import StreamHandler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .pump import Pump

# Without a lane: write after this many messages, so that the peer can begin while the rest is queued.
_MESSAGES_PER_WRITE = 512


def try_send_many(pump: Pump, messages: Sequence[Message], start: int, all_bytes: bool) -> int:
    """Queue messages from ``start`` on; returns where it stopped, because the next one would block.

    Raises ZMQError only if not a single one was queued.
    """
    pump.check_alive()
    if pump.mailbox:
        inproc_ends.read_mailbox(pump)
    total = len(messages)
    sent = start
    while sent < total:
        before = sent
        if all_bytes and pump.lane_out is not None:
            sent = _fill_lane(pump, messages, sent)
        if sent < total and (pump.lane_out is None or not all_bytes):
            sent = _send_each(pump, messages, sent)
        if sent == before:
            # The ordinary way: it flushes, marks a full pipe as blocked, and knows all the exceptions.
            try:
                if not pump.try_send(messages[sent]):
                    break
            except ZMQError:
                if sent == start:
                    raise
                break  # the next call meets it at its first message
            sent += 1
    return sent


def _fill_lane(pump: Pump, messages: Sequence[Message], sent: int) -> int:
    """Append to the lane as long as it is one and has room."""
    total = len(messages)
    while sent < total:
        box, pipe = pump.lane_out, pump.lane_pipe
        if box is None or pipe is None:
            break
        room = pipe.outbox_limit - len(box)
        if room <= 0:
            break
        chunk = messages[sent : sent + room] if sent or room < total else messages
        sent += len(chunk)
        if type(pipe.link) is StreamHandler and type(chunk) is list and not box and len(chunk) >= pump.burst:
            pump.step_of_lane(box, chunk)
            continue
        box.extend(chunk)
        reader = pump.lane_reader
        if reader is not None:
            pump.lane_messages += len(chunk)
            pump.inproc_bytes_out += sum(map(len, chunk))
            if not (reader.in_active or reader.told) or len(box) >= pump.burst:
                pump.step_of_lane(box)
        elif len(box) >= pump.burst or (not pump.has_left.is_set and not pump.leave()):
            pump.step_of_lane(box)
    return sent


def _send_each(pump: Pump, messages: Sequence[Message], sent: int) -> int:
    """Let the rules have one message after the other, up to the first that they do not take."""
    core = pump.core
    pattern = core.pattern
    pump.used = True
    try:
        for message in islice(messages, sent, None):
            if not pattern.try_send(message):
                break
            sent += 1
            if pump.inproc_links:
                pump.inproc_bytes_out += size_of(message)
            if pattern.to_close:
                ending.close_given_up(pump)
            if sent % _MESSAGES_PER_WRITE == 0 and core.dirty:
                pump.flush_dirty()
    except ZMQError:
        pass  # wrong in this state, or for nobody: try_send() will say so again, if it still is
    finally:
        pump.last_flush = time.monotonic()
        if core.dirty:
            pump.flush_dirty()
        pump.io_thread.last_flush_end = time.monotonic()
        pump.finish_step()
    return sent


def try_recv_many(pump: Pump, found: list[PipeItem], limit: int) -> None:
    """Take what is there, up to ``limit`` messages in all. Raises ZMQError only if there is nothing in ``found``."""
    while len(found) < limit:
        take_from_lane(pump, found, limit)
        if len(found) >= limit:
            return
        try:
            received = pump.try_recv_from()
        except ZMQError:
            if found:
                return
            raise
        if received is None:
            return
        found.append(received[0])


def take_from_lane(pump: Pump, found: list[PipeItem], limit: int) -> None:
    """Pop what is in the lane. Needs no lock."""
    move(pump.lane_in, found, limit - len(found))
