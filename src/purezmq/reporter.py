"""Tells the log and the monitor what happened to a socket's connections.

Events are noted under the socket's lock and told later by the I/O thread without any lock, because a log handler is
foreign code and a monitor is another socket. Nothing here ever waits: a monitor that nobody reads loses events, which
are counted as failure "monitor_full".
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from .constants import Event
from .core.news import News

if TYPE_CHECKING:
    from .drivers.pump import Pump

_log = logging.getLogger("purezmq")


class Reporter:
    """The listener of one socket."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._queue: deque[News] = deque()
        self._monitor: Any = None
        self._mask = 0
        self._encode: Any = None
        pump.core.wants_news = _log.isEnabledFor(logging.DEBUG)

    def __call__(self, pump: Pump) -> None:
        """Take the news over. Requires the pump's lock."""
        news = pump.core.news
        if news:
            self._queue.extend(news)
            news.clear()
        if self._queue or (pump.finished and self._monitor is not None):
            pump.io_thread.call_soon(self._deliver)

    @property
    def is_monitored(self) -> bool:
        """True while a monitor is attached."""
        return self._monitor is not None

    def start_monitor(self, monitor: Any, mask: int, encode: Any) -> None:
        """Send events in ``mask`` to this socket from now on; ``encode`` makes their parts."""
        self._mask = mask
        self._encode = encode
        self._monitor = monitor
        self._pump.core.wants_news = True

    def stop_monitor(self) -> None:
        """Send MONITOR_STOPPED and close the monitor's socket, after the events that wait already."""
        self._pump.io_thread.call_soon(self._end_monitor)

    def _deliver(self) -> None:
        queue = self._queue
        while queue:
            news = queue.popleft()
            self._log(news)
            if self._monitor is not None and news.event & self._mask:
                self._tell_monitor(news)
        if self._pump.finished and self._monitor is not None:
            self._end_monitor()

    def _tell_monitor(self, news: News) -> None:
        from .error import ZMQError

        try:
            self._monitor.send_multipart(self._encode(news), 1)  # 1: DONTWAIT
        except ZMQError:
            self._pump.failures["monitor_full"] += 1

    def _end_monitor(self) -> None:
        monitor, self._monitor = self._monitor, None
        if monitor is None:
            return
        if self._mask & Event.MONITOR_STOPPED:
            from .error import ZMQError

            try:
                monitor.send_multipart(self._encode(News(Event.MONITOR_STOPPED, 0, "")), 1)
            except ZMQError:
                self._pump.failures["monitor_full"] += 1
        monitor.close()

    def _log(self, news: News) -> None:
        if news.reason:
            _log.warning("%s %s: %s", self._pump.core.type_name, news.endpoint, news.reason)
        else:
            name = Event(news.event).name
            _log.debug("%s %s: %s (%s)", self._pump.core.type_name, news.endpoint, name, news.value)
