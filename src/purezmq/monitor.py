"""Starting and stopping monitors: a socket's lifecycle events on an inproc PAIR socket."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from .base.endpoint import parse_endpoint
from .constants import Errno, SocketType
from .core.news import News
from .error import error_for
from .reporter import Reporter

if TYPE_CHECKING:
    from .socket import Socket


def start_monitor(socket: Socket[Any], addr: str | None, events: int) -> None:
    """Attach a monitor that binds to ``addr``; None ends the present one."""
    reporter = socket._pump.on_news
    assert isinstance(reporter, Reporter)
    socket._pump.check_alive()
    if addr is None:
        reporter.stop_monitor()
        return
    if parse_endpoint(addr, for_bind=True).scheme != "inproc":
        raise error_for(
            Errno.EPROTONOSUPPORT, f"monitors are published on inproc endpoints only (addr={addr!r})"
        )
    if reporter.is_monitored:
        reporter.stop_monitor()
    monitor = socket.context._internal_socket(SocketType.PAIR)
    try:
        monitor.linger = 0
        monitor.bind(addr)
    except BaseException:
        monitor.close()
        raise
    reporter.start_monitor(monitor, events, encode)


def encode(news: News) -> list[bytes]:
    """The two parts of a version 1 event, in the byte order of this machine."""
    return [struct.pack("=HI", int(news.event), int(news.value) & 0xFFFFFFFF), news.endpoint.encode()]
