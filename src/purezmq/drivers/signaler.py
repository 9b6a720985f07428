"""A descriptor that wakes whoever polls it."""

from __future__ import annotations

import contextlib
import errno
import os

from ..error import error_for


class _Descriptor:
    """An open descriptor, closed when nobody holds it any more."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.close(self.number)


class Signaler:
    """An eventfd: ``signal`` from any thread makes ``fd`` readable until ``drain``.

    The kernel keeps a counter, so any number of signals costs one wake-up and none is ever lost.
    """

    __slots__ = ("_descriptor", "fd")

    def __init__(self) -> None:
        """Raises ZMQError (EMFILE, …) when there is no descriptor left."""
        try:
            self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        except OSError as error:
            raise error_for(error.errno or errno.EMFILE, f"{error.strerror} (making a signaler)") from None
        self._descriptor: _Descriptor | None = _Descriptor(self.fd)

    def signal(self) -> None:
        """Wake the poller. A full counter means that it is awake already; a closed one that nobody is left."""
        # Nothing keeps another thread from closing at this moment. While we hold the descriptor its number cannot be
        # given to a file or connection, which would then receive our eight bytes.
        descriptor = self._descriptor
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.eventfd_write(descriptor.number, 1)

    def drain(self) -> None:
        """Forget the signals that arrived so far."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.fd)

    def hold(self) -> _Descriptor | None:
        """The open descriptor: it stays open, and its number ours, as long as the caller keeps this. None: closed."""
        return self._descriptor

    def close(self) -> None:
        """Give the descriptor back; signalling afterwards is harmless."""
        self.fd = -1
        self._descriptor = None
