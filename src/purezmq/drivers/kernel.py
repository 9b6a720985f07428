"""The system calls of a connected stream.

Nothing here waits: the descriptor does not block, and its socket's poller says when it is ready. What a call brought is
left in attributes, because a signal handler runs after every call of Python's, before its result can be stored, and one
that raises would lose what was read, or how much was written. It does not run between an iterator and the target of
its loop; and from the end of a method here to the next call, its caller can store what it finds.

kernel.pyx is the same compiled.
"""

from __future__ import annotations

from itertools import repeat, starmap

from .foreign import is_foreign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..unpatched import socket as os_socket
    from ..zmtp.encoder import Buffer
    from ..zmtp.large_body import LargeBody

# What may be read along with the rest of a large body: the next header, and little of what follows, for that has to be
# copied to its own place.
BEHIND_BODY = 4 * 1024


class Wire:
    """Reads and writes one descriptor. The methods return False if it did not work: ``error`` is the system's number.

    ``in_body`` is how many bytes were read into a body, ``data`` what else was read; both are nothing at the end of the
    stream. Whoever takes them leaves nothing here. ``written`` is how many bytes of those ``offered`` were written.
    """

    __slots__ = (
        "_reads",
        "_sends",
        "_size",
        "_sock",
        "_to_send",
        "data",
        "error",
        "fd",
        "in_body",
        "offered",
        "written",
    )

    def __init__(self, sock: os_socket.socket) -> None:
        self.fd = sock.fileno()
        self.error = 0
        self.in_body = 0
        self.written = 0
        self.offered = 0
        self.data = b""
        self._sock = sock
        self._size = [0]
        self._reads = starmap(sock.recv, repeat(self._size))
        self._to_send: list[Any] = [b""]
        self._sends = starmap(sock.send, repeat(self._to_send))

    def read(self, size: int) -> bool:
        """Take at most ``size`` bytes."""
        self._size[0] = size
        self.data = b""
        try:
            for self.data in self._reads:  # noqa: B020
                break
        except OSError as error:
            return self._failed(error)
        return True

    def read_into(self, body: LargeBody) -> bool:
        """Take what belongs to this body (``in_body``), and perhaps a little more (``data``)."""
        space = body.space()
        try:
            for self.in_body in starmap(self._sock.recv_into, ((space,),)):  # noqa: B020
                break
        except OSError as error:
            return self._failed(error)
        if self.in_body == body.length - body.filled:
            self.read(BEHIND_BODY)  # what keeps it from working will do so again
        return True

    def send(self, data: Buffer) -> bool:
        """Write these bytes, or some of them."""
        self._to_send[0] = data
        self.offered = len(data)
        self.written = 0
        try:
            for self.written in self._sends:  # noqa: B020
                break
        except OSError as error:
            return self._failed(error)
        finally:
            self._to_send[0] = b""  # it may be large
        return True

    def send_all(self, buffers: list[Buffer]) -> bool:
        """Write these buffers one after the other, or some of their bytes. At most 64 of them."""
        self.offered = sum(map(len, buffers))
        self.written = 0
        try:
            for self.written in starmap(self._sock.sendmsg, ((buffers,),)):  # noqa: B020
                break
        except OSError as error:
            return self._failed(error)
        return True

    def _failed(self, error: OSError) -> bool:
        if is_foreign(error) or error.errno is None:
            raise error  # not the system's: the TimeoutError of somebody's signal handler
        self.error = error.errno
        return False
