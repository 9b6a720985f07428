"""A poller whose ``poll`` returns an awaitable."""

from __future__ import annotations

import asyncio
import contextlib
import select as os_select
from collections.abc import Awaitable, Callable
from typing import Any

from ._completed import Completed
from ._loop_service import LoopService, Watch, events_of, service_for
from .constants import Errno
from .error import error_for
from .numbers import PollEvent
from .poll import _TO_EPOLL, Poller, _from_epoll
from .socket import Socket

Found = list[tuple[Any, int]]


class AsyncPoller(Poller):
    """Waits for events of sockets, descriptors, and objects with ``fileno()``, in an event loop.

    Sockets may be asynchronous or not.
    """

    def poll(self, timeout: float | None = -1) -> Awaitable[Found]:  # type: ignore[override]
        """Wait ``timeout`` milliseconds (None or negative: no limit): ``Poller.poll``, with a result to await."""
        return self._poll(timeout, list)

    def _poll(self, timeout: float | None, answer: Callable[[Found], Any]) -> Awaitable[Any]:
        """Wait, and return ``answer(what was found)``."""
        loop = self._default_loop()
        loop = getattr(loop, "asyncio_loop", loop)
        try:
            found = self._look_now()
        except Exception as error:
            future = loop.create_future()
            future.set_exception(error)
            failed: Awaitable[Any] = future
            return failed
        if found or not self.sockets or timeout == 0:
            return Completed(answer(found))
        timeout_s = None if timeout is None or timeout < 0 else int(timeout) / 1000
        return _Polling(self, loop, timeout_s, answer).future

    def _default_loop(self) -> Any:
        return asyncio.get_event_loop()

    def _look_now(self) -> Found:
        """What is ready now. Raises ZMQError (ENOTSUP) for a closed socket, ContextTerminated."""
        found: Found = []
        descriptors: list[tuple[int, int]] = []
        for entry, flags in self.sockets:
            if isinstance(entry, Socket):
                if entry.closed:
                    raise error_for(Errno.ENOTSUP, f"{entry!r} cannot be polled: it is closed")
                events = events_of(entry._pump)
                if entry._has_begun_receiving():
                    events |= PollEvent.POLLIN
                events = int(events & flags)
                if events:
                    found.append((entry, events))
            else:
                descriptors.append((_fd_of(entry), flags))
        return found + _ready_descriptors(descriptors)


class _Polling:
    """One call of ``poll`` that waits."""

    __slots__ = ("_answer", "_descriptors", "_loop", "_poller", "_timer", "_watches", "future")

    def __init__(
        self,
        poller: AsyncPoller,
        loop: asyncio.AbstractEventLoop,
        timeout_s: float | None,
        answer: Callable[[Found], Any],
    ) -> None:
        self._poller = poller
        self._answer = answer
        self._loop = loop
        self._watches: list[tuple[LoopService, Watch]] = []
        self._descriptors: os_select.epoll | None = None
        self.future: asyncio.Future[Any] = loop.create_future()
        descriptors: list[tuple[int, int]] = []
        for entry, flags in poller.sockets:
            if isinstance(entry, Socket):
                service = service_for(entry._pump, loop)
                self._watches.append((service, service.watch(flags, self._check, self.future.cancel)))
            else:
                descriptors.append((_fd_of(entry), flags))
        if descriptors:
            # An epoll of our own: the loop may be watching these descriptors already, for somebody else.
            self._descriptors = os_select.epoll()
            masks: dict[int, int] = {}
            for fd, flags in descriptors:
                masks[fd] = masks.get(fd, 0) | _to_epoll(flags)
            for fd, mask in masks.items():
                with contextlib.suppress(
                    PermissionError
                ):  # a regular file is always ready, and was not asked for that
                    self._descriptors.register(fd, mask)
            loop.add_reader(self._descriptors.fileno(), self._check)
        self._timer = None if timeout_s is None else loop.call_later(timeout_s, self._time_is_up)
        self.future.add_done_callback(self._end)

    def _check(self) -> None:
        if self.future.done():
            return
        try:
            found = self._poller._look_now()
        except Exception as error:
            self.future.set_exception(error)
        else:
            if found:
                self.future.set_result(self._answer(found))

    def _time_is_up(self) -> None:
        self._check()
        if not self.future.done():
            self.future.set_result(self._answer([]))

    def _end(self, future: asyncio.Future[Any]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for service, watch in self._watches:
            service.unwatch(watch)
        if self._descriptors is not None:
            self._loop.remove_reader(self._descriptors.fileno())
            self._descriptors.close()


def _fd_of(entry: Any) -> int:
    return entry if isinstance(entry, int) else int(entry.fileno())


def _to_epoll(flags: int) -> int:
    mask = 0
    for event, bit in _TO_EPOLL:
        if flags & event:
            mask |= bit
    return mask


def _ready_descriptors(descriptors: list[tuple[int, int]]) -> Found:
    if not descriptors:
        return []
    looking = os_select.poll()
    for fd, flags in descriptors:
        looking.register(fd, _to_epoll(flags))
    ready = dict(looking.poll(0))
    return [(fd, _from_epoll(ready[fd])) for fd, _ in descriptors if ready.get(fd)]
