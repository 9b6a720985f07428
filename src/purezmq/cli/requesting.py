"""req: each message of the input is a request; its reply is printed before the next one leaves."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from .failure import ExitCode
from .forms import Parts
from .open_socket import OpenSocket
from .pace import Pace
from .printing import Printer


def request_all(opened: OpenSocket, batches: Iterator[list[Parts]], printer: Printer) -> ExitCode:
    """Make the requests, at most --count. Raises TimedOut when one stays unanswered, or Stopped."""
    settings = opened.settings
    if settings.count == 0:
        return ExitCode.OK
    opened.wait_for_peers()
    pace = Pace(settings.rate) if settings.rate else None
    for batch in batches:
        for parts in batch:
            if pace is not None and (delay := pace.delay(monotonic())) > 0:
                opened.stop.sleep(delay)
            opened.send(parts)
            printer.message(opened.receive())
            printer.flush()
            if opened.counters.received == settings.count:
                return ExitCode.OK
    return ExitCode.OK
