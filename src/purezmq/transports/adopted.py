"""Listening on a descriptor that the application made: option USE_FD."""

from __future__ import annotations

import errno
import os

from ..error import error_for
from ..unpatched import socket as os_socket


def listener(fd: int, families: tuple[int, ...], scheme: str) -> os_socket.socket:
    """The socket behind a descriptor, which is ours from now on. Raises ZMQError if it does not listen."""
    try:
        sock = os_socket.socket(fileno=fd)
    except OSError as error:
        raise error_for(
            error.errno or errno.EBADF, f"USE_FD: descriptor {fd} is no socket ({error.strerror})"
        ) from None
    try:
        listens = sock.getsockopt(os_socket.SOL_SOCKET, os_socket.SO_ACCEPTCONN)
        if not listens or sock.family not in families or sock.type != os_socket.SOCK_STREAM:
            raise error_for(
                errno.EINVAL,
                f"USE_FD: descriptor {fd} must be a {scheme} socket that listens already (bind, then listen)",
            )
        sock.setblocking(False)
        os.set_inheritable(fd, False)
    except BaseException:
        sock.detach()  # it stays the application's
        raise
    return sock
