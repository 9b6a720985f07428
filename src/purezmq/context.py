"""Contexts: the owner of I/O threads, inproc names and sockets."""

from __future__ import annotations

import os
import warnings
import weakref

from . import constants
from ._attributes import is_declared
from ._generic import Generic, TypeVar
from .base.options import ContextOptions
from .constants import Errno
from .drivers.log import logger
from .drivers.pump import Pump
from .error import ZMQError, error_for
from .numbers import MEMBERS, ContextOption, SocketOption
from .socket import Socket
from .unpatched import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from .drivers.hub import Hub

# An exception is on its way out of ``with Context()``: give live peers this long, then let the user see it.
_LINGER_ON_ERROR_MS = 1000

ContextT = TypeVar("ContextT", bound="Context[Any]")
SocketT = TypeVar("SocketT", bound="Socket[Any]")

_hubs_by_number: weakref.WeakValueDictionary[int, Hub] = weakref.WeakValueDictionary()


class Context(Generic[SocketT]):
    """Owns sockets and the threads that do their background I/O. Safe to use from several threads.

    ``io_threads`` is the number of background threads (0: inproc only). ``Context(other)`` and ``shadow=`` share
    another context. Any socket option set on a context (``ctx.linger = 0``) is the default for its later sockets.

        >>> with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as push:
        ...     push.bind("tcp://127.0.0.1:*")
    """

    _instance: ClassVar[Any] = None
    _instance_lock: ClassVar[Any] = Lock()
    _instance_pid: ClassVar[int | None] = None
    _shadow = False
    _shadow_obj: Any = None
    _warn_destroy_close = False
    _repr_cls = "zmq.Context"
    _socket_class: Any = Socket
    _hub: Hub | None
    sockopts: dict[int, Any]

    def __init__(self, io_threads: int | Context[Any] = 1, shadow: Any = 0) -> None:
        original = io_threads if isinstance(io_threads, Context) else shadow
        self.__dict__["sockopts"] = {}
        self._sockets: weakref.WeakSet[Socket[Any]] = weakref.WeakSet()
        self._closed = False
        self._hub_lock = Lock()
        if original:
            self._share(original)
            return
        self._options = ContextOptions()
        self._options.set(ContextOption.IO_THREADS, io_threads)
        self._hub = None
        self._pid = os.getpid()

    def _share(self, original: Any) -> None:
        if isinstance(original, Context):
            self._shadow_obj = original
            self._options = original._options
            self._hub = original._hub_started()
        else:
            hub = _hubs_by_number.get(int(original))
            if hub is None:
                raise error_for(
                    Errno.EFAULT, f"no context has the number {original!r}: it was closed or never existed"
                )
            self._options = hub.options
            self._hub = hub
        self._shadow = True
        self._pid = os.getpid()

    # -- singletons and shadows ------------------------------------------------------------------------

    @classmethod
    def instance(cls: type[ContextT], io_threads: int = 1) -> ContextT:
        """The context that everybody in this process shares; a new one after it was closed, and after a fork."""
        found = (
            cls._instance
        )  # perhaps a base class's, as in pyzmq: a subclass with its own says _instance = None
        if found is None or found.closed or cls._instance_pid != os.getpid():
            with _instance_lock():
                found = cls._instance
                if found is None or found.closed or cls._instance_pid != os.getpid():
                    cls._instance = found = cls(io_threads=io_threads)
                    cls._instance_pid = os.getpid()
        shared: ContextT = found
        return shared

    @classmethod
    def shadow(cls: type[ContextT], address: Any) -> ContextT:
        """Another Context object for the same context; ending it leaves the original alone."""
        return cls(shadow=address)

    @classmethod
    def shadow_pyczmq(cls: type[ContextT], ctx: Any) -> ContextT:
        """The same, under the name that programs with pyczmq use."""
        return cls(shadow=ctx)

    def __copy__(self: ContextT, memo: Any = None) -> ContextT:
        return self.__class__.shadow(self)

    __deepcopy__ = __copy__

    @property
    def underlying(self) -> int:
        """A number that names this context in this process (for ``shadow``)."""
        return id(self._hub_started())

    # -- life ------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """True once the context was terminated."""
        return self._closed or (self._shadow_obj is not None and self._shadow_obj.closed)

    def _hub_started(self) -> Hub:
        with self._hub_lock:
            if self._hub is None:
                from . import _proxy, poll, version  # noqa: F401
                from .drivers.hub import Hub  # and with it the rest of the library: see there
                from .leaving import deliver_at_exit

                self._hub = Hub(self._options)
                _hubs_by_number[id(self._hub)] = self._hub
                deliver_at_exit(self._hub)
            return self._hub

    def _hub_for_new_socket(self) -> Hub:
        self._check_open()
        hub = self._hub_started()
        if hub.is_inherited:
            raise ZMQError(
                Errno.ENOTSUP,
                f"this context belongs to process {hub.pid}, of which this one was forked: make a new Context "
                "(or call Context.instance()) in the child",
            )
        return hub

    def _check_open(self) -> None:
        if self._closed:
            raise ZMQError(Errno.ENOTSUP, "this context is terminated: make a new one")
        if self.closed:
            raise ZMQError(Errno.EFAULT, "the context that this one shares is terminated: make a new one")

    def _forget(self, socket: Socket[Any]) -> None:
        self._sockets.discard(socket)

    def socket(self, socket_type: int, socket_class: Any = None, **kwargs: Any) -> Any:
        """A new socket of this type (``zmq.REQ``, …).

        Raises ZMQError: EINVAL for an unknown type, EMFILE beyond MAX_SOCKETS, ENOTSUP after ``term``.
        """
        self._check_open()
        cls = self._socket_class if socket_class is None else socket_class
        made = cls(self, socket_type, **kwargs)
        try:
            for option, value in self.sockopts.items():
                try:
                    made.setsockopt(option, value)
                except ZMQError:
                    pass  # a default for all types need not suit this one
            self._sockets.add(made)
        except (
            BaseException
        ):  # a signal handler raised: nobody will have this socket, so nobody could close it
            made.close(0)
            raise
        return made

    def _internal_socket(self, socket_type: int) -> Socket[Any]:
        return Socket(self, socket_type)

    def shutdown(self) -> None:
        """Make every call on every socket fail with ContextTerminated, also those that wait. Does not wait itself."""
        if self._hub is not None:
            self._hub.shutdown()

    def term(self, timeout: float | None = None) -> bool:
        """End the context: wake everybody with ContextTerminated, then wait until all sockets are closed and drained.

        ``timeout`` (seconds) bounds the wait; the result tells whether the context is gone (False: sockets are still
        open or delivering, and ``term`` may be called again). Terminating twice is fine.
        """
        if self._shadow:
            self._closed = True
            return True
        if self._closed:
            return True
        hub = self._hub
        if hub is not None and not hub.is_inherited:
            hub.shutdown()
            hub.close_orphans()
            if not hub.wait_until_closed(timeout, _tell_what_term_waits_for):
                return False
            hub.stop()
        self._closed = True
        return True

    @property
    def undelivered(self) -> int:
        """Messages that were sent and have not been delivered, by all sockets that this context ever had.

        While ``term`` waits it tells how many are still on their way; after it, how many were lost. See
        ``Socket.undelivered``.
        """
        return 0 if self._hub is None else self._hub.undelivered()

    def destroy(self, linger: int | None = None) -> None:
        """Close all sockets of this context, with ``linger`` milliseconds if given, then terminate it.

        Not for sockets that other threads are using right now.
        """
        if self._closed:
            return
        self._close_sockets(linger)
        self.term()

    def _close_sockets(self, linger: int | None) -> None:
        for socket in list(self._sockets):
            if not socket.closed:
                if self._warn_destroy_close:
                    warnings.warn(
                        f"Destroying context with unclosed socket {socket!r}", ResourceWarning, stacklevel=4
                    )
                socket.close(linger)
        self._sockets = weakref.WeakSet()

    def __enter__(self: ContextT) -> ContextT:
        return self

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        self._before_exit(exc_type)
        self.destroy()

    def _before_exit(self, exc_type: Any) -> None:
        if exc_type is not None and not self._closed:
            # Do not let an unreachable peer hide the exception for ever.
            for socket in list(self._sockets):
                if not socket.closed and not 0 <= socket.get(SocketOption.LINGER) <= _LINGER_ON_ERROR_MS:
                    socket.set(SocketOption.LINGER, _LINGER_ON_ERROR_MS)
        self._warn_destroy_close = True

    def __del__(self) -> None:
        hub = self.__dict__.get("_hub")
        if self._shadow or self.__dict__.get("_closed", True) or hub is None:
            return
        # Never block in the garbage collector: the I/O threads finish what there is and end by themselves.
        hub.release()

    def __repr__(self) -> str:
        count = len(self._sockets)
        sockets = f"{count} socket{'s' if count > 1 else ''}" if count else ""
        name = self._repr_cls if type(self) is Context else f"{type(self).__module__}.{type(self).__name__}"
        return f"<{name}({sockets}) at {hex(id(self))}{' closed' if self.closed else ''}>"

    # -- options ---------------------------------------------------------------------------------------

    def set(self, option: int, optval: int | str) -> None:
        """Set a context option (``zmq.IO_THREADS``, ``zmq.MAX_SOCKETS``, …). THREAD_NAME_PREFIX may be text.

        Raises ZMQError: EINVAL, and EPERM for a THREAD_ option that the system does not grant.
        """
        self._check_usable()
        before = self._options.copy()
        self._options.set(option, optval)
        hub = self._hub
        if hub is not None and self._options.thread_settings != before.thread_settings:
            try:
                hub.thread_options_changed()
            except ZMQError:
                self._options.thread_settings = before.thread_settings
                raise

    def get(self, option: int) -> int | str:
        """Read a context option. Raises ZMQError (EINVAL)."""
        self._check_usable()
        return self._options.get(option)

    def _check_usable(self) -> None:
        if self.closed:
            raise RuntimeError("this context is terminated")

    def setsockopt(self, opt: int, value: Any) -> None:
        """Set a default for the sockets that are made from now on."""
        self.sockopts[opt] = value

    def getsockopt(self, opt: int) -> Any:
        """The default for new sockets that was set with ``setsockopt``."""
        return self.sockopts[opt]

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name in self.__dict__ or is_declared(type(self), name):
            object.__setattr__(self, name, value)
            return
        upper = name.upper()
        if upper in MEMBERS["ContextOption"]:
            self.set(MEMBERS["ContextOption"][upper], value)
        elif upper in MEMBERS["SocketOption"]:
            self.sockopts[constants.SocketOption[upper]] = value
        else:
            raise AttributeError(f"{type(self).__name__} has no such option: {upper}")

    def __getattr__(self, name: str) -> Any:
        upper = name.upper()
        if not name.startswith("_"):
            if upper in MEMBERS["ContextOption"]:
                try:
                    return self.get(MEMBERS["ContextOption"][upper])
                except ZMQError as error:
                    if error.errno == Errno.EINVAL:
                        raise AttributeError(f"{name} attribute is write-only") from None
                    raise
            if upper in MEMBERS["SocketOption"]:
                number = MEMBERS["SocketOption"][upper]
                if number in self.sockopts:
                    return self.sockopts[number]
                raise AttributeError(f"Context has no attribute {name!r}: no default was set for it")
        raise AttributeError(f"{type(self).__name__} has no such option: {upper}")

    def __delattr__(self, name: str) -> None:
        upper = name.upper()
        if upper in MEMBERS["SocketOption"] and MEMBERS["SocketOption"][upper] in self.sockopts:
            del self.sockopts[constants.SocketOption[upper]]
        else:
            object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *MEMBERS["ContextOption"], *MEMBERS["SocketOption"]]


_instance_guard: list[Any] = [os.getpid(), Lock()]


def _instance_lock() -> Any:
    # A lock held by another thread at the moment of a fork would stay locked in the child for ever.
    if _instance_guard[0] != os.getpid():
        _instance_guard[:] = [os.getpid(), Lock()]
    return _instance_guard[1]


def _tell_what_term_waits_for(pumps: list[Pump]) -> None:
    for pump in pumps:
        state = "delivering its last messages" if pump.closed else "open: close it"
        where = (
            ", ".join([connector.text for connector in pump.connectors] + list(pump.listeners))
            or "no endpoint"
        )
        logger().warning(
            "Context.term() waits for a %s socket (%s), which is %s", pump.core.type_name, where, state
        )
