"""A descriptor that wakes whoever polls it."""

from __future__ import annotations

import errno
import os
from itertools import starmap

from ..error import error_for
from ..unpatched import epoll
from .foreign import is_foreign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Signaler:
    """An eventfd: ``signal`` from any thread makes ``fd`` readable until ``drain``.

    The kernel keeps a counter, so any number of signals costs one wake-up and none is ever lost.
    """

    __slots__ = ("_descriptor", "fd")

    def __init__(self) -> None:
        """Raises ZMQError (EMFILE, …) when there is no descriptor left."""
        try:
            # A loop, because a signal handler that raised after a call would leave us without the number.
            for self.fd in starmap(os.eventfd, ((0, os.EFD_NONBLOCK | os.EFD_CLOEXEC),)):
                break
        except OSError as error:
            raise error_for(error.errno or errno.EMFILE, f"{error.strerror} (making a signaler)") from None
        # Of all objects that close a descriptor when nobody holds them any more, an epoll object is the only one
        # that does it in silence and in C, where no signal handler can come between. Nothing is polled with it.
        self._descriptor: Any = epoll.fromfd(self.fd)

    def signal(self) -> None:
        """Wake the poller. A full counter means that it is awake already; a closed one that nobody is left."""
        # Nothing keeps another thread from closing at this moment. While we hold the descriptor its number cannot be
        # given to a file or connection, which would then receive our eight bytes.
        descriptor = self._descriptor
        if descriptor is not None:
            try:
                os.eventfd_write(descriptor.fileno(), 1)
            except OSError as error:
                if is_foreign(error):
                    raise

    def drain(self) -> None:
        """Forget the signals that arrived so far."""
        try:
            os.eventfd_read(self.fd)
        except BlockingIOError as error:
            if is_foreign(error):
                raise

    def hold(self) -> Any:
        """The open descriptor: it stays open, and its number ours, as long as the caller keeps this. None: closed."""
        return self._descriptor

    def close(self) -> None:
        """Give the descriptor back; signalling afterwards is harmless."""
        self.fd = -1
        self._descriptor = None
