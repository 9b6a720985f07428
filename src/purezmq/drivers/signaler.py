"""A descriptor that wakes whoever polls it."""

from __future__ import annotations

import contextlib
import errno
import os

from ..error import error_for


class Signaler:
    """An eventfd: ``signal`` from any thread makes ``fd`` readable until ``drain``.

    The kernel keeps a counter, so any number of signals costs one wake-up and none is ever lost.
    """

    __slots__ = ("fd",)

    def __init__(self) -> None:
        """Raises ZMQError (EMFILE, …) when there is no descriptor left."""
        try:
            self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        except OSError as error:
            raise error_for(error.errno or errno.EMFILE, f"{error.strerror} (making a signaler)") from None

    def signal(self) -> None:
        """Wake the poller. A full counter means that it is awake already; a closed one that nobody is left."""
        with contextlib.suppress(OSError):
            os.eventfd_write(self.fd, 1)

    def drain(self) -> None:
        """Forget the signals that arrived so far."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.fd)

    def close(self) -> None:
        """Give the descriptor back; signalling afterwards is harmless."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)
