"""Many messages per call, and sockets as iterables."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from ._quick import all_bytes
from .base.message import Message, Part, PipeItem
from .constants import Errno
from .drivers import batch, exchange
from .drivers.pump import NO_LANE
from .error import Again, ZMQError
from .numbers import Flag
from .patterns.pattern import as_message
from .patterns.single_part import DROP_REASON, is_multipart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._parts import PerThread
    from .base.pipe import Pipe
    from .drivers.pump import Pump

# What an iterable that is no list is cut into: enough to spread the cost of a call over.
_CHUNK = 1024
_DONTWAIT = int(Flag.DONTWAIT)
_THE_END = (Errno.ENOTSOCK, Errno.ENOTSUP, Errno.ETERM)


class Batches:
    """Batch calls and iteration for a socket class that has the single ones."""

    _pump: Pump
    _parts_in: PerThread[tuple[deque[Part], Pipe | None]]
    _parts_out: PerThread[list[Any]]

    if TYPE_CHECKING:

        def send(self, data: Any, flags: int = 0) -> Any: ...
        def recv(self, flags: int = 0) -> Any: ...
        def send_multipart(self, msg_parts: Any, flags: int = 0) -> Any: ...
        def recv_multipart(self, flags: int = 0) -> Any: ...
        def _as_message(self, item: Any, index: int) -> Message: ...
        def _has_own_calls(self) -> bool: ...

    def send_many(self, messages: Iterable[Any], flags: int = 0, *, timeout: int | None = None) -> None:
        """Send messages in order: each one bytes-like (or a Frame), or a sequence of parts. The fast way to send.

        Waits for room like ``send``, for SNDTIMEO or ``timeout`` milliseconds (-1: no limit) over the whole call;
        DONTWAIT does not wait. Whole messages only: one that does not fit any more was not sent at all.

            >>> push.send_many([b"one", b"two", [b"topic", b"three"]])

        Raises what ``send`` raises; the attribute ``sent`` of the error (a number) tells how many messages were taken
        before. Raises TypeError for what is no message before anything of its chunk (1 024 messages of an iterator,
        all of a list or tuple) is sent.
        """
        if self._has_own_calls():
            self._send_one_by_one(messages, flags)
            return
        if self._parts_out and self._parts_out.mine() is not None:
            raise ZMQError(Errno.EFSM, "send the last part of the message that was begun with SNDMORE first")
        pump = self._pump
        milliseconds = pump.core.options.sndtimeo if timeout is None else timeout
        deadline = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000
        sent = 0
        for chunk in [messages] if isinstance(messages, list | tuple) else _chunks(messages):
            are_plain = all_bytes(chunk)
            ready = chunk if are_plain else [self._as_message(item, i) for i, item in enumerate(chunk, sent)]
            sent += self._send_chunk(ready, are_plain, bool(flags & _DONTWAIT), deadline, sent)

    def _send_chunk(
        self, messages: Any, are_plain: bool, at_once: bool, deadline: float | None, sent_before: int
    ) -> int:
        pump = self._pump
        sent = 0
        try:
            with pump.lock:
                sent = batch.try_send_many(pump, messages, 0, are_plain)
            while sent < len(messages):
                pump.core.high_water_hits += 1

                def attempt(start: int = sent) -> int | None:
                    end = batch.try_send_many(pump, messages, start, are_plain)
                    return end if end > start else None

                if at_once:
                    sent = exchange.at_once(pump, attempt)
                else:
                    left = None if deadline is None else max(0.0, deadline - time.monotonic())
                    sent = exchange.wait_for(pump, attempt, left, looks_again=bool(pump.inproc_links))
        except ZMQError as error:
            error.sent = sent_before + sent
            raise
        return sent

    def _send_one_by_one(self, messages: Iterable[Any], flags: int) -> None:
        # A subclass has its own idea of sending.
        for sent, message in enumerate(messages):
            try:
                if isinstance(message, list | tuple):
                    self.send_multipart(message, flags)
                else:
                    self.send(message, flags)
            except ZMQError as error:
                error.sent = sent
                raise

    def recv_many(
        self, max: int | None = None, *, timeout: int | None = None, multipart: bool = False, flags: int = 0
    ) -> list[Any]:
        """Wait for a message, then take what else is there, up to ``max`` messages. The fast way to receive.

        Returns a list of what ``recv`` would return, part by part (so one item for a message of one part); with
        ``multipart=True`` of what ``recv_multipart`` would return, a list for each message. Waits for RCVTIMEO or
        ``timeout`` milliseconds (-1: no limit); DONTWAIT does not wait.

        Raises Again when there is nothing in time, and what ``recv`` raises.
        """
        limit = _limit(max)
        wait = not flags & _DONTWAIT
        if self._has_own_calls():
            return self._recv_one_by_one(limit, multipart, flags)
        if self._parts_in and self._parts_in.mine() is not None:
            rest = self.recv_multipart(flags)  # of a message that recv() began
            return [rest] if multipart else list(rest)
        pump = self._pump
        found: list[PipeItem] = []
        batch.take_from_lane(pump, found, limit)
        if not found:
            found.append(exchange.recv_from(pump, wait, timeout)[0])
            batch.take_from_lane(pump, found, limit)
        if len(found) < limit and (pump.lane_in is NO_LANE or pump.drawn):
            with pump.lock:
                batch.try_recv_many(pump, found, limit)
        return self._as_batch(found, multipart) or self.recv_many(
            max, timeout=timeout, multipart=multipart, flags=flags
        )

    def _as_batch(self, found: list[PipeItem], multipart: bool) -> list[Any]:
        """What recv_many returns for these items; empty if they are no messages for this socket type."""
        if self._pump.core.pattern.is_single_part:
            found = self._without_multipart(found)
        if multipart:
            return [[item] if type(item) is bytes else _parts_of(item) for item in found]
        if all_bytes(found):
            return found
        return [part for item in found for part in ((item,) if type(item) is bytes else _parts_of(item))]

    def _without_multipart(self, found: list[PipeItem]) -> list[PipeItem]:
        good = [item for item in found if type(item) is bytes or not is_multipart(item)]
        if len(good) < len(found):
            pump = self._pump
            with pump.lock:
                for item in found:
                    if type(item) is not bytes and is_multipart(item):
                        pump.core.pattern.drop(DROP_REASON, item)
        return good

    def _recv_one_by_one(self, limit: int, multipart: bool, flags: int) -> list[Any]:
        found: list[Any] = []
        for count in range(limit):
            try:
                parts = self.recv_multipart(flags | _DONTWAIT if count else flags)
            except Again:
                if not count:
                    raise
                break
            if multipart:
                found.append(parts)
            else:
                found.extend(parts)
        return found

    def __iter__(self) -> Iterator[Any]:
        """Messages as they come, until the socket is closed or the context ends: ``for message in socket``.

        A message of one part comes as ``bytes``, one of several parts as a list. Raises Again when RCVTIMEO is over.
        """
        has_own_calls = self._has_own_calls()
        pump = self._pump
        try:
            if self._parts_in and self._parts_in.mine() is not None:
                yield self.recv_multipart()  # the rest of a message that recv() began
            while True:
                if has_own_calls:
                    parts = self.recv_multipart()
                    yield parts[0] if len(parts) == 1 else parts
                    continue
                try:
                    item = pump.lane_in.popleft()
                except IndexError:
                    item = exchange.recv_from(pump)[0]
                if type(item) is bytes:
                    yield item
                elif not (pump.core.pattern.is_single_part and self._without_multipart([item]) == []):
                    parts = _parts_of(item)
                    yield parts[0] if len(parts) == 1 else parts
        except ZMQError as error:
            if error.errno not in _THE_END:
                raise

    def recv_nowait(self, default: Any = None) -> Any:
        """What ``recv`` would return at once, or ``default`` if there is nothing."""
        try:
            return self.recv(_DONTWAIT)
        except Again:
            return default


def _limit(most: int | None) -> int:
    limit = sys.maxsize if most is None else most
    if limit < 1:
        raise ValueError(f"max={most} must be at least 1, or None for no limit")
    return limit


def _chunks(messages: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(messages)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _parts_of(item: PipeItem) -> list[Any]:
    message = as_message(item)
    if type(message) is bytes:
        return [message]
    return [part if type(part) is bytes else bytes(part) for part in message]
