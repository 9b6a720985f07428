"""Tells the log and the listeners (monitors, event streams) what happened to a socket's connections.

Events are noted under the socket's lock and told later by the I/O thread without any lock, because a log handler is
foreign code and a monitor is another socket. Nothing here ever waits: a listener that nobody reads loses events, which
are counted as failure "monitor_full".
"""

from __future__ import annotations

import time
from collections import deque

from . import constants
from .core.news import News
from .drivers.log import is_debugging, logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .drivers.pump import Pump

    class Listener(Protocol):
        """Somebody who hears the events in its mask, on the I/O thread."""

        @property
        def mask(self) -> int:
            """The events it wants to hear."""

        def tell(self, news: News) -> bool:
            """Take an event, without waiting. False: it was lost for want of room."""

        def end(self) -> None:
            """There will be no further events."""


class _Change:
    """A listener that comes or goes."""

    __slots__ = ("comes", "listener")

    def __init__(self, listener: Listener, comes: bool) -> None:
        self.listener = listener
        self.comes = comes


class Reporter:
    """What a pump hands its news to."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        # Listeners come and go in the same queue as the events, so that each hears what happened in its time, and only
        # the I/O thread ever touches the list of them.
        self._queue: deque[News | _Change] = deque()
        self._listeners: list[Listener] = []
        self.monitor: Listener | None = None  # what monitor() started and nobody has stopped
        self._told_last = ""
        pump.core.wants_news += is_debugging()

    def __call__(self, pump: Pump) -> None:
        """Take the news over. Requires the pump's lock."""
        news = pump.core.news
        if news:
            now = time.time()
            for item in news:
                item.time = now
            self._queue.extend(news)
            news.clear()
        if self._queue or (pump.finished and self._listeners):
            pump.io_thread.call_soon(self._deliver)

    def add(self, listener: Listener) -> None:
        """Tell this listener everything from now on, until it is removed or the socket is finished."""
        pump = self._pump
        with pump.lock:
            pump.core.wants_news += 1
            self._queue.append(_Change(listener, True))
        # The reported socket may have been closed meanwhile: then this ends the listener again.
        pump.io_thread.call_soon(self._deliver)

    def remove(self, listener: Listener) -> None:
        """End a listener, after the events that wait already. Takes no lock; removing twice is harmless."""
        self._queue.append(_Change(listener, False))
        self._pump.io_thread.call_soon(self._deliver)

    def wants(self, event: int) -> bool:
        """True if one of the listeners hears events of this kind. Requires the pump's lock."""
        coming = [item.listener for item in self._queue.copy() if isinstance(item, _Change) and item.comes]
        return any(listener.mask & event for listener in [*self._listeners, *coming])

    # -- on the I/O thread -----------------------------------------------------------------------------

    def _deliver(self) -> None:
        queue = self._queue
        while queue:
            item = queue.popleft()
            if isinstance(item, News):
                self._log(item)
                for listener in self._listeners:
                    if item.event & listener.mask and not listener.tell(item):
                        self._pump.failures["monitor_full"] += 1
            elif item.comes:
                self._listeners.append(item.listener)
            elif item.listener in self._listeners:
                self._listeners.remove(item.listener)
                self._end(item.listener)
        if self._pump.finished:
            while self._listeners:
                self._end(self._listeners.pop())

    def _end(self, listener: Listener) -> None:
        with self._pump.lock:
            self._pump.core.wants_news -= 1
        listener.end()

    def _log(self, news: News) -> None:
        name = self._pump.core.type_name
        if news.is_fault:
            self._told_last = news.reason
            logger().warning("%s %s: %s", name, news.endpoint, news.reason)
        elif is_debugging():
            event = constants.Event(news.event).name
            # DISCONNECTED has the reason of the failure before it, which the log has told.
            reason = f": {news.reason}" if news.reason not in ("", self._told_last) else ""
            logger().debug("%s %s: %s (%s)%s", name, news.endpoint, event, news.values[0], reason)
