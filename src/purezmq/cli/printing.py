"""Messages to stdout, and a stdout that goes away."""

from __future__ import annotations

import os
import sys

from .forms import Form, Parts
from .stopping import Stop, Stopped

STDOUT_FD = 1
GATHER = 64 * 1024  # bytes; one write per this much, or whenever the receiving loop would wait


class OutputClosed(Exception):
    """Whoever read our stdout is gone."""


def abandon_stdout() -> None:
    """Send everything still buffered nowhere, so that the interpreter's own last flush cannot block or complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDOUT_FD)
    os.close(nowhere)


class Printer:
    """Prints received messages in the user's form.

    Output is buffered; the receiving loop flushes whenever it would otherwise wait, so a message is never held back.
    """

    def __init__(self, form: Form, stop: Stop, quiet: bool) -> None:
        self._form = form
        self._stop = stop
        self._quiet = quiet
        self._out = sys.stdout.buffer
        self._texts: list[bytes] = []  # formatted and not yet handed to the stream
        self._size = 0

    def message(self, parts: Parts) -> None:
        """Print a message."""
        if not self._quiet:
            self._write(self._form.text_of(parts))

    def subscription(self, notice: bytes) -> None:
        """Print what an XPUB received: 0x01 or 0x00, then the topic."""
        if not self._quiet:
            self._write(self._form.notice_of(notice[0] == 1, notice[1:]))

    def _write(self, text: bytes) -> None:
        self._texts.append(text)
        self._size += len(text)
        if self._size >= GATHER:
            self.flush()

    def flush(self) -> None:
        """Hand everything printed to the system. Raises OutputClosed if nobody takes it."""
        if not self._texts:
            return
        self._stop.enter()
        try:
            self._out.write(self._gathered())
            self._out.flush()
        except Stopped:
            abandon_stdout()  # nobody empties it; the rest has no place to go
            raise
        except OSError:
            raise OutputClosed from None
        finally:
            self._stop.leave()

    def finish(self) -> None:
        """The last flush, at the end of the command: whatever happens, nothing is left for the interpreter's own."""
        try:
            self.flush()
        except OutputClosed:
            abandon_stdout()
        except Stopped:
            pass

    def _gathered(self) -> bytes:
        text = b"".join(self._texts)
        self._texts.clear()
        self._size = 0
        return text
