"""pull and sub: what arrives, to stdout."""

from __future__ import annotations

from .failure import ExitCode
from .open_socket import OpenSocket, TimedOut
from .printing import Printer


def receive_all(opened: OpenSocket, printer: Printer) -> ExitCode:
    """Print messages until --count, a silence of --timeout, or a signal (Stopped).

    A silence after some messages is the normal end of a command without --count.
    """
    count = opened.settings.count
    received = 0
    while count is None or received < count:
        opened.stop.check()
        parts = opened.try_receive()
        if parts is None:
            printer.flush()
            try:
                parts = opened.receive()
            except TimedOut:
                if count is None and received:
                    return ExitCode.OK
                raise
        printer.message(parts)
        received += 1
    return ExitCode.OK
