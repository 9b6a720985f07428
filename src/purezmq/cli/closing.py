"""The end of a socket command: what is queued leaves, or the user hears that it did not."""

from __future__ import annotations

import threading
from time import monotonic

import purezmq as zmq

from .failure import say
from .open_socket import HINT_AFTER_MS, OpenSocket
from .stopping import Stopped

# After a signal nobody wants to wait for a peer that never comes; a live peer takes what is queued well within this.
GRACE_MS = 500
MARGIN_S = (
    5.0  # closing takes milliseconds beyond its linger; a command must end even if the library does not
)
FOREVER = -1


def close(opened: OpenSocket, context: zmq.Context[zmq.Socket[bytes]]) -> bool:
    """Close the socket and end its context; False if messages may have been lost."""
    linger = _linger(opened)
    hint = threading.Timer(HINT_AFTER_MS / 1000, say, ["waiting: no peer has taken the queued messages yet"])
    hint.daemon = True
    if linger != 0 and not opened.settings.quiet:
        hint.start()
    started = monotonic()
    opened.zmq.close(linger=linger)
    if opened.watcher is not None:
        opened.watcher.finish()
    try:
        opened.stop.enter()  # a signal that came before made the wait short already; one that comes now ends it
        gone = context.term(None if linger < 0 else linger / 1000 + MARGIN_S)
        opened.stop.leave()
    except Stopped:
        return False
    finally:
        hint.cancel()
    if not gone:
        say("purezmq did not finish closing its sockets in time; please report this")
    # The library does not say whether lingering ended because all was sent or because the time was up; the clock does.
    return linger <= 0 or (monotonic() - started) * 1000 < linger


def _linger(opened: OpenSocket) -> int:
    settings = opened.settings
    if not opened.may_leave_messages:
        return 0
    if opened.stop.requested:
        limited = settings.linger_ms is not None and settings.linger_ms >= 0
        return min(GRACE_MS, settings.linger_ms or 0) if limited else GRACE_MS
    if settings.linger_ms is not None:
        return settings.linger_ms
    return FOREVER if settings.timeout_ms is None else settings.timeout_ms
