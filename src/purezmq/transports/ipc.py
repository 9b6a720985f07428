"""ipc: stream sockets in the file system or in Linux's abstract namespace."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import struct
import time
from collections.abc import Callable
from itertools import starmap

from ..base.endpoint import IPC_PATH_MAX_LEN, Endpoint
from ..base.options import SocketOptions
from ..error import error_for
from ..unpatched import epoll
from ..unpatched import socket as os_socket
from . import adopted, tuning
from .stream import Bound, DialFailed, Dialler, StreamTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STREAM = os_socket.SOCK_STREAM | os_socket.SOCK_NONBLOCK | os_socket.SOCK_CLOEXEC

# Longer than any bind takes. Whoever holds a directory longer than that is no bind of ours.
_LONGEST_TURN_S = 1.0
_LONGEST_NAME = IPC_PATH_MAX_LEN - len("/proc/self/fd/1234567/")


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

    __slots__ = ("_binding", "_buffers", "_options")

    def __init__(
        self, sock: os_socket.socket, endpoint: str, binding: _Binding, options: SocketOptions
    ) -> None:
        super().__init__(sock, endpoint)
        self._binding = binding
        self._buffers = list(tuning.local_buffers(options))
        self._options = options

    def admit(self, sock: os_socket.socket) -> bool:
        """Set up an accepted socket, which has nothing of the listening one. False: the filters refuse this peer."""
        try:
            tuning.apply(sock, self._buffers)
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

    __slots__ = ("_options", "_path")

    def __init__(self, endpoint: Endpoint, options: SocketOptions) -> None:
        self._path = _absolute(endpoint.path)
        self._options = options
        try:
            _check_length(self._path)
        except OSError as error:
            raise error_for(errno.ENAMETOOLONG, _failure(error, self._path)) from None

    def addresses(self) -> list[Any] | None:
        """The only address."""
        return [self._path]

    def look_up(self) -> list[Any]:
        """The only address."""
        return [self._path]

    def dial(self, address: Any) -> tuple[os_socket.socket, bool]:
        """Connect; raises OSError when nobody listens."""
        sock = os_socket.socket(os_socket.AF_UNIX, _STREAM)
        fd = sock.fileno()
        try:
            tuning.apply(sock, tuning.local_buffers(self._options))
            with _Address(address) as reachable:
                number = sock.connect_ex(reachable)
        except BaseException:
            sock.close()
            raise
        if number:
            sock.close()
            raise DialFailed(number, fd)
        return sock, True

    def established(self, sock: os_socket.socket) -> str:
        """The peer's credentials."""
        return peer_address(sock)


def _absolute(path: str) -> str:
    """Relative paths are those of the moment of bind and connect, whatever the working directory is later."""
    return path if path.startswith(("@", "*")) else os.path.abspath(path)


def _in_bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _check_length(path: str) -> None:
    """Raise OSError (ENAMETOOLONG) for a path that no address can hold."""
    data = _in_bytes(path)
    if len(data) <= IPC_PATH_MAX_LEN or path.startswith("@"):
        return
    if len(os.path.basename(data)) > _LONGEST_NAME or not os.path.isdir("/proc/self/fd"):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))


class _Address:
    """What the system takes for a path, for as long as the ``with`` block lasts.

    An address holds 107 bytes. A longer path is reached through a descriptor of its directory. Raises OSError:
    ENAMETOOLONG for a name that does not fit even so, and what opening the directory raises.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._directory: Any = (
            None  # an epoll object, because that closes its descriptor when it is forgotten
        )

    def __enter__(self) -> bytes:
        path = _in_bytes(self._path)
        if path.startswith(b"@"):
            return b"\0" + path[1:]
        if len(path) <= IPC_PATH_MAX_LEN:
            return path
        _check_length(self._path)
        directory, name = os.path.split(path)
        # Loops, here and below, because a signal handler that raised after a call would leave us without the number.
        for fd in starmap(os.open, ((directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC),)):  # noqa: B007
            break
        self._directory = epoll.fromfd(fd)
        return b"/proc/self/fd/%d/%s" % (fd, name)

    def __exit__(self, *args: object) -> None:
        self._directory = None


class _Binding:
    """What has to be removed from the file system when the listener ends."""

    __slots__ = ("_directory", "_file", "_path")

    def __init__(self, path: str, directory: str) -> None:
        self._path = path  # "" for an abstract name
        self._directory = directory  # made for a wildcard, else ""
        self._file = _identity(path)

    def remove(self) -> None:
        """Remove our socket file, unless somebody else has put theirs there meanwhile."""
        if self._path and _identity(self._path) == self._file:
            _quietly(os.unlink, self._path)
        if self._directory:
            _quietly(os.rmdir, self._directory)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _quietly(call: Callable[[str], object], path: str) -> None:
    try:
        call(path)
    except OSError:  # gone, or not ours to remove any more
        pass


def listen(endpoint: Endpoint, options: SocketOptions) -> tuple[os_socket.socket, str, _Binding]:
    """A listening socket, its LAST_ENDPOINT text, and what to clean up afterwards."""
    if options.use_fd != -1:
        sock = adopted.listener(options.use_fd, (os_socket.AF_UNIX,), endpoint.scheme)
        name = sock.getsockname()
        path = "@" + name[1:].decode(errors="surrogateescape") if isinstance(name, bytes) else name
        return sock, f"ipc://{path}", _Binding("", "")  # the file is the application's
    text, directory = endpoint.path, ""
    try:
        sock = os_socket.socket(os_socket.AF_UNIX, _STREAM)
    except OSError as error:
        raise error_for(error.errno or errno.EMFILE, error.strerror) from None
    path = _absolute(text)
    try:
        if text == "*":
            import tempfile  # and with it compression and random numbers, for a few binds

            directory = tempfile.mkdtemp(prefix="purezmq-")
            text = path = os.path.join(directory, "socket")
        _bind(sock, path, options)
        binding = _Binding("" if path.startswith("@") else path, directory)
    except BaseException as error:
        sock.close()
        if directory:
            _quietly(os.rmdir, directory)
        if not isinstance(error, OSError) or error.errno is None:
            raise
        raise error_for(error.errno, _failure(error, path)) from None
    return sock, f"ipc://{text}", binding


def _bind(sock: os_socket.socket, path: str, options: SocketOptions) -> None:
    """Bind and listen; replace a file that a dead process left behind."""
    with _Address(path) as address:
        if path.startswith("@"):
            sock.bind(address)
            sock.listen(options.backlog)
            return
        if options.ipc_permissions >= 0:
            # The file appears with these, less what the umask takes away.
            os.fchmod(sock.fileno(), options.ipc_permissions)
        with _Turn(os.path.dirname(path)):
            try:
                sock.bind(address)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or not _is_stale(path, address):
                    raise
                os.unlink(path)
                sock.bind(address)
            try:
                if options.ipc_permissions >= 0:
                    os.chmod(path, options.ipc_permissions)
                sock.listen(options.backlog)
            except BaseException:
                _quietly(os.unlink, path)
                raise


class _Turn:
    """One process at a time binds in a directory.

    Of two that find the same dead file, the second would remove what the first has just bound; and a socket that is
    bound and does not listen yet looks dead. The lock goes with the process, so nobody can leave it behind.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._lock: Any = None  # as above

    def __enter__(self) -> None:
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
            for fd in starmap(os.open, ((self._directory, flags),)):  # noqa: B007
                break
        except OSError:
            return  # one that cannot be read, or is not there, as bind will tell
        self._lock = epoll.fromfd(fd)
        deadline = time.monotonic() + _LONGEST_TURN_S
        while time.monotonic() < deadline:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.002)
            except OSError:
                return  # a file system without locks
            else:
                return

    def __exit__(self, *args: object) -> None:
        self._lock = None


def _is_stale(path: str, address: bytes) -> bool:
    """True for a socket file that nobody listens on. libzmq removes live ones too and so steals the endpoint."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            return False
        probe = os_socket.socket(os_socket.AF_UNIX, _STREAM)
        try:
            return probe.connect_ex(address) == errno.ECONNREFUSED
        finally:
            probe.close()
    except OSError:
        return False


def _failure(error: OSError, path: str) -> str:
    directory = os.path.dirname(path) or "."
    if path.startswith("@"):
        return f"{error.strerror}: another socket has this abstract name"
    if error.errno == errno.EADDRINUSE:
        return f"Address already in use: another socket listens on {path}, or it is a file that is no socket"
    if error.errno == errno.ENOENT:
        return f"No such directory for the socket file: {directory} (make it first)"
    if error.errno == errno.ENOTDIR:
        return f"Not a directory: {directory}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.strerror}: the socket file cannot be made in the directory {directory}"
    if error.errno == errno.ENOSPC:
        return f"No space left on the device for the socket file in {directory}"
    if error.errno == errno.ENAMETOOLONG:
        return (
            f"File name too long: the system takes paths of {IPC_PATH_MAX_LEN} bytes, and longer ones if the last "
            f"part of them has not more than {_LONGEST_NAME} (with /proc mounted)"
        )
    return f"{error.strerror or error} (making the socket file {path})"


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
