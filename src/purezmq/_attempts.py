"""One attempt at each call of a socket, without waiting: what the sockets for event loops are built on."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

from ._completed import put_aside
from ._short_ways import _as_list
from .base.message import Message, Part, PipeItem
from .base.pipe import Pipe
from .constants import Errno
from .drivers import batch
from .drivers.pump import NO_LANE
from .error import Again, ZMQError
from .frame import Frame
from .numbers import Flag
from .patterns.pattern import as_message
from .socket import Socket, _all_received, _as_received, _check_part, _to_bytes

DONTWAIT = int(Flag.DONTWAIT)

Undo = Callable[[], None]
# Tries to do what a call is for: (result, how to give it back or None), or None if it cannot be done yet.
Attempt = Callable[[], tuple[Any, Undo | None] | None]


class Attempts(Socket[Any]):
    """A socket whose calls wait in some other way than ``Socket``'s."""

    __iter__: Any = None  # "for message in socket" would block the loop: use "async for"

    @property
    def has_parts_left(self) -> bool:
        """Somebody has received a part of a message with ``recv``, and there are more."""
        return bool(self._parts_in)

    def _look(self) -> None:
        """Handle what is ready now. Requires the pump's lock."""
        self._pump.process(self._pump.look())

    def _look_and_try(self, attempt: Attempt) -> tuple[Any, Undo | None] | None:
        with self._pump.lock:
            self._look()
        return attempt()

    # -- sending ---------------------------------------------------------------------------------------

    def _sending(
        self,
        data: Any,
        flags: int,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | None = None,
    ) -> Attempt:
        """The attempt for ``send``. Raises what is wrong with the data."""
        if routing_id is not None or group is not None:
            data = self._addressed(data, copy, track, routing_id, group)
        elif not isinstance(data, Frame):
            # Made now, so that the caller may change the buffer afterwards, and only once.
            data = _to_bytes(data) if copy else self._as_frame(data, copy, track)
        return _attempt(partial(self._send_part, data, int(flags) | DONTWAIT, copy, track, None))

    def _sending_parts(
        self, msg_parts: Sequence[Any], flags: int, copy: bool, track: bool, **kwargs: Any
    ) -> Attempt:
        """The attempt for ``send_multipart``. Raises what is wrong with the parts."""
        parts = [self._prepared(index, part, copy, track) for index, part in enumerate(msg_parts)]
        flags = int(flags) | DONTWAIT
        if kwargs or flags & Flag.SNDMORE:
            return _attempt(partial(self._send_parts_one_by_one, parts, flags, copy, track, **kwargs))
        return _attempt(partial(Socket.send_multipart, self, parts, flags, copy, track))

    def _sending_many(self, messages: Iterable[Any]) -> Sending:
        """The attempts for ``send_many``. Raises what is wrong with the messages."""
        if self._parts_out and self._parts_out.mine() is not None:
            raise ZMQError(Errno.EFSM, "send the last part of the message that was begun with SNDMORE first")
        messages = messages if isinstance(messages, list | tuple) else list(messages)
        all_bytes = set(map(type, messages)) <= {bytes}
        ready = messages if all_bytes else [self._as_message(item, i) for i, item in enumerate(messages)]
        return Sending(self, ready, all_bytes)

    def _prepared(self, index: int, part: Any, copy: bool, track: bool) -> Any:
        if type(part) is bytes and copy:
            return part
        _check_part(index, part)
        frame = self._as_frame(part, copy, track)
        return _to_bytes(part) if frame is None else frame

    def _send_parts_one_by_one(
        self, msg_parts: Sequence[Any], flags: int, copy: bool, track: bool, **kwargs: Any
    ) -> Any:
        for part in msg_parts[:-1]:
            Socket.send(self, part, flags | Flag.SNDMORE, copy, track, **kwargs)
        return Socket.send(self, msg_parts[-1], flags, copy, track, **kwargs)

    def _sends_itself(self) -> bool:
        return False

    def _send_message(self, parts: Sequence[Part | Frame], flags: int, timeout: int | None) -> None:
        """One attempt: raises Again if nobody can take the message now."""
        pump = self._pump
        message = self._joined(parts)
        with pump.lock:
            if pump.try_send(message):
                return
            self._look()
            if pump.try_send(message):
                return
        raise Again()

    # -- receiving -------------------------------------------------------------------------------------

    def _take(self) -> tuple[Message, Pipe | None] | None:
        pump = self._pump
        if pump.aside:
            try:
                taken: tuple[Message, Pipe | None] = pump.aside.popleft()
            except IndexError:  # another thread was faster
                pass
            else:
                return taken
        with pump.lock:
            return pump.try_recv_from()

    def _begun(self) -> tuple[deque[Part], Pipe | None] | None:
        return self._parts_in.mine() if self._parts_in else None

    def _try_recv(self, copy: bool = True) -> tuple[Any, Undo] | None:
        pump = self._pump
        if copy and not (self._parts_in or pump.aside):
            # What most calls meet, without the calls below.
            with pump.lock:
                taken = pump.try_recv_from()
            if taken is None:
                return None
            if type(taken[0]) is bytes:
                return taken[0], partial(put_aside, pump, *taken)
            return self._first_of(*taken, copy)
        begun = self._begun()
        if begun is not None:
            self._pump.check_alive()
            rest, pipe = begun
            part = rest.popleft()
            if not rest:
                self._parts_in.forget()
            return _as_received(part, bool(rest), pipe, copy), partial(self._part_back, part, rest, pipe)
        taken = self._take()
        return None if taken is None else self._first_of(*taken, copy)

    def _first_of(self, message: Message, pipe: Pipe | None, copy: bool) -> tuple[Any, Undo]:
        """What ``recv`` returns of a message; the other parts are kept for the next calls."""
        if type(message) is bytes:
            return _as_received(message, False, pipe, copy), partial(put_aside, self._pump, message, pipe)
        received = self._first_part(message, pipe, copy)
        begun = self._begun()
        if begun is None:
            return received, partial(put_aside, self._pump, message, pipe)
        return received, partial(self._part_back, message[0], begun[0], pipe)

    def _part_back(self, part: Any, rest: deque[Part], pipe: Pipe | None) -> None:
        rest.appendleft(part)
        self._parts_in.keep((rest, pipe))

    def _try_recv_multipart(self, copy: bool = True) -> tuple[list[Any], Undo] | None:
        begun = self._begun()
        if begun is not None:
            self._parts_in.forget()
            parts = tuple(begun[0])
            return _all_received(parts, begun[1], copy), partial(self._parts_in.keep, begun)
        taken = self._take()
        if taken is None:
            return None
        message, pipe = taken
        undo = partial(put_aside, self._pump, message, pipe)
        if copy:
            return _as_list(message), undo
        return _all_received((message,) if isinstance(message, bytes) else message, pipe, copy), undo

    def _try_recv_many(self, limit: int, multipart: bool) -> tuple[list[Any], Undo] | None:
        begun = self._try_recv_multipart() if self._begun() is not None else None
        if begun is not None:
            return [begun[0]] if multipart else begun[0], begun[1]
        pump = self._pump
        while True:
            found: list[PipeItem] = []
            while pump.aside and len(found) < limit:
                found.append(pump.aside.popleft()[0])
            batch.take_from_lane(pump, found, limit)
            if not found or (len(found) < limit and pump.lane_in is NO_LANE):
                with pump.lock:
                    batch.try_recv_many(pump, found, limit)
            if not found:
                return None
            messages = self._as_batch(found, multipart)
            if messages:
                return messages, partial(_all_aside, pump, found)


class Sending:
    """A batch on its way."""

    __slots__ = ("_all_bytes", "_messages", "_sent", "_socket")

    def __init__(self, socket: Attempts, messages: Sequence[Message], all_bytes: bool) -> None:
        self._socket = socket
        self._messages = messages
        self._all_bytes = all_bytes
        self._sent = 0

    def go_on(self) -> tuple[None, None] | None:
        """Send what there is room for. None if that was not all."""
        pump = self._socket._pump
        with pump.lock:
            self._sent = batch.try_send_many(pump, self._messages, self._sent, self._all_bytes)
        return None if self._sent < len(self._messages) else (None, None)

    def blame(self, error: ZMQError) -> None:
        """Say how many were sent."""
        error.sent = self._sent


def _attempt(call: Callable[[], Any]) -> Attempt:
    def attempt() -> tuple[Any, Undo | None] | None:
        try:
            return call(), None
        except Again:
            return None

    return attempt


async def load_later(recvd: Awaitable[Any], load: Callable[[Any], Any]) -> Any:
    return load(await recvd)


def _all_aside(pump: Any, items: Sequence[PipeItem]) -> None:
    for item in reversed(items):
        put_aside(pump, item if type(item) is bytes else as_message(item))
