"""The calls of an asynchronous socket that are made for every message, and their short ways.

As in ``_short_ways.py``: ``bytes`` without flags, and messages that are there already, take a few steps here and give
something that is completed; everything else is handed on to the long ways (``_attempts.py``), and what has to wait
to the service of the running loop (``_loop_service.py``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from ._attempts import DONTWAIT, Attempt, Undo
from ._completed import Restorable, completed, put_aside, received
from ._short_ways import ShortWays
from .base.message import Message, PipeItem
from .base.pipe import Pipe
from .drivers.pump import Pump
from .error import Again, ZMQError
from .patterns.pattern import as_message

if TYPE_CHECKING:
    from ._loop_service import LoopService
    from ._waiting import Waiting

_running_loop = asyncio._get_running_loop  # None without one


class AsyncWays(ShortWays):
    """``send`` and ``recv``, and what all calls do that may have to wait."""

    __slots__ = ("_receivers", "_senders", "_service")

    def _use(self, pump: Pump) -> None:
        ShortWays._use(self, pump)
        self._service: LoopService | None = None
        # The queues of that service. Newcomers go to their end, so the short ways ask whether there are any.
        self._receivers: Collection[Waiting] = ()
        self._senders: Collection[Waiting] = ()

    # The long ways, and what a framework knows. The socket's classes that define them go before this one.

    @property
    def has_parts_left(self) -> bool:
        raise NotImplementedError

    def _sending(
        self,
        data: Any,
        flags: int,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | None = None,
    ) -> Attempt:
        raise NotImplementedError

    def _try_recv(self, copy: bool = True) -> tuple[Any, Undo] | None:
        raise NotImplementedError

    def _first_of(self, message: Message, pipe: Pipe | None, copy: bool) -> tuple[Any, Undo]:
        raise NotImplementedError

    def _look_and_try(self, attempt: Attempt) -> tuple[Any, Undo | None] | None:
        raise NotImplementedError

    def _without_multipart(self, found: list[PipeItem]) -> list[PipeItem]:
        raise NotImplementedError

    def _failed(self, error: Exception, blame: Callable[[ZMQError], None] | None = None) -> Awaitable[Any]:
        raise NotImplementedError

    def _service_elsewhere(self) -> LoopService:
        raise NotImplementedError

    def _service_here(self) -> LoopService:
        service = self._service
        if service is not None and service.loop is _running_loop() and not service.is_over:
            return service
        return self._service_elsewhere()

    # -- sending ---------------------------------------------------------------------------------------

    def send(  # type: ignore[override]
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | None = None,
        *,
        timeout: int | None = None,
    ) -> Awaitable[Any]:
        """Send one part: ``Socket.send``, with a result to await.

        It is tried at once, awaited or not. Only when nobody can take the message it waits its turn; cancelled before
        that, it was not sent.
        """
        pump = self._pump
        if (
            type(data) is bytes
            and copy
            and not (flags or track or self._parts_out or routing_id or group or self._senders)
        ):
            box = pump.lane_out
            if box is not None:
                if pump.append_to_lane(box, data):
                    self._flush_soon()
                return completed(None)
            if not self._parts_in:
                try:
                    with pump.lock:
                        is_sent = pump.try_send(data)
                except Exception as error:
                    return self._failed(error)
                if is_sent:
                    if pump.burst > 1:
                        self._flush_soon()
                    return completed(None)
        try:
            attempt = self._sending(data, flags, copy, track, routing_id, group)
        except Exception as error:
            return self._failed(error)
        return self._send(attempt, flags, timeout)

    def _send(
        self,
        attempt: Attempt,
        flags: int,
        timeout: int | None,
        blame: Callable[[ZMQError], None] | None = None,
    ) -> Awaitable[Any]:
        """Try to send now, in turn. ``blame`` completes what is said when it fails."""
        pump = self._pump
        if not self._senders or flags & DONTWAIT:
            try:
                done = attempt()
            except Exception as error:
                return self._failed(error, blame)
            if done is not None:
                if pump.burst > 1:
                    self._flush_soon()
                return completed(done[0])
        pump.core.high_water_hits += 1
        milliseconds = pump.core.options.sndtimeo if timeout is None else timeout
        if flags & DONTWAIT or milliseconds == 0:
            return self._failed(Again(), blame)
        service = self._service_here()
        waiting = service.wait(service.senders, attempt, milliseconds, self)
        if blame is not None:
            waiting.blamed_by(blame)
        return waiting

    def _flush_soon(self) -> None:
        service = self._service
        if service is not None and service.flush_trust > 0:
            # It is going to flush. Asking every time which loop runs would be a system call per message.
            service.flush_trust -= 1
            return
        pump = self._pump
        try:
            if service is None or service.loop is not asyncio.get_running_loop():
                service = self._service_here()
        except RuntimeError:  # no loop runs in this thread
            with pump.lock:
                pump.flush_all()
        else:
            service.flush_soon()

    # -- receiving -------------------------------------------------------------------------------------

    def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: int | None = None
    ) -> Awaitable[Any]:
        """Receive one part: ``Socket.recv``, with a result to await.

        A message that is there already is received at once. Otherwise this waits its turn; a task that awaits it and is
        cancelled has not received anything.
        """
        pump = self._pump
        if copy and not (self._receivers or pump.aside or self._parts_in):
            lane = pump.lane_in
            if lane:
                try:
                    message = lane.popleft()
                except IndexError:  # another thread was faster
                    pass
                else:
                    if type(message) is bytes:
                        return received(message, pump)
                    # The ordinary way knows what to do with it, and finds it there.
                    if not (pump.core.pattern.is_single_part and self._without_multipart([message]) == []):
                        pump.aside.appendleft((as_message(message), None))
        return self._recv(self._try_recv_copy if copy else partial(self._try_recv, False), flags, timeout)

    def _try_recv_copy(self) -> tuple[Any, Undo] | None:
        """The attempt for ``recv``; what most calls meet is written out."""
        pump = self._pump
        if self._parts_in or pump.aside:
            return self._try_recv()
        with pump.lock:
            taken = pump.try_recv_from()
        if taken is None:
            return None
        message, pipe = taken
        if type(message) is bytes:
            return message, partial(put_aside, pump, message, pipe)
        return self._first_of(message, pipe, True)

    def _recv(
        self, attempt: Attempt, flags: int, timeout: int | None, ends_quietly: bool = False
    ) -> Awaitable[Any]:
        """Try to receive now, in turn."""
        at_once = bool(flags & DONTWAIT)
        try:
            if not self._receivers or at_once:
                done = attempt() or (self._look_and_try(attempt) if at_once else None)
                if done is not None:
                    return Restorable(done[0], done[1])
        except Exception as error:
            return self._failed(error)
        milliseconds = self._pump.core.options.rcvtimeo if timeout is None else timeout
        if at_once:
            return self._failed(Again())
        service = self._service_here()
        waiting = service.wait(service.receivers, attempt, milliseconds, self)
        if ends_quietly:
            waiting.end_quietly()
        return waiting
