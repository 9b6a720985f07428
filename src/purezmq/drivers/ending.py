"""How connections and sockets end: disconnect and unbind, close and LINGER.

What was sent is delivered first, as long as LINGER allows. A connection that still delivers after disconnect or unbind
is *retiring*; a closed socket that still delivers *lingers*, served by the I/O thread. Everything here requires the
lock of the pump that it is given, except ``close``, which takes it.
"""

from __future__ import annotations

import time

from . import guest, inproc_ends
from .handler import Handler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .connector import Connector
    from .line import Line
    from .pump import Pump
    from .streams import StreamHandler

monotonic = time.monotonic

_NEVER = float("inf")


def retire(pump: Pump, leaving: Line | StreamHandler) -> None:
    """End a connection once what is queued has left, or LINGER has passed."""
    linger_ms = pump.core.options.linger
    if leaving in pump.connectors:
        pump.connectors.remove(leaving)
    if linger_ms == 0 or not leaving.has_unsent:
        _give_up(leaving, linger_ms)
        return
    pipe = leaving.pipe
    if pipe is not None:
        pump.core.pattern.detach(pipe)  # nothing new goes there
    leaving.retire_at = monotonic() + linger_ms / 1000 if linger_ms > 0 else _NEVER
    pump.retiring.append(leaving)
    leaving.wake_at(leaving.retire_at if linger_ms > 0 else None)


def _give_up(leaving: Line | StreamHandler, linger_ms: int) -> None:
    """End a connection; whatever it has not delivered is lost by our own choice."""
    session = getattr(leaving, "session", None)
    if session is not None and leaving.is_open:
        session.linger_ms = linger_ms
    leaving.give_up()


def retire_step(pump: Pump) -> None:
    """End the retiring connections that are done, or out of time."""
    now = monotonic()
    for leaving in pump.retiring[:]:
        if not leaving.has_unsent or now >= leaving.retire_at or not leaving.is_open:
            pump.retiring.remove(leaving)
            _give_up(leaving, pump.core.options.linger)


def close_given_up(pump: Pump) -> None:
    """The pattern ends some connections (ROUTER hand-over, STREAM close), once their outboxes are empty."""
    from .streams import StreamHandler

    given_up = pump.core.pattern.to_close[:]
    pump.core.pattern.to_close.clear()
    for pipe in given_up:
        link = pipe.link
        if isinstance(link, StreamHandler):
            link.flush(monotonic())
            owner = next((connector for connector in pump.connectors if connector.stream is link), None)
            retire(pump, link if owner is None else owner)
        else:
            inproc_ends.close(pump, pipe)


def connector_gone(pump: Pump, connector: Line) -> None:
    """A connector gave up for good."""
    if connector in pump.connectors:
        pump.connectors.remove(connector)
    elif connector in pump.retiring:
        pump.retiring.remove(connector)


def close(pump: Pump, linger_ms: int) -> None:
    """Stop everything but the delivery of what was sent, which may take ``linger_ms`` (-1: as long as needed)."""
    with pump.lock:
        if pump.closed:
            return
        if pump.mailbox:
            inproc_ends.read_mailbox(pump)
        try:
            pump.flush_all()
            if linger_ms >= 0:
                pump.close_after = monotonic() + linger_ms / 1000
                pump.close_linger = linger_ms
            pump.closed = True
            linger_step(pump)
        except BaseException as error:
            pump.step_failed(error)  # a signal handler raised; the I/O thread does the rest
            raise


def _stop(pump: Pump) -> None:
    """Stop everything but the delivery. Doing it twice is harmless."""
    pump.clear_lanes()
    pump.wake()
    if pump.mailbox:
        # What came before the socket was closed; what comes later is read by the I/O thread.
        inproc_ends.read_mailbox(pump)
    for text, listener in list(pump.listeners.items()):
        listener.close()
        del pump.listeners[text]
    for pipe in pump.core.pipes:
        pump.core.drop_inbox(pipe)
    for pipe in list(pump.inproc_links):
        inproc_ends.close(pump, pipe)
    pump.hub.release_names(pump)


def _linger_in_background(pump: Pump) -> None:
    if pump.close_after is not None:
        timer = LingerTimer(pump)
        timer.wake_at(pump.close_after)
        pump.linger_timer = timer
    if not pump.hot:
        pump.io_thread.arm(pump)
        pump.armed = True
    pump.is_lingering = True


def linger_step(pump: Pump) -> None:
    """After close: end every connection that has nothing left to deliver, or all when the time is up."""
    if pump.finished:
        return
    if not pump.is_lingering:
        _stop(pump)
    over = pump.close_after is not None and monotonic() >= pump.close_after
    for pipe in pump.core.pipes:
        pipe.inbox.clear()  # what comes now is for nobody
    for stream in pump.paused[:]:
        stream.resume(monotonic())  # nobody receives any more; read on to see the peer's end
    for connector in pump.connectors[:]:
        if over or not connector.is_open or not connector.has_unsent:
            _give_up(connector, pump.close_linger)
            connector_gone(pump, connector)
    owned: set[Any] = {connector.stream for connector in pump.connectors}
    owned.update(getattr(leaving, "stream", leaving) for leaving in pump.retiring)
    for stream in pump.streams - owned:
        if over or not stream.is_open or not stream.has_unsent:
            _give_up(stream, pump.close_linger)
    if over:
        for leaving in pump.retiring:
            leaving.retire_at = 0.0
        retire_step(pump)
    if not pump.connectors and not pump.streams and not pump.retiring:
        try:
            _finish(pump)
        except BaseException:
            pump.finished = False  # a signal handler raised: once more
            raise
    elif not pump.is_lingering:
        _linger_in_background(pump)


def has_nothing_to_deliver(pump: Pump, connector: Connector) -> bool:
    """True for a connector of a closed socket that need not dial again."""
    return pump.closed and not connector.has_unsent


def _finish(pump: Pump) -> None:
    pump.finished = True
    if pump.on_news is not None:
        pump.on_news(pump)
    if pump.poller_or_none is not None:
        pump.io_thread.remove(pump)
    guest.dismiss_all(pump)
    if pump.waiters or pump.guests:
        pump.wake()  # threads still sleep in the poller, or loops watch it: the last one out closes it
    else:
        pump.close_poller()
    pump.hub.remove(pump)


class LingerTimer(Handler):
    """Ends a lingering socket when its time is up."""

    __slots__ = ()

    def on_timer(self, now: float) -> None:
        linger_step(self.pump)
        if not self.pump.finished:
            self.wake_at(self.pump.close_after)

    def broken(self, error: BaseException) -> None:
        """There is nothing to give up."""
