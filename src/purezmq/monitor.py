"""Monitors: a socket's lifecycle events as messages on an inproc endpoint, in libzmq's two formats."""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING, Any

from .base.endpoint import parse_endpoint
from .constants import Errno, SocketType
from .core.news import News
from .drivers.connector import Connector
from .error import Again, ZMQError, error_for
from .numbers import Event, Flag
from .reporter import Reporter

if TYPE_CHECKING:
    from .core.session import Session
    from .drivers.pump import Pump
    from .socket import Socket

# What happened before the first reader came is kept for it, up to this many events.
_MOST_WAITING = 1000
_DONTWAIT = int(Flag.DONTWAIT)
_LARGEST_V1_EVENT = 0xFFFF
_TYPES = (SocketType.PAIR, SocketType.PUB, SocketType.PUSH)


class Monitor:
    """One monitor: a socket of its own, which the I/O thread writes to."""

    def __init__(self, watched: Socket[Any], socket: Socket[Any], addr: str, mask: int, version: int) -> None:
        self.mask = mask
        self._watched = watched._pump
        self._socket = socket
        self._addr = addr
        self._encode = encode_v1 if version == 1 else encode_v2
        # PAIR and PUSH refuse while nobody has connected; what happens in that time waits here.
        self._waiting: deque[list[bytes]] = deque()
        self._had_reader = False
        socket._pump.on_attach = self._reader_came

    def tell(self, news: News) -> bool:
        """Send an event. False: it is lost, because nobody reads."""
        if news.is_extra:
            return True
        parts = self._encode(news)
        if self._waiting or not self._send(parts):
            if self._had_reader or len(self._waiting) >= _MOST_WAITING:
                return False
            self._waiting.append(parts)
        return True

    def end(self) -> None:
        """Say so, and close the socket. Its reader may still read what was sent."""
        if self.mask & Event.MONITOR_STOPPED:
            self.tell(News(Event.MONITOR_STOPPED, (0,), ""))
        self._socket._pump.on_attach = None
        self._socket.close()

    def free_name(self) -> None:
        """Let others bind the address. May be called by any thread."""
        try:
            self._socket.unbind(self._addr)
        except ZMQError:
            pass  # it has ended

    def _reader_came(self) -> None:
        # Under the lock of the monitor's socket. Events are sent by the I/O thread of the socket that is watched.
        self._watched.io_thread.call_soon(self._send_waiting)

    def _send_waiting(self) -> None:
        self._had_reader = True
        while self._waiting and self._send(self._waiting[0]):
            self._waiting.popleft()
        self._waiting.clear()

    def _send(self, parts: list[bytes]) -> bool:
        try:
            self._socket.send_multipart(parts, _DONTWAIT)
        except Again:
            return False
        except ZMQError:
            pass  # the context ends, and everybody knows
        return True


def start_monitor(socket: Socket[Any], addr: str | None, events: int, version: int, type: int) -> None:
    """Attach a monitor that binds to ``addr``; None ends the present one."""
    reporter = socket._pump.on_news
    assert isinstance(reporter, Reporter)
    socket._pump.check_alive()
    if version not in (1, 2):
        raise error_for(
            Errno.EINVAL, f"there are versions 1 and 2 of monitor messages, and no version {version!r}"
        )
    if version == 1 and events > _LARGEST_V1_EVENT:
        raise error_for(
            Errno.EINVAL, f"version 1 has no events above {_LARGEST_V1_EVENT:#x}: PIPES_STATS needs version=2"
        )
    if addr is None:
        stop_monitor(reporter)
        return
    if parse_endpoint(addr, for_bind=True).scheme != "inproc":
        raise error_for(
            Errno.EPROTONOSUPPORT, f"monitors are published on inproc endpoints only (addr={addr!r})"
        )
    if type not in _TYPES:
        raise error_for(Errno.EINVAL, "a monitor is a PAIR, PUB or PUSH socket")
    stop_monitor(reporter)
    publisher = socket.context._internal_socket(type)
    try:
        publisher.linger = 0
        if type == SocketType.PUB:
            publisher.xpub_nodrop = 1  # a lost event is refused, and so counted
        monitor = Monitor(socket, publisher, addr, events, version)
        publisher.bind(addr)
    except BaseException:
        publisher.close()
        raise
    reporter.monitor = monitor
    reporter.add(monitor)


def stop_monitor(reporter: Reporter) -> None:
    """End what ``monitor`` started, if anything. Its address is free at once."""
    monitor, reporter.monitor = reporter.monitor, None
    if isinstance(monitor, Monitor):
        monitor.free_name()
        reporter.remove(monitor)


def tell_pipes_stats(pump: Pump) -> None:
    """Make a PIPES_STATS event for each pipe. Raises ZMQError: EINVAL if nobody listens, EAGAIN without pipes."""
    reporter = pump.on_news
    assert isinstance(reporter, Reporter)
    with pump.lock:
        pump.check_alive()
        if not reporter.wants(Event.PIPES_STATS):
            raise error_for(
                Errno.EINVAL,
                "nobody listens for PIPES_STATS: ask for it with monitor(addr, EVENT_ALL_V2, version=2) "
                "or monitor_events()",
            )
        pump.process(pump.look())
        sessions = [*(stream.session for stream in pump.streams)]
        sessions += [
            line.session for line in pump.connectors if isinstance(line, Connector) and not line.stream
        ]
        news = [_stats_of(session) for session in sessions if session.pipe is not None]
        news += [
            News(Event.PIPES_STATS, (len(pipe.outbox), len(pipe.inbox)), pipe.endpoint)
            for pipe in pump.inproc_links
        ]
        if not news:
            raise error_for(Errno.EAGAIN, "there are no peers to tell about")
        pump.core.news.extend(news)
        pump.pass_on_news()


def _stats_of(session: Session) -> News:
    pipe, connection = session.pipe, session.connection
    assert pipe is not None
    queued_out = len(pipe.outbox) + (0 if connection is None else connection.unsent_messages())
    return News(
        Event.PIPES_STATS,
        (queued_out, len(pipe.inbox)),
        session.endpoint,
        peer=session.facts(),
        is_bound=session.accepted,
    )


def encode_v1(news: News) -> list[bytes]:
    """The two parts of a version 1 event, in the byte order of this machine."""
    # The binding side is told by its own end of the connection, which is an address even if it is bound to "*".
    endpoint = (news.peer.local or news.endpoint) if news.is_bound else news.endpoint
    return [struct.pack("=HI", int(news.event), int(news.values[0]) & 0xFFFFFFFF), _text(endpoint)]


def encode_v2(news: News) -> list[bytes]:
    """The parts of a version 2 event: event, number of values, the values, both ends; 64 bits each."""
    numbers = [int(news.event), len(news.values), *news.values]
    parts = [struct.pack("=Q", number & 0xFFFFFFFFFFFFFFFF) for number in numbers]
    peer = news.peer
    if news.is_bound:
        ends = (peer.local or news.endpoint, peer.remote)
    else:
        ends = (peer.local, news.endpoint)
    return [*parts, *map(_text, ends)]


def _text(endpoint: str) -> bytes:
    return endpoint.encode("utf-8", "surrogateescape")
