"""What the system keeps of that which was written to a connection, because the peer takes no more yet.

A connection over tcp must not be closed before that has left: if the peer says another word meanwhile, even the PONG
that we asked for, a closed connection answers with a reset, and the system throws away whatever it still keeps.
"""

from __future__ import annotations

import fcntl
import struct

from ..unpatched import socket as os_socket

_SIOCOUTQ, _SIOCOUTQNSD = 0x5411, 0x894B  # linux/sockios.h: bytes not acknowledged, not sent even once
_MOST_READS = 16
_READ_SIZE = 64 * 1024


def bytes_kept(sock: os_socket.socket, *, until_acknowledged: bool) -> int:
    """How many bytes of what was written have not been sent, or not arrived, over tcp.

    An acknowledgement may come 40 ms later, so it is better only asked for where the peer is sure to say something.
    """
    if sock.family not in (os_socket.AF_INET, os_socket.AF_INET6):
        return 0
    try:
        answer = fcntl.ioctl(sock.fileno(), _SIOCOUTQ if until_acknowledged else _SIOCOUTQNSD, bytes(4))
    except OSError:
        return 0
    return int(struct.unpack("i", answer)[0])


def throw_input_away(sock: os_socket.socket) -> None:
    """Read what nobody wants any more: unread input would make a reset of the end of the connection, too.

    Raises OSError when there is nothing left, as usual.
    """
    for _ in range(_MOST_READS):  # a peer may talk for ever
        if not sock.recv(_READ_SIZE):
            break
