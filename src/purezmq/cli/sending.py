"""push and pub: the input to the socket, message by message."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from .failure import ExitCode
from .forms import Parts
from .open_socket import FOREVER, OpenSocket, TimedOut
from .pace import Pace
from .subscribers import Subscribers

DRAIN_EVERY = 64  # messages; subscriptions come rarely and need no look before every send


def send_all(opened: OpenSocket, batches: Iterator[list[Parts]]) -> ExitCode:
    """Send the input, at most --count messages of it. Raises TimedOut or Stopped."""
    settings = opened.settings
    if settings.count == 0:
        return ExitCode.OK
    subscribers = Subscribers(opened) if opened.role.socket_type == "XPUB" else None
    if subscribers is not None:
        wait_for_subscribers(opened, subscribers)
    opened.wait_for_peers()
    pace = Pace(settings.rate) if settings.rate else None
    for batch in batches:
        for parts in batch:
            if pace is not None and (delay := pace.delay(monotonic())) > 0:
                opened.stop.sleep(delay)
            opened.stop.check()
            if subscribers is not None and opened.counters.sent % DRAIN_EVERY == 0:
                subscribers.look()
            opened.send(parts)
            if opened.counters.sent == settings.count:
                return ExitCode.OK
    return ExitCode.OK


def wait_for_subscribers(opened: OpenSocket, subscribers: Subscribers) -> None:
    """Wait for --wait subscriptions, so that the first lines are not published to nobody."""
    timeout = opened.settings.timeout_s
    deadline = FOREVER if timeout is None else monotonic() + timeout
    while not subscribers.look():
        if not subscribers.wait(deadline) and monotonic() >= deadline:
            late = f"{subscribers.count} of {opened.settings.wait} subscriptions came"
            raise TimedOut(f"{late} within {opened.settings.timeout_ms} ms")
