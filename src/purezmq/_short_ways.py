"""The calls of a socket that are made for every message, and their short ways.

What a program does a million times is to send ``bytes`` without flags and to receive whole messages. If one of the
pump's lanes is open (see drivers/pump.py), that is a few steps without the lock, and they are here; everything else is
handed on to the long ways, in socket.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ._parts import PerThread
from .base.message import Message, Part, PipeItem
from .base.pipe import Pipe
from .drivers import exchange
from .drivers.pump import Pump
from .numbers import Flag
from .patterns.pattern import as_message
from .tracker import MessageTracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .frame import Frame

_DONTWAIT = int(Flag.DONTWAIT)


class ShortWays:
    """``send``, ``recv`` and the two for several parts."""

    __slots__ = ("_parts_in", "_parts_out", "_pump")

    # ``send`` and ``recv`` as Socket has them: see _quick.py.
    _plain_send: Any = None
    _plain_recv: Any = None

    def _use(self, pump: Pump) -> None:
        # What recv() has still to hand out of a message, and where that came from; parts that wait for the last one.
        self._parts_in: PerThread[tuple[deque[Part], Pipe | None]] = PerThread()
        self._parts_out: PerThread[list[Part | Frame]] = PerThread()
        self._pump = pump  # the last: who finds it finds the others

    # The long ways.

    def _send_long(
        self,
        data: Any,
        flags: int,
        copy: bool,
        track: bool,
        routing_id: int | None,
        group: str | None,
        timeout: int | None,
    ) -> MessageTracker | None:
        raise NotImplementedError

    def _send_parts_long(
        self,
        msg_parts: Sequence[Any],
        flags: int,
        copy: bool,
        track: bool,
        timeout: int | None,
        **kwargs: Any,
    ) -> MessageTracker | None:
        raise NotImplementedError

    def _recv_odd(self, item: PipeItem, flags: int, timeout: int | None) -> Any:
        raise NotImplementedError

    def _recv_part(self, flags: int, copy: bool, timeout: int | None) -> Any:
        raise NotImplementedError

    def _recv_parts_long(self, flags: int, copy: bool, timeout: int | None) -> list[Any]:
        raise NotImplementedError

    def _single_part(self, item: PipeItem, flags: int, timeout: int | None) -> bytes:
        raise NotImplementedError

    def _has_more(self) -> bool:
        raise NotImplementedError

    def send(
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | None = None,
        *,
        timeout: int | None = None,
    ) -> MessageTracker | None:
        """Send one part: ``bytes``, anything with a buffer, or a Frame.

        With SNDMORE it waits for the following parts, and nothing leaves before the last one. It blocks while no peer
        can take a message, for SNDTIMEO or ``timeout`` milliseconds at most (-1: no limit); DONTWAIT does not wait.
        Returns None, or with ``copy=False`` and ``track=True`` a tracker that tells when the memory is free again.

        SERVER and PEER send to the peer with the number ``routing_id``, or that the Frame has; RADIO to the members of
        ``group``, or of the Frame's group (at first "").

        Raises Again when nobody takes it in time, ZMQError for a wrong state or type, TypeError for other objects.
        """
        pump = self._pump
        box = pump.lane_out
        if (
            box is not None
            and type(data) is bytes
            and copy
            and (not flags or flags == _DONTWAIT)
            and not (track or self._parts_out or routing_id or group)
        ):
            try:
                box.append(data)
                reader = pump.lane_reader
                if reader is None:
                    if (
                        len(box) >= pump.burst
                        or pump.lane_out is not box
                        or not (pump.has_left.is_set or pump.leave())
                    ):
                        pump.lane_step(box)
                    return None
                # inproc: nothing more to do if the reader is at it already, or will be.
                pump.lane_messages += 1
                pump.inproc_bytes_out += len(data)
                if (
                    not (reader.in_active or reader.told)
                    or len(box) >= pump.burst
                    or pump.lane_out is not box
                ):
                    pump.lane_step(box)
                return None
            except BaseException as error:
                pump.lane_failed(error)  # a signal handler raised
                raise
        if (
            type(data) is bytes
            and copy
            and not (flags or track or self._parts_out or self._parts_in or routing_id or group)
        ):
            with pump.lock:
                if pump.try_send(data):
                    return None
            exchange.send(pump, data, True, timeout)
            return None
        return self._send_long(data, int(flags), copy, track, routing_id, group, timeout)

    def send_multipart(
        self,
        msg_parts: Sequence[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: int | None = None,
        **kwargs: Any,
    ) -> MessageTracker | None:
        """Send a message of several parts, all or nothing. Returns and raises what ``send`` does.

        Raises TypeError, before anything is sent, if one of the parts is not bytes-like, and IndexError for no parts.
        """
        if (
            not (kwargs or flags or track or self._parts_out)
            and copy
            and timeout is None
            and self._send_plain_parts(msg_parts)
        ):
            return None
        return self._send_parts_long(msg_parts, flags, copy, track, timeout, **kwargs)

    def _send_plain_parts(self, parts: Sequence[Any]) -> bool:
        """The short ways for several parts that are all ``bytes``. False: take the long one."""
        if self._sends_itself():
            return False
        pump = self._pump
        box, routes = pump.lane_out, pump.routes
        if (box is None and routes is None) or len(parts) < 2:
            return False
        for part in parts:
            if type(part) is not bytes:
                return False
        if routes is not None:
            pipe = routes.get(parts[0])
            if pipe is None:
                return False
            message = parts[1] if len(parts) == 2 else tuple(parts[1:])
            with pump.lock:
                if pump.routes is not routes or pipe.write_blocked or len(pipe.outbox) >= pipe.outbox_limit:
                    return False
                try:
                    pipe.outbox.append(message)
                    pump.routed(pipe)
                except BaseException as error:
                    pump.step_failed(error)
                    raise
            return True
        if pump.core.pattern.is_single_part:
            return False
        assert box is not None
        pump.append_to_lane(box, tuple(parts))
        return True

    def _sends_itself(self) -> bool:
        return type(self).send is not self._plain_send

    def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: int | None = None
    ) -> Any:
        """Receive one part: ``bytes``, or a Frame with ``copy=False``.

        After the first part of a message, further calls (of the same thread) return its other parts; RCVMORE tells
        whether there are any. It waits for RCVTIMEO or ``timeout`` milliseconds at most (-1: no limit); DONTWAIT does
        not wait.

        Raises Again when there is no message in time, ZMQError for a wrong state or type.
        """
        if copy and not self._parts_in:
            pump = self._pump
            lane = pump.lane_in
            if lane:
                try:
                    message = lane.popleft()
                except IndexError:  # another thread was faster
                    message, _ = exchange.recv_from(pump, not flags & _DONTWAIT, timeout)
            else:
                message, _ = exchange.recv_from(pump, not flags & _DONTWAIT, timeout)
            return message if type(message) is bytes else self._recv_odd(message, int(flags), timeout)
        return self._recv_part(int(flags), copy, timeout)

    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: int | None = None
    ) -> Any:
        """Receive all parts of a message as a list. Raises what ``recv`` does."""
        if type(self).recv is not self._plain_recv:
            parts = [self.recv(flags, copy=copy, track=track)]
            while self._has_more():
                parts.append(self.recv(flags, copy=copy, track=track))
            return parts
        if copy and not self._parts_in:
            pump = self._pump
            named = pump.named_lane
            lane, name = (pump.lane_in, None) if named is None else named
            if lane:
                try:
                    item = lane.popleft()
                except IndexError:  # another thread was faster
                    return self._recv_parts_long(int(flags), copy, timeout)
                if not name and named is not None:
                    name, item = item  # drawn ahead from several peers
                if type(item) is bytes:
                    return [item] if name is None else [name, item]
                if name is not None:
                    return [name, *_as_list(as_message(item))]
                if pump.core.pattern.is_single_part:
                    return [self._single_part(item, int(flags), timeout)]
                return _as_list(as_message(item))
        return self._recv_parts_long(int(flags), copy, timeout)


def _as_list(message: Message) -> list[Any]:
    if type(message) is bytes:
        return [message]
    return [part if type(part) is bytes else bytes(part) for part in message]
