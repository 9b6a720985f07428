"""Lifecycle events as objects: ``for event in socket.monitor_events()``.

The I/O thread puts events into a queue of its own for each listener; whoever iterates takes them out. A descriptor is
readable while there are any, so that a thread can sleep on it, and any event loop can watch it. Nothing waits for a
listener: when its queue is full, further events are lost and counted.
"""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .constants import Event
from .core.news import News
from .drivers.signaler import Signaler
from .reporter import Reporter
from .unpatched import Lock

if TYPE_CHECKING:
    import asyncio

    from .drivers.pump import Pump


@dataclass(frozen=True, slots=True)
class MonitorEvent:
    """Something that happened to a connection, or to an endpoint.

    What is not known, or does not apply, is "", b"" or 0.
    """

    event: Event
    value: int  # a descriptor, an error number or milliseconds, depending on the event, as in libzmq
    reason: str  # why, in words
    endpoint: str  # what was bound or connected to
    local_address: str  # our end of the connection, as an endpoint
    remote_address: str  # the peer's
    routing_id: bytes  # the name by which ROUTER and REP know the peer, or that it announced
    routing_number: int  # the number by which SERVER and PEER know it
    user_id: str  # as the ZAP handler named the peer
    mechanism: str  # NULL, PLAIN, CURVE, …
    socket_type: str  # the peer's
    time: float  # seconds since the epoch
    values: tuple[int, ...]  # PIPES_STATS has two: messages queued to the peer, and from it

    @property
    def name(self) -> str:
        """The event's name, such as "HANDSHAKE_SUCCEEDED"."""
        return str(self.event.name)

    def __str__(self) -> str:
        """One line for people."""
        words = [self.name, self.endpoint]
        if self.remote_address and self.remote_address != self.endpoint:
            words.append(f"from {self.remote_address}")
        if self.routing_id:
            words.append(f"routing id {self.routing_id!r}")
        if self.user_id:
            words.append(f"user {self.user_id!r}")
        if self.event == Event.CONNECT_RETRIED:
            words.append(f"in {self.value} ms")
        elif self.event == Event.PIPES_STATS:
            words.append(f"{self.values[0]} out, {self.values[1]} in")
        line = " ".join(word for word in words if word)
        return f"{line}: {self.reason}" if self.reason else line


def from_news(news: News) -> MonitorEvent:
    """The notice as users get it."""
    peer = news.peer
    return MonitorEvent(
        event=Event(news.event),
        value=news.values[0],
        reason=news.reason,
        endpoint=news.endpoint,
        local_address=peer.local,
        remote_address=peer.remote,
        routing_id=peer.routing_id,
        routing_number=peer.number,
        user_id=peer.user_id.decode("utf-8", "replace"),
        mechanism=peer.mechanism,
        socket_type=peer.socket_type,
        time=news.time,
        values=news.values,
    )


class _Queue:
    """What the reporter holds of a stream, so that it does not keep the stream itself alive."""

    def __init__(self, mask: int, limit: int) -> None:
        self.mask = mask
        self.events: deque[MonitorEvent] = deque()
        self.signaler = Signaler()
        self.lost = 0
        self.is_over = False
        self._limit = limit
        self._lock = Lock()  # for a thread that closes while another takes

    def tell(self, news: News) -> bool:
        """Keep an event. False: there is no room."""
        if self.is_over:
            return True
        if len(self.events) >= self._limit:
            self.lost += 1
            return False
        self.events.append(from_news(news))
        self.signaler.signal()
        return True

    def end(self) -> None:
        """The socket is closed, or nobody listens any more."""
        self.is_over = True
        self.signaler.signal()

    def take(self) -> MonitorEvent | None:
        """The oldest event, if there is one. The descriptor stays readable while there are more."""
        with self._lock:
            event = self.events.popleft() if self.events else None
            if not self.events and not self.is_over:
                # First quiet, then look again: an event that comes in between finds us looking.
                self.signaler.drain()
                if self.events or self.is_over:
                    self.signaler.signal()
            return event

    def close(self) -> None:
        """Nobody takes any more. A thread that waits wakes up."""
        with self._lock:
            self.end()
            self.events.clear()
            self.signaler.close()


class EventStream(Iterator[MonitorEvent], AsyncIterator[MonitorEvent]):
    """The events of a socket, one after the other. Made by ``Socket.monitor_events``; for one thread or task.

    ``receive`` takes one. ``for`` and ``async for`` (under asyncio) end after a silence of ``timeout`` milliseconds,
    and when the socket is closed. For other event loops there are ``fileno()``, which is readable while there is
    something to take, and ``take()``, which does not wait.
    """

    def __init__(self, queue: _Queue, reporter: Reporter, timeout: int | None) -> None:
        self._queue = queue
        self._reporter = reporter
        self._timeout = timeout
        self._is_closed = False

    @property
    def lost(self) -> int:
        """How many events were lost because nobody took the earlier ones."""
        return self._queue.lost

    @property
    def is_over(self) -> bool:
        """True when there is nothing to take and nothing will come."""
        return self._is_closed or (self._queue.is_over and not self._queue.events)

    def take(self) -> MonitorEvent | None:
        """The next event if it is there already."""
        return None if self._is_closed else self._queue.take()

    def receive(self, timeout: int | None = None) -> MonitorEvent | None:
        """The next event, waiting at most ``timeout`` milliseconds (None: no limit).

        None: the time is up, or there will be no further events (``is_over``).
        """
        deadline = None if timeout is None or timeout < 0 else time.monotonic() + timeout / 1000
        while True:
            event = self.take()
            if event is not None or self.is_over:
                return event
            pause_ms = None if deadline is None else (deadline - time.monotonic()) * 1000
            if pause_ms is not None and pause_ms <= 0:
                return None
            held = self._queue.signaler.hold()
            if held is not None:
                poller = select.poll()
                poller.register(held.number, select.POLLIN)
                poller.poll(pause_ms)

    def fileno(self) -> int:
        """A descriptor that is readable while ``take`` has something to give, and when the stream is over."""
        return self._queue.signaler.fd

    def __iter__(self) -> EventStream:
        return self

    def __next__(self) -> MonitorEvent:
        event = self.receive(self._timeout)
        if event is None:
            raise StopIteration
        return event

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> MonitorEvent:
        event = await self.receive_async(self._timeout)
        if event is None:
            raise StopAsyncIteration
        return event

    async def receive_async(self, timeout: int | None = None) -> MonitorEvent | None:
        """``receive`` for a task of asyncio."""
        import asyncio

        deadline = None if timeout is None or timeout < 0 else time.monotonic() + timeout / 1000
        while True:
            event = self.take()
            if event is not None or self.is_over:
                return event
            pause = None if deadline is None else deadline - time.monotonic()
            if pause is not None and pause <= 0:
                return None
            loop = asyncio.get_running_loop()
            readable = loop.create_future()
            fd = self.fileno()
            loop.add_reader(fd, _set, readable)
            try:
                await asyncio.wait([readable], timeout=pause)
            finally:
                loop.remove_reader(fd)

    def close(self) -> None:
        """Listen no longer. Events that were not taken are forgotten."""
        if not self._is_closed:
            self._is_closed = True
            self._reporter.remove(self._queue)
            self._queue.close()

    def __enter__(self) -> EventStream:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def _set(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)


def open_stream(pump: Pump, mask: int, timeout: int | None, limit: int) -> EventStream:
    """Listen to a socket from now on. Raises ZMQError if it is closed, ValueError for a limit below 1."""
    if limit < 1:
        raise ValueError(f"limit={limit}: at least one event has to have room")
    reporter = pump.on_news
    assert isinstance(reporter, Reporter)
    with pump.lock:
        pump.check_alive()
    queue = _Queue(mask, limit)
    reporter.add(queue)
    return EventStream(queue, reporter, timeout)
