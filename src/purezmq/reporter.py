"""Tells the log and the monitor what happened to a socket's connections.

Events are noted under the socket's lock and told later by the I/O thread without any lock, because a log handler is
foreign code and a monitor is another socket. Nothing here ever waits: a monitor that nobody reads loses events, which
are counted as failure "monitor_full".
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from .constants import Event
from .core.news import News
from .drivers.log import is_debugging, logger

if TYPE_CHECKING:
    from .drivers.pump import Pump


class _Listener:
    """A monitor, and what it wants to hear."""

    __slots__ = ("encode", "mask", "socket")

    def __init__(self, socket: Any, mask: int, encode: Any) -> None:
        self.socket = socket
        self.mask = mask
        self.encode = encode


class Reporter:
    """The listener of one socket."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        # Listeners come and go in the same queue as the events, so that each hears what happened in its time, and only
        # the I/O thread ever touches them. None in it: nobody listens from here on.
        self._queue: deque[News | _Listener | None] = deque()
        self._listener: _Listener | None = None  # the I/O thread's
        self.is_monitored = (
            False  # a monitor was started and not stopped; perhaps the I/O thread does not know it yet
        )
        pump.core.wants_news = is_debugging()

    def __call__(self, pump: Pump) -> None:
        """Take the news over. Requires the pump's lock."""
        news = pump.core.news
        if news:
            self._queue.extend(news)
            news.clear()
        if self._queue or (pump.finished and self.is_monitored):
            pump.io_thread.call_soon(self._deliver)

    def start_monitor(self, monitor: Any, mask: int, encode: Any) -> None:
        """Send events in ``mask`` to this socket from now on, and close it in the end; ``encode`` makes their parts."""
        self.is_monitored = True
        self._pump.core.wants_news = True
        # The reported socket may have been closed meanwhile: then this ends the monitor again.
        self._change(_Listener(monitor, mask, encode))

    def stop_monitor(self) -> None:
        """Send MONITOR_STOPPED and close the monitor's socket, after the events that wait already."""
        self.is_monitored = False
        self._change(None)

    def _change(self, listener: _Listener | None) -> None:
        self._queue.append(listener)
        self._pump.io_thread.call_soon(self._deliver)

    def _deliver(self) -> None:
        queue = self._queue
        while queue:
            item = queue.popleft()
            if isinstance(item, News):
                self._log(item)
                listener = self._listener
                if listener is not None and item.event & listener.mask:
                    self._tell(listener, item)
            else:
                self._end_monitor()
                self._listener = item
        if self._pump.finished:
            self._end_monitor()

    def _tell(self, listener: _Listener, news: News) -> None:
        from .error import ZMQError

        if news.event > 0xFFFF:
            return  # version 1 of the events has no room for it
        try:
            listener.socket.send_multipart(listener.encode(news), 1)  # 1: DONTWAIT
        except ZMQError:
            self._pump.failures["monitor_full"] += 1

    def _end_monitor(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            if listener.mask & Event.MONITOR_STOPPED:
                self._tell(listener, News(Event.MONITOR_STOPPED, 0, ""))
            listener.socket.close()

    def _log(self, news: News) -> None:
        if news.reason:
            logger().warning("%s %s: %s", self._pump.core.type_name, news.endpoint, news.reason)
        else:
            name = Event(news.event).name
            logger().debug("%s %s: %s (%s)", self._pump.core.type_name, news.endpoint, name, news.value)
