"""Sockets and pollers whose calls return Futures: what ``purezmq.asyncio`` is made of.

A call that can be done at once is done at once, and returns something that is completed already. Otherwise it waits
in a queue of the socket's service in the running loop (``_loop_service.py``, ``_waiting.py``).
"""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from ._batches import _THE_END, _limit
from ._completed import Completed, Received, Restorable, put_aside
from ._future_poller import AsyncPoller as _AsyncPoller
from ._loop_service import LoopService, events_of, look, service_for
from ._waiting import Attempt, Waiting
from .base.message import Message, Part, PipeItem
from .base.pipe import Pipe
from .constants import Errno, Flag, PollEvent, SocketOption
from .drivers import batch
from .drivers.pump import NO_LANE
from .error import Again, ZMQError, error_for
from .frame import Frame
from .patterns.pattern import as_message
from .socket import Socket, _all_received, _as_list, _as_received, _check_part, _fill, _room_in, _to_bytes

_DONTWAIT = int(Flag.DONTWAIT)
_POLLIN = int(PollEvent.POLLIN)
_FOR_EVER = -1

AsyncSocketT = TypeVar("AsyncSocketT", bound="_AsyncSocket")
Undo = Callable[[], None]

__all__ = ["_AsyncPoller", "_AsyncSocket"]


class _AsyncSocket(Socket[Any]):
    """A socket for event loops: the calls that may wait return awaitables, everything else is as in ``Socket``.

    The loop is the one that runs at the call; the next call may come from another one.
    """

    _service: LoopService | None = None
    # The queues of that service. Newcomers go to their end, so the short ways ask whether there are any.
    _receivers: Collection[Waiting] = ()
    _senders: Collection[Waiting] = ()
    _shadow_socket: Socket[Any] | None = None
    _poller_class: Any = _AsyncPoller

    def __init__(
        self,
        context: Any = None,
        socket_type: int = -1,
        io_loop: Any = None,
        _from_socket: Socket[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if io_loop is not None:
            warnings.warn(
                f"{type(self).__name__}(io_loop) does nothing: the running loop is used",
                DeprecationWarning,
                stacklevel=3,
            )
        if _from_socket is not None:
            super().__init__(shadow=_from_socket, **kwargs)
        else:
            super().__init__(context, socket_type, **kwargs)

    @classmethod
    def from_socket(cls: type[AsyncSocketT], socket: Socket[Any], io_loop: Any = None) -> AsyncSocketT:
        """An asynchronous socket for an existing one. Closing it leaves the original open."""
        return cls(_from_socket=socket, io_loop=io_loop)

    @property
    def _shadow_sock(self) -> Socket[Any]:
        """The same socket with calls that wait, for those who look for it under pyzmq's name."""
        if self._shadow_socket is None:
            self._shadow_socket = Socket.shadow(self)
        return self._shadow_socket

    # -- life ------------------------------------------------------------------------------------------

    def close(self, linger: int | None = None) -> None:
        """Close the socket, as ``Socket.close`` does. Whatever waits in it is cancelled."""
        pump = self._pump
        if self._shadow:
            if self._service is not None:
                self._service.cancel_all(self)
        elif not pump.closed:
            for guest in list(pump.guests):
                if isinstance(guest, LoopService):
                    _end(guest)
        super().close(linger)

    async def __aenter__(self: AsyncSocketT) -> AsyncSocketT:
        return self

    async def __aexit__(self, *args: object) -> None:
        self.close()

    def _default_loop(self) -> Any:
        """The loop for a call. Subclasses for other frameworks know their own."""
        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            warnings.warn(
                "no event loop is running: call asynchronous sockets from coroutines",
                RuntimeWarning,
                stacklevel=5,
            )
        return asyncio.get_event_loop()

    def _service_here(self) -> LoopService:
        loop = self._default_loop()
        service = self._service
        if service is None or service.loop is not loop or service.is_over:
            # Tornado's loop is a cover of asyncio's.
            service = self._service = service_for(self._pump, getattr(loop, "asyncio_loop", loop))
            self._receivers, self._senders = service.receivers, service.senders
        return service

    @property
    def has_parts_left(self) -> bool:
        """Somebody has received a part of a message with ``recv``, and there are more."""
        return bool(self._parts_in)

    def get(self, option: int) -> Any:
        """Read an option, as ``Socket.get`` does."""
        if option == SocketOption.EVENTS:
            return events_of(self._pump) | (_POLLIN if self._has_begun_receiving() else 0)
        return super().get(option)

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
                box.append(data)
                reader = pump.lane_reader
                if reader is None:
                    if len(box) >= pump.burst or pump.lane_out is not box:
                        pump.lane_step(box)
                    else:
                        self._flush_soon()
                    return Completed(None)
                pump.lane_messages += 1
                pump.inproc_bytes_out += len(data)
                if (
                    not (reader.in_active or reader.told)
                    or len(box) >= pump.burst
                    or pump.lane_out is not box
                ):
                    pump.lane_step(box)
                return Completed(None)
            if not self._parts_in:
                try:
                    with pump.lock:
                        is_sent = pump.try_send(data)
                except Exception as error:
                    return self._failed(error)
                if is_sent:
                    if pump.burst > 1:
                        self._flush_soon()
                    return Completed(None)
        try:
            if routing_id is not None or group is not None:
                data = self._addressed(data, copy, track, routing_id, group)
            elif not isinstance(data, Frame):
                # Made now, so that the caller may change the buffer afterwards, and only once.
                data = _to_bytes(data) if copy else self._as_frame(data, copy, track)
        except Exception as error:
            return self._failed(error)
        flags = int(flags)
        return self._send(lambda: self._send_part(data, flags | _DONTWAIT, copy, track, None), flags, timeout)

    def send_multipart(  # type: ignore[override]
        self,
        msg_parts: Sequence[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: int | None = None,
        **kwargs: Any,
    ) -> Awaitable[Any]:
        """Send a message of several parts, all or nothing: ``Socket.send_multipart``, with a result to await."""
        try:
            parts = [self._prepared(index, part, copy, track) for index, part in enumerate(msg_parts)]
        except Exception as error:
            return self._failed(error)
        flags = int(flags)
        attempt: Callable[[], Any]
        if kwargs or flags & Flag.SNDMORE:
            attempt = partial(self._send_parts_one_by_one, parts, flags | _DONTWAIT, copy, track, **kwargs)
        else:
            attempt = partial(Socket.send_multipart, self, parts, flags | _DONTWAIT, copy, track)
        return self._send(attempt, flags, timeout)

    def send_many(  # type: ignore[override]
        self, messages: Iterable[Any], flags: int = 0, *, timeout: int | None = None
    ) -> Awaitable[None]:
        """Send messages in order: ``Socket.send_many``, with a result to await. The fast way to send.

        What there is room for is sent at once. Cancelled, the first messages were sent and the others were not.
        """
        try:
            if self._parts_out and self._parts_out.mine() is not None:
                raise ZMQError(
                    Errno.EFSM, "send the last part of the message that was begun with SNDMORE first"
                )
            messages = messages if isinstance(messages, list | tuple) else list(messages)
            all_bytes = set(map(type, messages)) <= {bytes}
            ready = messages if all_bytes else [self._as_message(item, i) for i, item in enumerate(messages)]
        except Exception as error:
            return self._failed(error)
        sending = _Sending(self, ready, all_bytes)
        return self._send(sending.go_on, int(flags), timeout, sending.blame)

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
            look(pump)
            if pump.try_send(message):
                return
        raise Again()

    def _send(
        self,
        send: Callable[[], Any],
        flags: int,
        timeout: int | None,
        blame: Callable[[ZMQError], None] | None = None,
    ) -> Awaitable[Any]:
        """Try to send now, in turn. ``blame`` completes what is said when it fails."""
        pump = self._pump

        def attempt() -> tuple[Any, Undo | None] | None:
            try:
                return send(), None
            except Again:
                return None

        if not self._senders or flags & _DONTWAIT:
            try:
                done = attempt()
            except Exception as error:
                return self._failed(error, blame)
            if done is not None:
                if pump.burst > 1:
                    self._flush_soon()
                return Completed(done[0])
        pump.core.high_water_hits += 1
        milliseconds = pump.core.options.sndtimeo if timeout is None else timeout
        if flags & _DONTWAIT or milliseconds == 0:
            return self._failed(Again(), blame)
        service = self._service_here()
        return service.wait(service.senders, attempt, milliseconds, self, blame=blame)

    def _flush_soon(self) -> None:
        try:
            service = self._service
            if service is None or service.loop is not asyncio.get_running_loop():
                service = self._service_here()
        except RuntimeError:  # no loop runs in this thread
            with self._pump.lock:
                self._pump.flush_all()
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
            try:
                message = pump.lane_in.popleft()
            except IndexError:
                pass
            else:
                if type(message) is bytes:
                    return Received(message, pump)
                # The ordinary way knows what to do with it, and finds it there.
                if not (pump.core.pattern.is_single_part and self._without_multipart([message]) == []):
                    pump.aside.appendleft((as_message(message), None))
        return self._recv(partial(self._try_recv, copy), flags, timeout)

    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: int | None = None
    ) -> Awaitable[list[Any]]:
        """Receive all parts of a message: ``Socket.recv_multipart``, with a result to await."""
        return self._recv(partial(self._try_recv_multipart, copy), flags, timeout)

    def recv_into(  # type: ignore[override]
        self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0, timeout: int | None = None
    ) -> Awaitable[int]:
        """Receive one part into a writable buffer: ``Socket.recv_into``, with a result to await."""
        fill = partial(_fill, _room_in(buffer, nbytes))
        filled: Awaitable[int] = self._deserialize(self.recv(flags, timeout=timeout), fill)
        return filled

    def recv_many(  # type: ignore[override]
        self, max: int | None = None, *, timeout: int | None = None, multipart: bool = False, flags: int = 0
    ) -> Awaitable[list[Any]]:
        """Wait for a message, then take what else is there: ``Socket.recv_many``. The fast way to receive."""
        return self._recv(partial(self._try_recv_many, _limit(max), multipart), flags, timeout)

    def recv_nowait(self, default: Any = None) -> Any:
        """What ``recv`` would return if it need not wait, or ``default``. Not a coroutine."""
        if not self._receivers:
            done = self._try_recv(True) or self._look_and_try(partial(self._try_recv, True))
            if done is not None:
                return done[0]
        return default

    async def __aiter__(self) -> AsyncIterator[Any]:
        """Messages as they come, until the socket is closed or the context ends: ``async for message in socket``.

        A message of one part comes as ``bytes``, one of several parts as a list. Raises Again when RCVTIMEO is over.
        """
        pump = self._pump
        try:
            while True:
                if self._receivers or pump.aside or self._parts_in or not pump.lane_in:
                    parts = await self._recv(self._try_recv_multipart, 0, None, ends_quietly=True)
                else:
                    parts = await self.recv_multipart()
                yield parts[0] if len(parts) == 1 else parts
        except ZMQError as error:
            if error.errno not in _THE_END:
                raise

    def _recv(
        self, attempt: Attempt, flags: int, timeout: int | None, ends_quietly: bool = False
    ) -> Awaitable[Any]:
        """Try to receive now, in turn."""
        at_once = bool(flags & _DONTWAIT)
        try:
            if not self._receivers or at_once:
                done = attempt() or (self._look_and_try(attempt) if at_once else None)
                if done is not None:
                    return Restorable(*done)
        except Exception as error:
            return self._failed(error)
        milliseconds = self._pump.core.options.rcvtimeo if timeout is None else timeout
        if at_once:
            return self._failed(Again())
        service = self._service_here()
        return service.wait(service.receivers, attempt, milliseconds, self, ends_quietly=ends_quietly)

    def _look_and_try(self, attempt: Attempt) -> tuple[Any, Undo | None] | None:
        pump = self._pump
        with pump.lock:
            look(pump)
        return attempt()

    def _take(self) -> tuple[Message, Pipe | None] | None:
        pump = self._pump
        try:
            taken: tuple[Message, Pipe | None] = pump.aside.popleft()
        except IndexError:
            with pump.lock:
                return pump.try_recv_from()
        return taken

    def _begun(self) -> tuple[deque[Part], Pipe | None] | None:
        return self._parts_in.mine() if self._parts_in else None

    def _try_recv(self, copy: bool = True) -> tuple[Any, Undo] | None:
        begun = self._begun()
        if begun is not None:
            self._pump.check_alive()
            rest, pipe = begun
            part = rest.popleft()
            if not rest:
                self._parts_in.forget()
            return _as_received(part, bool(rest), pipe, copy), partial(self._part_back, part, rest, pipe)
        taken = self._take()
        if taken is None:
            return None
        message, pipe = taken
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

    # -- waiting ---------------------------------------------------------------------------------------

    def poll(self, timeout: float | None = None, flags: int = _POLLIN) -> Awaitable[int]:  # type: ignore[override]
        """Wait for events: ``Socket.poll``, with a result to await.

        Raises ZMQError (ENOTSUP) on a closed socket, at once.
        """
        if self.closed:
            raise error_for(
                Errno.ENOTSUP, self._pump.why_unusable() or "this socket is closed: it cannot be polled"
            )
        poller = self._poller_class()
        poller.register(self, flags)
        found: Awaitable[int] = poller._poll(timeout, lambda events: dict(events).get(self, 0))
        return found

    def wait_for_peers(self, n: int = 1, timeout: int | None = None) -> Awaitable[int]:  # type: ignore[override]
        """Wait until ``n`` peers are connected: ``Socket.wait_for_peers``, with a result to await."""
        from ._async_waiting import wait_for_peers

        return wait_for_peers(self._service_here(), n, timeout)

    def wait_for_subscribers(  # type: ignore[override]
        self, n: int = 1, topic: str | bytes = b"", timeout: int | None = None
    ) -> Awaitable[int]:
        """Wait until ``n`` peers want a topic: ``Socket.wait_for_subscribers``, with a result to await."""
        from ._async_waiting import wait_for_subscribers

        wanted = topic.encode() if isinstance(topic, str) else topic
        return wait_for_subscribers(self._service_here(), n, wanted, timeout)

    def connect(self, addr: str | bytes, *, wait: int | None = None) -> Any:
        """Connect: ``Socket.connect``; with ``wait``, the result is to be awaited."""
        if wait is None:
            return super().connect(addr)
        from ._async_waiting import connect_and_wait

        return connect_and_wait(self._service_here(), addr, wait)

    # -- results ---------------------------------------------------------------------------------------

    def _failed(self, error: Exception, blame: Callable[[ZMQError], None] | None = None) -> Awaitable[Any]:
        if blame is not None and isinstance(error, ZMQError):
            blame(error)
        future = self._service_here().loop.create_future()
        future.set_exception(error)
        return future

    def _deserialize(self, recvd: Any, load: Callable[[Any], Any]) -> Any:
        if isinstance(recvd, Waiting):
            recvd.loaded_by(load)
            return recvd
        if isinstance(recvd, Completed):
            try:
                return recvd.loaded_by(load)
            except Exception as error:
                return self._failed(error)
        return asyncio.ensure_future(_load_later(recvd, load))


class _Sending:
    """A batch on its way."""

    __slots__ = ("_all_bytes", "_messages", "_sent", "_socket")

    def __init__(self, socket: _AsyncSocket, messages: Sequence[Message], all_bytes: bool) -> None:
        self._socket = socket
        self._messages = messages
        self._all_bytes = all_bytes
        self._sent = 0

    def go_on(self) -> None:
        """Send what there is room for. Raises Again if that was not all."""
        pump = self._socket._pump
        with pump.lock:
            self._sent = batch.try_send_many(pump, self._messages, self._sent, self._all_bytes)
        if self._sent < len(self._messages):
            raise Again()

    def blame(self, error: ZMQError) -> None:
        """Say how many were sent."""
        error.sent = self._sent


async def _load_later(recvd: Awaitable[Any], load: Callable[[Any], Any]) -> Any:
    return load(await recvd)


def _all_aside(pump: Any, items: Sequence[PipeItem]) -> None:
    for item in reversed(items):
        put_aside(pump, item if type(item) is bytes else as_message(item))


def _end(service: LoopService) -> None:
    """End a service in its own loop."""
    try:
        running: Any = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    if service.loop is running or not service.loop.is_running():
        service.end()
    else:
        service.look_again()  # it will see that the socket is closed
