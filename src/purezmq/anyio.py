"""anyio: sockets, contexts and pollers with ``async def`` methods, for asyncio and trio.

>>> import anyio, purezmq as zmq, purezmq.anyio
>>> async def serve():
...     async with zmq.anyio.Context() as ctx, ctx.socket(zmq.REP) as server:
...         server.bind("tcp://127.0.0.1:5555")
...         async for request in server:
...             await server.send(request)
>>> anyio.run(serve, backend="trio")

Needs anyio, and trio for its loop (``pip install 'purezmq[anyio]'``). Calls do nothing before they are awaited, every
call is a checkpoint, and a cancelled call has received or sent nothing.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import partial
from typing import Any

import anyio
from anyio.lowlevel import cancel_shielded_checkpoint, checkpoint_if_cancelled

from ._async_context import AsyncContext
from ._attempts import DONTWAIT, Attempt, Attempts, load_later
from ._batches import _THE_END, _limit
from ._task_service import TaskService, Ticket, service_here
from .constants import Errno
from .drivers import exchange
from .drivers.pump import Pump
from .error import Again, ZMQError, error_for
from .numbers import PollEvent
from .poll import Poller as _Poller
from .socket import Socket as _Socket
from .socket import _fill, _room_in

__all__ = ["Context", "Poller", "Socket"]

_POLLIN = int(PollEvent.POLLIN)


class Socket(Attempts):
    """A ØMQ socket whose calls that may wait are coroutines. Everything else is as in ``purezmq.Socket``.

    It may be used by several tasks: whoever comes first is served first.
    """

    async def __aenter__(self) -> Socket:
        return self

    async def __aexit__(self, *args: object) -> None:
        self.close()

    def close(self, linger: int | None = None) -> None:
        """Close the socket, as ``Socket.close`` does. Calls that wait raise ZMQError (ENOTSOCK)."""
        super().close(linger)
        if self.closed:
            self._pump.services.clear()

    # -- sending ---------------------------------------------------------------------------------------

    async def send(  # type: ignore[override]
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | None = None,
        *,
        timeout: int | None = None,
    ) -> Any:
        """Send one part: ``Socket.send``, waiting in the event loop."""
        return await self._send(self._sending(data, flags, copy, track, routing_id, group), flags, timeout)

    async def send_multipart(  # type: ignore[override]
        self,
        msg_parts: Sequence[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Send a message of several parts, all or nothing: ``Socket.send_multipart``, waiting in the event loop."""
        return await self._send(self._sending_parts(msg_parts, flags, copy, track, **kwargs), flags, timeout)

    async def send_many(  # type: ignore[override]
        self, messages: Iterable[Any], flags: int = 0, *, timeout: int | None = None
    ) -> None:
        """Send messages in order: ``Socket.send_many``, waiting in the event loop. The fast way to send.

        Cancelled, the first messages were sent and the others were not.
        """
        sending = self._sending_many(messages)
        try:
            await self._send(sending.go_on, flags, timeout)
        except ZMQError as error:
            sending.blame(error)
            raise

    async def _send(self, attempt: Attempt, flags: int, timeout: int | None) -> Any:
        milliseconds = self._pump.core.options.sndtimeo if timeout is None else timeout
        service = service_here(self._pump)
        return await self._call(service, service.senders, attempt, flags, milliseconds)

    # -- receiving -------------------------------------------------------------------------------------

    async def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: int | None = None
    ) -> Any:
        """Receive one part: ``Socket.recv``, waiting in the event loop."""
        return await self._receive(partial(self._try_recv, copy), flags, timeout)

    async def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: int | None = None
    ) -> Any:
        """Receive all parts of a message: ``Socket.recv_multipart``, waiting in the event loop."""
        return await self._receive(partial(self._try_recv_multipart, copy), flags, timeout)

    async def recv_into(  # type: ignore[override]
        self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0, timeout: int | None = None
    ) -> int:
        """Receive one part into a writable buffer: ``Socket.recv_into``, waiting in the event loop."""
        room = _room_in(buffer, nbytes)
        return _fill(room, await self.recv(flags, timeout=timeout))

    async def recv_many(  # type: ignore[override]
        self, max: int | None = None, *, timeout: int | None = None, multipart: bool = False, flags: int = 0
    ) -> list[Any]:
        """Wait for a message, then take what else is there: ``Socket.recv_many``. The fast way to receive."""
        attempt = partial(self._try_recv_many, _limit(max), multipart)
        found: list[Any] = await self._receive(attempt, flags, timeout)
        return found

    def recv_nowait(self, default: Any = None) -> Any:
        """What ``recv`` would return if it need not wait, or ``default``. Not a coroutine."""
        done = self._try_recv(True) or self._look_and_try(partial(self._try_recv, True))
        return default if done is None else done[0]

    async def __aiter__(self) -> AsyncIterator[Any]:
        """Messages as they come, until the socket is closed or the context ends: ``async for message in socket``.

        A message of one part comes as ``bytes``, one of several parts as a list. Raises Again when RCVTIMEO is over.
        """
        try:
            while True:
                parts = await self.recv_multipart()
                yield parts[0] if len(parts) == 1 else parts
        except ZMQError as error:
            if error.errno not in _THE_END:
                raise

    async def _receive(self, attempt: Attempt, flags: int, timeout: int | None) -> Any:
        milliseconds = self._pump.core.options.rcvtimeo if timeout is None else timeout
        service = service_here(self._pump)
        return await self._call(service, service.receivers, attempt, flags, milliseconds)

    def _deserialize(self, recvd: Any, load: Callable[[Any], Any]) -> Any:
        return load_later(recvd, load)

    # -- waiting ---------------------------------------------------------------------------------------

    async def poll(self, timeout: float | None = None, flags: int = _POLLIN) -> int:  # type: ignore[override]
        """Wait for events: ``Socket.poll``, waiting in the event loop. 0 when the time is up."""
        milliseconds = -1 if timeout is None else int(timeout)

        def attempt() -> tuple[int, None] | None:
            found = self._events() & int(flags)
            return (found, None) if found else None

        if self.closed:
            raise error_for(Errno.ENOTSUP, "this socket is closed: it cannot be polled")
        service = service_here(self._pump)
        try:
            found: int = await self._call(service, service.pollers, attempt, 0, milliseconds)
        except Again:
            return 0
        return found

    def _events(self) -> int:
        has_some = bool(self._pump.aside) or self._has_begun_receiving()
        return exchange.events(self._pump) | (_POLLIN if has_some else 0)

    async def wait_for_peers(self, n: int = 1, timeout: int | None = None) -> int:  # type: ignore[override]
        """Wait until ``n`` peers are connected: ``Socket.wait_for_peers``, waiting in the event loop."""
        from ._async_waiting import wait_for_peers

        return await wait_for_peers(self._pump, self._until, n, timeout)

    async def wait_for_subscribers(  # type: ignore[override]
        self, n: int = 1, topic: str | bytes = b"", timeout: int | None = None
    ) -> int:
        """Wait until ``n`` peers want a topic: ``Socket.wait_for_subscribers``, waiting in the event loop."""
        from ._async_waiting import wait_for_subscribers

        wanted = topic.encode() if isinstance(topic, str) else topic
        return await wait_for_subscribers(self._pump, self._until, n, wanted, timeout)

    def connect(self, addr: str | bytes, *, wait: int | None = None) -> Any:
        """Connect: ``Socket.connect``; with ``wait``, the result is to be awaited."""
        if wait is None:
            return super().connect(addr)
        from ._async_waiting import connect_and_wait

        return connect_and_wait(self._pump, self._until, addr, wait)

    async def _until(self, condition: Callable[[Pump], bool], timeout_ms: int | None) -> bool:
        pump = self._pump

        def attempt() -> tuple[bool, None] | None:
            with pump.lock:
                pump.check_alive()
                if pump.mailbox:
                    pump.finish_step()
                return (True, None) if condition(pump) else None

        with pump.lock:
            pump.watchers += 1  # whoever does the I/O tells us what became of the connections
            pump.core.wants_news += 1
        try:
            service = service_here(pump)
            milliseconds = -1 if timeout_ms is None else timeout_ms
            return bool(await self._call(service, service.pollers, attempt, 0, milliseconds))
        except Again:
            return False
        finally:
            with pump.lock:
                pump.watchers -= 1
                pump.core.wants_news -= 1

    async def _call(
        self,
        service: TaskService,
        queue: deque[Ticket],
        attempt: Attempt,
        flags: int,
        milliseconds: int,
    ) -> Any:
        """Try now, or wait in turn. A checkpoint either way, and nothing is lost if it is cancelled there."""
        await checkpoint_if_cancelled()
        done = None
        if not queue or queue is service.pollers or flags & DONTWAIT:
            done = attempt() or self._look_and_try(attempt)
        if done is not None:
            await cancel_shielded_checkpoint()
            return done[0]
        if flags & DONTWAIT or milliseconds == 0:
            await cancel_shielded_checkpoint()
            raise Again()
        with anyio.move_on_after(math.inf if milliseconds < 0 else milliseconds / 1000):
            return await service.wait(queue, attempt)
        raise Again()


class Context(AsyncContext[Socket]):
    """A context that makes sockets for anyio. ``Context(ctx)`` shares an ordinary one."""

    _instance = None
    _socket_class = Socket

    async def _sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class Poller(_Poller):
    """Waits for several sockets and descriptors: ``events = await poller.poll(1000)``."""

    async def poll(self, timeout: float | None = -1) -> list[tuple[Any, int]]:  # type: ignore[override]
        """Wait ``timeout`` milliseconds (None or negative: no limit): ``Poller.poll``, waiting in the event loop."""
        await checkpoint_if_cancelled()
        found = super().poll(0)
        if found or not self.sockets or timeout == 0:
            await cancel_shielded_checkpoint()
            return found
        forever = timeout is None or timeout < 0
        with anyio.move_on_after(math.inf if forever else int(timeout or 0) / 1000):
            while not found:
                await self._wait_for_any()
                found = super().poll(0)
        return found

    async def _wait_for_any(self) -> None:
        async with anyio.create_task_group() as group:

            async def watch(wait: Callable[..., Any], *args: Any) -> None:
                await wait(*args)
                group.cancel_scope.cancel()

            for entry, flags in self.sockets:
                if isinstance(entry, _Socket):
                    socket = entry if isinstance(entry, Socket) else Socket.shadow(entry)
                    group.start_soon(watch, socket.poll, None, flags)
                    continue
                if flags & PollEvent.POLLIN:
                    group.start_soon(watch, anyio.wait_readable, entry)
                if flags & PollEvent.POLLOUT:
                    group.start_soon(watch, anyio.wait_writable, entry)
