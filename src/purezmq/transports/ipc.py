"""ipc: stream sockets in the file system or in Linux's abstract namespace."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import struct
import tempfile
from pathlib import Path
from typing import Any

from ..base.endpoint import Endpoint
from ..base.options import SocketOptions
from ..error import error_for
from ..unpatched import socket as os_socket
from . import adopted, tuning
from .stream import Bound, DialFailed, Dialler, StreamTransport

_STREAM = os_socket.SOCK_STREAM | os_socket.SOCK_NONBLOCK | os_socket.SOCK_CLOEXEC


class IpcTransport(StreamTransport):
    """Stream sockets between processes of one machine."""

    __slots__ = ()

    def listen(self, endpoint: Endpoint, options: SocketOptions) -> Bound:
        """Bind and listen. Raises ZMQError."""
        return IpcBound(*listen(endpoint, options), options)

    def dialler(self, endpoint: Endpoint, options: SocketOptions) -> Dialler:
        """The way to a socket file."""
        return IpcDialler(endpoint, options)


class IpcBound(Bound):
    """A bound path. Applies the credential filters to accepted connections."""

    __slots__ = ("_binding", "_options")

    def __init__(
        self, sock: os_socket.socket, endpoint: str, binding: Binding, options: SocketOptions
    ) -> None:
        super().__init__(sock, endpoint)
        self._binding = binding
        self._options = options

    def admit(self, sock: os_socket.socket) -> bool:
        """False: the filters refuse this peer."""
        try:
            return accepts(sock, self._options)
        except OSError:
            return False

    def peer_address(self, sock: os_socket.socket) -> str:
        """The peer's credentials."""
        return peer_address(sock)

    def remove(self) -> None:
        """Remove our socket file."""
        self._binding.remove()


class IpcDialler(Dialler):
    """The way to a socket file."""

    __slots__ = ("_endpoint", "_options")

    def __init__(self, endpoint: Endpoint, options: SocketOptions) -> None:
        self._endpoint = endpoint
        self._options = options

    def addresses(self) -> list[Any] | None:
        """The only address."""
        return [self._endpoint.path]

    def look_up(self) -> list[Any]:
        """The only address."""
        return [self._endpoint.path]

    def dial(self, address: Any) -> tuple[os_socket.socket, bool]:
        """Connect."""
        return dial(self._endpoint, self._options)

    def established(self, sock: os_socket.socket) -> str:
        """The peer's credentials."""
        return peer_address(sock)


class Binding:
    """What has to be removed from the file system when the listener ends."""

    __slots__ = ("directory", "inode", "path")

    def __init__(self, path: str, directory: str = "") -> None:
        self.path = path
        self.directory = directory
        self.inode = os.stat(path).st_ino if path else 0

    def remove(self) -> None:
        """Remove our socket file, unless somebody else has put theirs there meanwhile."""
        with contextlib.suppress(OSError):
            if self.path and os.stat(self.path).st_ino == self.inode:
                os.unlink(self.path)
        with contextlib.suppress(OSError):
            if self.directory:
                os.rmdir(self.directory)


def listen(endpoint: Endpoint, options: SocketOptions) -> tuple[os_socket.socket, str, Binding]:
    """A listening socket, its LAST_ENDPOINT text, and what to clean up afterwards."""
    if options.use_fd != -1:
        sock = adopted.listener(options.use_fd, (os_socket.AF_UNIX,), endpoint.scheme)
        name = sock.getsockname()
        path = "@" + name[1:].decode(errors="surrogateescape") if isinstance(name, bytes) else name
        return sock, f"ipc://{path}", Binding("")  # the file is the application's
    path, directory = endpoint.path, ""
    try:
        sock = os_socket.socket(os_socket.AF_UNIX, _STREAM)
    except OSError as error:
        raise error_for(error.errno or errno.EMFILE, error.strerror) from None
    try:
        if path == "*":
            directory = tempfile.mkdtemp(prefix="purezmq-")
            path = str(Path(directory) / "socket")
        tuning.apply(sock, tuning.buffers(options))
        _bind(sock, path)
        sock.listen(options.backlog)
    except OSError as error:
        sock.close()
        if directory:
            os.rmdir(directory)
        raise error_for(error.errno or errno.EINVAL, _bind_failure(error, path)) from None
    binding = Binding("" if path.startswith("@") else path, directory)
    return sock, f"ipc://{path}", binding


def _bind(sock: os_socket.socket, path: str) -> None:
    try:
        sock.bind(_address(path))
    except OSError as error:
        if error.errno != errno.EADDRINUSE or path.startswith("@") or not _is_stale(path):
            raise
        # A socket file without a listener is left behind by a process that was killed.
        os.unlink(path)
        sock.bind(_address(path))


def _is_stale(path: str) -> bool:
    """True for a socket file that nobody listens on. libzmq removes live ones too and so steals the endpoint."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return False
        with os_socket.socket(os_socket.AF_UNIX, _STREAM) as probe:
            return probe.connect_ex(path) == errno.ECONNREFUSED
    except OSError:
        return False


def _bind_failure(error: OSError, path: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Address already in use: another socket listens on {path}, or it is a file that is no socket"
    if error.errno == errno.ENOENT:
        return f"No such directory for the socket file: {path}"
    return error.strerror or str(error)


def _address(path: str) -> str:
    return "\0" + path[1:] if path.startswith("@") else path


def dial(endpoint: Endpoint, options: SocketOptions) -> tuple[os_socket.socket, bool]:
    """Connect. Returns the socket and whether it is connected already; raises OSError when nobody listens."""
    sock = os_socket.socket(os_socket.AF_UNIX, _STREAM)
    try:
        tuning.apply(sock, tuning.buffers(options))
        result = sock.connect_ex(_address(endpoint.path))
    except BaseException:
        sock.close()
        raise
    if result == 0:
        return sock, True
    fd = sock.fileno()
    sock.close()
    raise DialFailed(result, fd)


def credentials(sock: os_socket.socket) -> tuple[int, int, int]:
    """(pid, uid, gid) of the peer process."""
    size = struct.calcsize("3i")
    pid, uid, gid = struct.unpack("3i", sock.getsockopt(os_socket.SOL_SOCKET, os_socket.SO_PEERCRED, size))
    return pid, uid, gid


def accepts(sock: os_socket.socket, options: SocketOptions) -> bool:
    """Apply IPC_FILTER_PID, _UID and _GID: no filter lets everybody in, one match is enough."""
    pids, uids, gids = options.ipc_filter_pid, options.ipc_filter_uid, options.ipc_filter_gid
    if not (pids or uids or gids):
        return True
    pid, uid, gid = credentials(sock)
    return pid in pids or uid in uids or gid in gids or bool(_groups_of(uid) & set(gids))


def _groups_of(uid: int) -> set[int]:
    import pwd  # only the deprecated group filter needs the user database

    try:
        user = pwd.getpwuid(uid)
        return set(os.getgrouplist(user.pw_name, user.pw_gid))
    except (KeyError, OSError):
        return set()


def peer_address(sock: os_socket.socket) -> str:
    """The peer's credentials as libzmq writes them in Peer-Address."""
    try:
        pid, uid, gid = credentials(sock)
    except OSError:
        return ""
    return f"localhost:{uid}:{gid}:{pid}"
