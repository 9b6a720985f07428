"""The exceptions of purezmq: pyzmq's tree, chosen by error number, with texts that say what to do.

The text of an error number alone ("Invalid argument") helps nobody, so most errors here carry a message of
their own; ``str(error)`` and ``error.strerror`` are then that message. ``error.errno`` has the number that
libzmq would set.
"""

from __future__ import annotations

import errno as os_errno
import os

from .constants import Errno
from .numbers import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

# The libzmq release whose behaviour this library has; programs compare it before they use newer features.
LIBZMQ_VERSION = (4, 3, 5)

# ZeroMQ's words, for its own numbers and where they differ from the operating system's.
_TEXTS: dict[int, str] = {
    Errno.EFSM: "Operation cannot be accomplished in current state",
    Errno.ENOCOMPATPROTO: "The protocol is not compatible with the socket type",
    Errno.ETERM: "Context was terminated",
    Errno.EMTHREAD: "No thread available",
    Errno.EHOSTUNREACH: "Host unreachable",
}

# The number of the error raised last. One for the whole process: an exception carries its own number, so this
# only serves zmq_errno(), which C programs translated to Python call right after a failure.
_last_errno = 0

_EAGAIN = int(Errno.EAGAIN)


def strerror(errno: int) -> str:
    """The text of an error number."""
    return _TEXTS.get(errno) or os.strerror(errno)


def zmq_errno() -> int:
    """The number of the ZMQError made last in this process (in any thread), 0 before the first."""
    return _last_errno


def _remember(errno: int) -> None:
    global _last_errno
    _last_errno = errno


class DraftFDWarning(RuntimeWarning):
    """libzmq has no FD for thread-safe sockets. Never issued: here every socket has one."""

    def __init__(self, msg: str = "") -> None:
        super().__init__(msg or "libzmq gives thread-safe sockets no FD; purezmq does")


class UnsafePickleWarning(RuntimeWarning):
    """A pickle from a peer that could be anybody was unpacked; see ``Socket.recv_pyobj``."""


class ZMQBaseError(Exception):
    """The base of every exception of this library that a user may see."""


class ZMQError(ZMQBaseError):
    """A call failed. ``errno`` says how in a number, ``strerror`` (and ``str()``) in words.

    Without ``errno`` it is that of the error before; without ``msg`` the text is that of the number. ``sent`` is set by
    ``send_many``: how many of the messages were taken before the error.
    """

    errno: int | None = None
    sent: int = 0
    strerror: str

    def __init__(self, errno: int | str | None = None, msg: str | None = None) -> None:
        if isinstance(errno, str):  # pyzmq takes ZMQError("text") as well: words without a number
            self.strerror = errno
            return
        self.errno = _last_errno if errno is None else errno
        _remember(self.errno)
        self.strerror = strerror(self.errno) if msg is None else msg

    def __str__(self) -> str:
        return self.strerror

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class ZMQBindError(ZMQBaseError):
    """``bind_to_random_port`` found no free port."""


class NotDone(ZMQBaseError):
    """A message tracker's wait timed out: the message has not left yet."""


class Again(ZMQError):
    """The call would have to wait, and may not: DONTWAIT was given, or the timeout passed.

    Both arguments are ignored, as in pyzmq.
    """

    # Number and text belong to the class: programs that read until they would block raise this all the time.
    errno = Errno.EAGAIN
    strerror = strerror(Errno.EAGAIN)

    def __init__(self, errno: int | Literal["ignored"] = "ignored", msg: str = "ignored") -> None:
        global _last_errno
        _last_errno = _EAGAIN


class ContextTerminated(ZMQError):
    """The context was terminated: close the socket. Both arguments are ignored, as in pyzmq."""

    errno = Errno.ETERM
    strerror = strerror(Errno.ETERM)

    def __init__(self, errno: int | Literal["ignored"] = "ignored", msg: str = "ignored") -> None:
        _remember(Errno.ETERM)


class InterruptedSystemCall(ZMQError, InterruptedError):
    """A signal interrupted a call. Calls go on after a signal, so none raises this; code may catch it.

    Both arguments are ignored, as in pyzmq.
    """

    errno = os_errno.EINTR
    strerror = os.strerror(os_errno.EINTR)

    def __init__(self, errno: int | Literal["ignored"] = "ignored", msg: str = "ignored") -> None:
        _remember(os_errno.EINTR)

    def __str__(self) -> str:
        return f"{self.strerror}: this call should have been retried. Please report this to purezmq."


class ZMQVersionError(NotImplementedError):
    """The feature needs a newer libzmq than the one this library behaves like."""

    def __init__(self, min_version: str, msg: str = "Feature") -> None:
        self.msg = msg
        self.min_version = min_version
        self.version = ".".join(map(str, LIBZMQ_VERSION))

    def __str__(self) -> str:
        return f"{self.msg} requires libzmq >= {self.min_version}, have {self.version}"

    def __repr__(self) -> str:
        return f"ZMQVersionError({str(self)!r})"


class ProtocolError(Exception):
    """Internal: the peer broke the protocol. It ends that connection and never reaches a user's call.

    ``code`` is the PROTOCOL_ERROR_* number that the monitor reports.
    """

    def __init__(self, reason: str, code: int = Event.PROTOCOL_ERROR_ZMTP_UNSPECIFIED) -> None:
        super().__init__(reason)
        self.code = code


_CLASSES: dict[int, type[Again | ContextTerminated | InterruptedSystemCall]] = {
    Errno.EAGAIN: Again,
    Errno.ETERM: ContextTerminated,
    os_errno.EINTR: InterruptedSystemCall,
}


def error_for(errno: int, message: str | None = None) -> ZMQError:
    """The exception for an error number: one of the three special classes, or plain ZMQError."""
    special = _CLASSES.get(errno)
    if special is None:
        return ZMQError(errno, message)
    error = special()
    if message is not None:
        error.strerror = message
    return error


def _check_rc(rc: int, errno: int | None = None, error_without_errno: bool = True) -> None:
    """Raise what ``errno`` (or the last error) stands for if ``rc`` is -1, as pyzmq's function does."""
    if rc != -1:
        return
    number = _last_errno if errno is None else errno
    if number or error_without_errno:
        raise error_for(number)


def _check_version(min_version_info: tuple[int, ...], msg: str = "Feature") -> None:
    """Raise ZMQVersionError unless the libzmq release this library behaves like is at least that one."""
    if min_version_info > LIBZMQ_VERSION:
        raise ZMQVersionError(".".join(map(str, min_version_info)), msg)


__all__ = [
    "Again",
    "ContextTerminated",
    "DraftFDWarning",
    "InterruptedSystemCall",
    "NotDone",
    "ZMQBaseError",
    "ZMQBindError",
    "ZMQError",
    "ZMQVersionError",
]
