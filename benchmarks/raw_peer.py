"""Plain TCP sockets that speak just enough ZMTP 3.1 (NULL) to be DEALERs.

They are the same and cost the same for every library, so that what is measured is the library at the other end.
"""

from __future__ import annotations

import socket as os_socket
import struct

from benchmarks.errors import RunFailed, Unsupported

HANDSHAKES_UNDER_WAY = 50  # below every library's default listen backlog, which is 100
TIMEOUT_S = 10

_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(1 + 31)
_SOCKET_TYPE = b"\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER"
_READY_BODY = b"\x05READY" + _SOCKET_TYPE
_READY = bytes((0x04, len(_READY_BODY))) + _READY_BODY
_SHORT = 255


def connect_many(endpoint: str, count: int) -> list[os_socket.socket]:
    """Return so many connections to a tcp endpoint, their handshakes done. Raises RunFailed."""
    host, port = endpoint.removeprefix("tcp://").split(":")
    peers: list[os_socket.socket] = []
    try:
        while len(peers) < count:
            done = len(peers)
            for _ in range(min(HANDSHAKES_UNDER_WAY, count - done)):
                peers.append(os_socket.create_connection((host, int(port)), timeout=TIMEOUT_S))
                _begin_handshake(peers[-1])
            for peer in peers[done:]:
                _end_handshake(peer)
    except BaseException:
        for peer in peers:
            peer.close()
        raise
    return peers


def frame(message: bytes) -> bytes:
    """Return a message of one frame as it stands on the wire."""
    if len(message) <= _SHORT:
        return bytes((0, len(message))) + message
    return struct.pack(">BQ", 2, len(message)) + message


def raise_file_limit(wanted: int) -> None:
    """Raise this process's soft limit of open files if it is too low; raises Unsupported if it cannot be."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Unsupported(f"needs {wanted} open files, the limit is {hard} (ulimit -Hn)")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _begin_handshake(peer: os_socket.socket) -> None:
    peer.setsockopt(os_socket.IPPROTO_TCP, os_socket.TCP_NODELAY, 1)
    peer.sendall(_GREETING)


def _end_handshake(peer: os_socket.socket) -> None:
    greeting = _recv_exactly(peer, 64)
    if greeting[0] != 0xFF or greeting[10] < 3:
        raise RunFailed(f"the server's greeting is {greeting!r}")
    peer.sendall(_READY)
    flags, length = _recv_exactly(peer, 2)
    body = _recv_exactly(peer, length)
    if flags != 0x04 or not body.startswith(b"\x05READY"):
        raise RunFailed(f"the server answered READY with {flags} {body!r}")


def _recv_exactly(peer: os_socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = peer.recv(size - len(data))
        if not more:
            raise RunFailed("the server closed a connection during the handshake")
        data += more
    return data
