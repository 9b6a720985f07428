"""The options of sockets that the operating system has to act on, for tcp and what runs over it.

Each is one setsockopt. Those of the first group must be set before bind or connect; those of the second are for
connections, and a listening socket hands them on to those it accepts.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator

from ..base.options import SocketOptions
from ..error import error_for
from ..unpatched import socket as os_socket

_SO_BUSY_POLL = 46  # asm-generic/socket.h; Python has no name for it

# Who may do what the kernel refuses to others.
_NEEDS = {
    "BINDTODEVICE": "CAP_NET_RAW (a socket that is bound to a device may not be bound to another without it)",
    "PRIORITY": "CAP_NET_ADMIN (for priorities above 6)",
    "TOS": "CAP_NET_ADMIN",
}


# A unix socket holds so much of what its peer has not read. With the system's 208 KiB both sides sleep and wake several
# times per megabyte.
_LOCAL_SNDBUF = 1 << 20  # bytes; the system may allow less

# The option that asks for it, and the three arguments of setsockopt.
Setting = tuple[str, int, int, int | bytes]


def buffers(options: SocketOptions) -> Iterator[Setting]:
    """The kernel's buffers, of sockets of any kind."""
    if options.sndbuf >= 0:
        yield ("SNDBUF", os_socket.SOL_SOCKET, os_socket.SO_SNDBUF, options.sndbuf)
    if options.rcvbuf >= 0:
        yield ("RCVBUF", os_socket.SOL_SOCKET, os_socket.SO_RCVBUF, options.rcvbuf)


def local_buffers(options: SocketOptions) -> Iterator[Setting]:
    """The same for a connection between processes of this machine."""
    if options.sndbuf < 0:
        yield ("SNDBUF", os_socket.SOL_SOCKET, os_socket.SO_SNDBUF, _LOCAL_SNDBUF)
    yield from buffers(options)


def before_use(options: SocketOptions, family: int) -> Iterator[Setting]:
    """What to set on a new tcp socket."""
    sol = os_socket.SOL_SOCKET
    yield from buffers(options)
    if options.tos:
        # An IPv6 socket carries IPv4 too, and that has a field of its own.
        yield ("TOS", os_socket.IPPROTO_IP, os_socket.IP_TOS, options.tos)
        if family == os_socket.AF_INET6:
            yield ("TOS", os_socket.IPPROTO_IPV6, os_socket.IPV6_TCLASS, options.tos)
    if options.priority:  # after TOS, which changes it
        yield ("PRIORITY", sol, os_socket.SO_PRIORITY, options.priority)
    if options.bindtodevice:
        yield ("BINDTODEVICE", sol, os_socket.SO_BINDTODEVICE, options.bindtodevice)
    if options.busy_poll:
        yield ("BUSY_POLL", sol, _SO_BUSY_POLL, options.busy_poll)


def connection(options: SocketOptions) -> Iterator[Setting]:
    """What to set on a connection: no delay, keep-alive, how long unacknowledged data may wait."""
    tcp = os_socket.IPPROTO_TCP
    yield ("", tcp, os_socket.TCP_NODELAY, 1)
    if options.tcp_keepalive != -1:
        yield ("TCP_KEEPALIVE", os_socket.SOL_SOCKET, os_socket.SO_KEEPALIVE, options.tcp_keepalive)
        if options.tcp_keepalive_cnt > 0:
            yield ("TCP_KEEPALIVE_CNT", tcp, os_socket.TCP_KEEPCNT, options.tcp_keepalive_cnt)
        if options.tcp_keepalive_idle > 0:
            yield ("TCP_KEEPALIVE_IDLE", tcp, os_socket.TCP_KEEPIDLE, options.tcp_keepalive_idle)
        if options.tcp_keepalive_intvl > 0:
            yield ("TCP_KEEPALIVE_INTVL", tcp, os_socket.TCP_KEEPINTVL, options.tcp_keepalive_intvl)
    if options.tcp_maxrt > 0:
        yield ("TCP_MAXRT", tcp, os_socket.TCP_USER_TIMEOUT, options.tcp_maxrt)


def apply(sock: os_socket.socket, settings: Iterable[Setting]) -> None:
    """Set them. Raises OSError that names the option and says what it takes."""
    for option, level, number, value in settings:
        try:
            sock.setsockopt(level, number, value)
        except OSError as error:
            if option == "BUSY_POLL" and error.errno == errno.EPERM:
                continue  # the waits in our sockets do it all the same
            raise OSError(error.errno, _why(option, value, error)) from None


def apply_to_connection(sock: os_socket.socket, options: SocketOptions) -> None:
    """Set up an established connection. What the kernel refuses was told at bind or connect already."""
    # A peer that is gone already makes some of these fail; reading from it tells soon enough.
    try:
        apply(sock, connection(options))
    except OSError:
        pass


def check(options: SocketOptions) -> None:
    """Raise ZMQError for options that this process may not use, or whose values the kernel does not take."""
    before = list(before_use(options, os_socket.AF_INET))
    after = list(connection(options))
    if not before and len(after) == 1:
        return
    probe = os_socket.socket(os_socket.AF_INET, os_socket.SOCK_STREAM)
    try:
        apply(probe, before + after)
    except OSError as error:
        # A device that is not there may come yet: dialling goes on until it does.
        if error.errno != errno.ENODEV:
            raise error_for(error.errno or errno.EINVAL, error.strerror) from None
    finally:
        probe.close()


def _why(option: str, value: int | bytes, error: OSError) -> str:
    shown = value.decode(errors="replace") if isinstance(value, bytes) else value
    if error.errno in (errno.EPERM, errno.EACCES):
        return f"{os.strerror(errno.EPERM)}: {option} {shown} needs {_NEEDS.get(option, 'more rights')}"
    if error.errno == errno.ENODEV:
        return f"{error.strerror}: no network interface is called {shown!r} (BINDTODEVICE)"
    return f"{error.strerror}: the system does not take {option} {shown}"
