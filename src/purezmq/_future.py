"""Sockets and pollers whose calls return Futures: what ``purezmq.asyncio`` is made of.

A call that can be done at once is done at once, and returns something that is completed already. Otherwise it waits
in a queue of the socket's service in the running loop (``_loop_service.py``, ``_waiting.py``).
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ._async_ways import AsyncWays
from ._attempts import Attempts, load_later
from ._batches import _THE_END, _limit
from ._completed import Completed
from ._future_poller import AsyncPoller as _AsyncPoller
from ._loop_service import LoopService, events_of, look, service_for
from ._waiting import Waiting
from .constants import Errno
from .error import ZMQError, error_for
from .numbers import PollEvent, SocketOption
from .socket import Socket, _fill, _room_in

_POLLIN = int(PollEvent.POLLIN)

T = TypeVar("T", bound="_AsyncSocket")

__all__ = ["T", "_AsyncPoller", "_AsyncSocket"]


class _AsyncSocket(Attempts, AsyncWays):
    """A socket for event loops: the calls that may wait return awaitables, everything else is as in ``Socket``.

    The loop is the one that runs at the call; the next call may come from another one.
    """

    _shadow_socket: Socket[Any] | None = None
    _poller_class: Any = _AsyncPoller
    if not TYPE_CHECKING:  # which sees these without our help
        send, recv = AsyncWays.send, AsyncWays.recv

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
    def from_socket(cls: type[T], socket: Socket[Any], io_loop: Any = None) -> T:
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

    async def __aenter__(self: T) -> T:
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

    def _service_elsewhere(self) -> LoopService:
        """The first call, or one from another loop."""
        loop = self._default_loop()
        service = self._service
        if service is None or service.loop is not loop or service.is_over:
            # Tornado's loop is a cover of asyncio's.
            service = self._service = service_for(self._pump, getattr(loop, "asyncio_loop", loop))
            self._receivers, self._senders = service.receivers, service.senders
        return service

    def _look(self) -> None:
        look(self._pump)

    def get(self, key: int) -> Any:
        """Read an option, as ``Socket.get`` does."""
        if key == SocketOption.EVENTS:
            return events_of(self._pump) | (_POLLIN if self._has_begun_receiving() else 0)
        return super().get(key)

    # -- sending ---------------------------------------------------------------------------------------

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
            attempt = self._sending_parts(msg_parts, flags, copy, track, **kwargs)
        except Exception as error:
            return self._failed(error)
        return self._send(attempt, flags, timeout)

    def send_many(  # type: ignore[override]
        self, messages: Iterable[Any], flags: int = 0, *, timeout: int | None = None
    ) -> Awaitable[None]:
        """Send messages in order: ``Socket.send_many``, with a result to await. The fast way to send.

        What there is room for is sent at once. Cancelled, the first messages were sent and the others were not.
        """
        try:
            sending = self._sending_many(messages)
        except Exception as error:
            return self._failed(error)
        return self._send(sending.go_on, flags, timeout, sending.blame)

    # -- receiving -------------------------------------------------------------------------------------

    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: int | None = None
    ) -> Awaitable[list[Any]]:
        """Receive all parts of a message: ``Socket.recv_multipart``, with a result to await."""
        return self._recv(partial(self._try_recv_multipart, copy), flags, timeout)

    def recv_into(  # type: ignore[override]
        self, buf: Any, /, *, nbytes: int = 0, flags: int = 0, timeout: int | None = None
    ) -> Awaitable[int]:
        """Receive one part into a writable buffer: ``Socket.recv_into``, with a result to await."""
        fill = partial(_fill, _room_in(buf, nbytes))
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
        from ._async_waiting import until, wait_for_peers

        return wait_for_peers(self._pump, partial(until, self._service_here()), n, timeout)

    def wait_for_subscribers(  # type: ignore[override]
        self, n: int = 1, topic: str | bytes = b"", timeout: int | None = None
    ) -> Awaitable[int]:
        """Wait until ``n`` peers want a topic: ``Socket.wait_for_subscribers``, with a result to await."""
        from ._async_waiting import until, wait_for_subscribers

        wanted = topic.encode() if isinstance(topic, str) else topic
        return wait_for_subscribers(self._pump, partial(until, self._service_here()), n, wanted, timeout)

    def connect(self, addr: str | bytes, *, wait: int | None = None) -> Any:
        """Connect: ``Socket.connect``; with ``wait``, the result is to be awaited."""
        if wait is None:
            return super().connect(addr)
        from ._async_waiting import connect_and_wait, until

        return connect_and_wait(self._pump, partial(until, self._service_here()), addr, wait)

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
        return asyncio.ensure_future(load_later(recvd, load))


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
