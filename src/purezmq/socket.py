"""Sockets: what an application holds, with pyzmq's methods."""

from __future__ import annotations

import os
import sys
import warnings
import weakref
from collections import deque
from collections.abc import Iterable, Sequence

from ._attributes import OptionAttributes
from ._batches import Batches
from ._generic import Generic, TypeVar
from ._quick import quick_recv, quick_recv_multipart, quick_send, quick_send_multipart
from ._serialization import Serialization
from ._short_ways import ShortWays, _as_list
from .base.message import GroupMessage, Message, Part, PipeItem, RoutedMessage
from .base.options import OPTIONS, SocketOptions
from .base.pipe import Pipe
from .constants import Errno, SocketType
from .core.socket_core import SocketCore
from .drivers import ending, exchange, inproc_ends
from .drivers.pump import Pump
from .error import ZMQBindError, ZMQError, error_for
from .frame import COPY_THRESHOLD, Frame, _message_of
from .numbers import Event, Flag, PollEvent, SocketOption
from .patterns.pattern import as_message
from .patterns.single_part import DROP_REASON, is_multipart
from .reporter import Reporter
from .tracker import MessageTracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Any

    from .events import EventStream

_SNDMORE = int(Flag.SNDMORE)
_DONTWAIT = int(Flag.DONTWAIT)
_POLLIN = int(PollEvent.POLLIN)

# The types whose messages say which peer they are for.
_NUMBERED = frozenset({"SERVER", "PEER"})
# The types that libzmq calls thread-safe (RADIO and DISH included). Here all are, but programs ask in order to find
# out which of libzmq's rules hold.
_THREAD_SAFE = frozenset({"CLIENT", "SERVER", "RADIO", "DISH", "SCATTER", "GATHER", "PEER", "CHANNEL"})

# ``underlying`` numbers, so that another Socket object can share a socket (``Socket.shadow``).
_pumps_by_number: weakref.WeakValueDictionary[int, Pump] = weakref.WeakValueDictionary()

SocketT = TypeVar("SocketT", bound="Socket[Any]")
ReceivedT = TypeVar("ReceivedT")  # what the receiving calls return; for asynchronous subclasses


class Socket(ShortWays, OptionAttributes, Batches, Serialization, Generic[ReceivedT]):
    """A ØMQ socket. It may be used from several threads; every message stays whole.

    Made by ``Context.socket(type)``. Options are set with ``set``, ``setsockopt`` or as attributes
    (``socket.linger = 0``). Timeouts are milliseconds.

        >>> with ctx.socket(zmq.REQ) as client:
        ...     client.connect("tcp://127.0.0.1:5555")
        ...     client.send(b"hello")
        ...     client.recv(timeout=1000)
    """

    _shadow = False
    _shadow_obj: Any = None
    _monitor_socket: Any = None
    _type_name = "UNKNOWN"
    _repr_cls: str | None = None
    _poller_class: Any = None
    _waiting_poller_class: Any = None  # what a proxy waits with, where it is not the ordinary one
    context: Any = None
    copy_threshold: int = COPY_THRESHOLD
    if not TYPE_CHECKING:
        send = quick_send(ShortWays.send)
        recv = quick_recv(ShortWays.recv)
        send_multipart = quick_send_multipart(ShortWays.send_multipart)
        recv_multipart = quick_recv_multipart(ShortWays.recv_multipart)
        _plain_send = staticmethod(send)
        _plain_recv = staticmethod(recv)

    def __init__(
        self,
        ctx_or_socket: Any = None,
        socket_type: int = 0,
        *,
        shadow: Any = 0,
        copy_threshold: int | None = None,
    ) -> None:
        shadow_of = ctx_or_socket if isinstance(ctx_or_socket, Socket) else shadow
        if copy_threshold is not None:
            self.copy_threshold = copy_threshold
        if shadow_of:
            self._share(shadow_of)
            return
        context = ctx_or_socket
        if context is None:
            from .context import Context

            context = Context.instance()
        self.context = context
        hub = context._hub_for_new_socket()
        options = SocketOptions(socket_type, context._options)
        core = SocketCore(
            int(options.socket_type), options, int.from_bytes(os.urandom(4)), context._options.max_msgsz
        )
        pump = Pump(core, hub)
        pump.on_news = Reporter(pump)
        self._type_name = core.type_name
        pump.face = weakref.ref(self)
        self._use(pump)  # before the context knows it: if a signal handler raises, __del__ closes it
        try:
            hub.add(pump, context._options.max_sockets)
        except ZMQError:
            del self._pump
            raise
        except (
            BaseException
        ):  # a signal handler raised: nobody will have this socket, so nobody could close it
            ending.close(pump, 0)
            raise
        _pumps_by_number[id(self._pump)] = self._pump

    def _share(self, other: Any) -> None:
        if isinstance(other, Socket):
            self._shadow_obj = other
            self._use(other._pump)
            self.context = other.context
        else:
            pump = _pumps_by_number.get(int(other))
            if pump is None:
                raise error_for(
                    Errno.ENOTSOCK, f"no socket has the number {other!r}: it was closed or never existed"
                )
            self._use(pump)
        self._shadow = True
        self._type_name = self._pump.core.type_name

    @classmethod
    def shadow(cls: type[SocketT], address: Any) -> SocketT:
        """Another Socket object for the same socket; closing it leaves the original open."""
        return cls(shadow=address)

    def __copy__(self: SocketT, memo: Any = None) -> SocketT:
        return self.__class__.shadow(self)

    __deepcopy__ = __copy__

    # -- life ------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """True once the socket was closed."""
        return self._pump.closed

    @property
    def underlying(self) -> int:
        """A number that names this socket in this process (for ``shadow``)."""
        return id(self._pump)

    @property
    def type(self) -> int:
        """The socket type, a ``zmq.SocketType``."""
        return SocketType(self._pump.core.socket_type)

    socket_type = type
    TYPE = type

    def close(self, linger: int | None = None) -> None:
        """Close the socket. Returns at once; what was sent is delivered within LINGER in the background.

        ``linger`` (milliseconds; -1: as long as it takes, 0: not at all) replaces the option. Closing twice is fine.
        """
        pump = self._pump
        if self._shadow or pump.closed:
            return
        ending.close(pump, pump.core.options.linger if linger is None else linger)
        self._parts_in.clear()
        self._parts_out.clear()
        self._monitor_socket = None
        self.context._forget(self)

    @property
    def undelivered(self) -> int:
        """Messages that were sent and have not been handed to a peer: those that wait and those that were given up.

        After ``close`` it falls to 0 if everything can be delivered within LINGER, else to the number that was lost.
        What an inproc peer has in its queue counts as delivered, and so does what the system has taken over.
        """
        return self._pump.undelivered()

    def __enter__(self: SocketT) -> SocketT:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def __del__(self) -> None:
        pump = getattr(self, "_pump", None)
        if pump is None or self._shadow or pump.closed:
            return
        # The garbage collector may run anywhere, even below the lock that closing needs: let the I/O thread do it. This
        # comes first, because the warning may be an exception.
        linger = pump.core.options.linger
        pump.io_thread.call_soon(lambda: ending.close(pump, linger))
        if warnings is not None and not sys.is_finalizing():
            warnings.warn(f"Unclosed socket {self!r}", ResourceWarning, stacklevel=2, source=self)

    def __repr__(self) -> str:
        name = self._repr_cls or f"{_public_name(self.__class__)}"
        state = " closed" if self._pump.closed else ""
        return f"<{name}(zmq.{self._type_name}) at {hex(id(self))}{state}>"

    # -- endpoints -------------------------------------------------------------------------------------

    def bind(self: SocketT, addr: str | bytes) -> _SocketContext[SocketT]:
        """Listen on an endpoint. Usable as a context manager that unbinds at its end.

        Raises ZMQError: EADDRINUSE, EADDRNOTAVAIL, EINVAL for a malformed endpoint, EPROTONOSUPPORT, …
        """
        _endpoints().bind(self._pump, addr)
        return _SocketContext(self, "bind", self._pump.core.last_endpoint)

    def connect(self: SocketT, addr: str | bytes, *, wait: int | None = None) -> _SocketContext[SocketT]:
        """Connect to an endpoint, now and again whenever the connection breaks. The peer need not be there yet.

        With ``wait`` it must be: then this waits for the handshake, at most so many milliseconds (-1: no limit). If
        there is none in that time it raises Again, and if there can be none (refused credentials, wrong socket type or
        mechanism) at once another ZMQError; the text says why, and the endpoint is disconnected again.

        Usable as a context manager that disconnects at its end. Raises ZMQError for a malformed endpoint.
        """
        if wait is None:
            _endpoints().connect(self._pump, addr)
        else:
            from .waiting import connect_and_wait

            connect_and_wait(self._pump, addr, wait)
        return _SocketContext(self, "connect", addr if isinstance(addr, str) else addr.decode())

    def connect_peer(self, addr: str | bytes) -> int:
        """PEER: connect, and return the routing id that the peer has in this socket from now on.

            >>> number = peer.connect_peer("tcp://127.0.0.1:5555")
            >>> peer.send(b"hello", routing_id=number)

        Raises ZMQError: ENOTSUP on other types, EFAULT with IMMEDIATE=1, and what ``connect`` raises.
        """
        return int(_endpoints().connect_peer(self._pump, addr))

    def disconnect_peer(self, routing_id: int) -> None:
        """SERVER, PEER: end the connection to one peer, delivering what is queued within LINGER.

        Raises ZMQError: ENOTSUP on other types, EHOSTUNREACH if there is no such peer.
        """
        _endpoints().disconnect_peer(self._pump, routing_id)

    def get_peer_state(self, routing_id: bytes) -> int:
        """ROUTER, STREAM: POLLOUT if a message to this peer would not have to wait now, else 0.

        Raises ZMQError: EHOSTUNREACH if there is no such peer, ENOTSUP on other types.
        """
        return int(PollEvent.POLLOUT) if _endpoints().peer_has_room(self._pump, bytes(routing_id)) else 0

    def unbind(self, addr: str | bytes) -> None:
        """Stop listening on an endpoint. Its connections end when they are drained; inproc ones go on.

        Raises ZMQError (ENOENT) if it is not bound.
        """
        _endpoints().unbind(self._pump, addr)

    def disconnect(self, addr: str | bytes) -> None:
        """End the connections to an endpoint, delivering what is queued within LINGER. Raises ZMQError (ENOENT)."""
        _endpoints().disconnect(self._pump, addr)

    def bind_to_random_port(
        self, addr: str, min_port: int = 49152, max_port: int = 65536, max_tries: int = 100
    ) -> int:
        """Bind to a free port of ``addr`` (``tcp://127.0.0.1``) and return it.

        Raises ZMQBindError when no port of the range is free after ``max_tries`` attempts.
        """
        if (min_port, max_port) == (49152, 65536):
            self.bind(f"{addr}:*")
            return int(self._pump.core.last_endpoint.rpartition(":")[2])
        import random

        for _ in range(max_tries):
            port = random.randrange(min_port, max_port)
            try:
                self.bind(f"{addr}:{port}")
            except ZMQError as error:
                if error.errno != Errno.EADDRINUSE:
                    raise
            else:
                return port
        raise ZMQBindError("Could not bind socket to random port.")

    # -- who may connect -------------------------------------------------------------------------------

    @property
    def auth(self) -> Any:
        """Who may connect; None: whom the ZAP handler of the context lets in. Set it before bind and connect.

        It is a dictionary of user names and passwords (PLAIN), a collection of public keys (CURVE), or a callable:

            >>> def auth(peer):  # an AuthRequest
            ...     return peer.address.startswith("10.") and users.get(peer.public_key, False)
            >>> server.auth = auth

        A callable returns True, False, or the user id under which the peer is known (``message.get("User-Id")``); it
        may be a coroutine function. It raises PermissionError to refuse with a reason and ``Again`` to refuse for now;
        any other exception is logged, and refuses. It runs on a thread of its own, one call at a time; a coroutine
        runs in the event loop in which it was assigned. HANDSHAKE_IVL is the time that it has. A new value decides
        about the peers that come from then on.
        """
        judge = self._pump.core.judge
        return judge if judge is None else judge.assigned

    @auth.setter
    def auth(self, value: Any) -> None:
        self.set_auth(value)

    def set_auth(self, auth: Any, loop: Any = None) -> None:
        """The same as assigning to ``auth``, with the event loop in which a coroutine function is to run.

        Raises TypeError, ValueError and ZMQError (EINVAL) for what can never decide.
        """
        from .drivers.judging import judge_of, set_judge  # most programs need none

        judge = None if auth is None else judge_of(auth, loop if loop is not None else self._auth_loop())
        with self._pump.lock:
            self._pump.check_alive()
            set_judge(self._pump, judge)

    def _auth_loop(self) -> Any:
        """The event loop for an asynchronous ``auth``: the running one. Asynchronous sockets may know a better one."""
        from .drivers.judging import running_loop

        return running_loop()

    # -- options ---------------------------------------------------------------------------------------

    def set(self, option: int, optval: int | bytes) -> None:
        """Set an option (``zmq.LINGER``, …). Raises ZMQError (EINVAL) or TypeError saying what it takes."""
        pump = self._pump
        core = pump.core
        with pump.lock:
            pump.check_alive()
            value = core.options.check(option, optval)
            if option == SocketOption.ROUTER_RAW:
                _set_router_raw(pump, value)
            elif not core.pattern.set_option(int(option), value):
                core.options.set(option, optval)
                core.pattern.options_changed()
            if option in (SocketOption.SNDHWM, SocketOption.RCVHWM, SocketOption.HWM):
                core.limits_changed()
                inproc_ends.high_water_marks_changed(pump)
            pump.finish_change()

    def get(self, option: int) -> Any:
        """Read an option: int or bytes. Raises ZMQError (EINVAL) for one that cannot be read."""
        pump = self._pump
        core = pump.core
        row = core.options.readable(option)
        if option == SocketOption.RCVMORE:
            self._pump.check_alive()
            return int(self._has_begun_receiving())
        if option == SocketOption.EVENTS:
            return exchange.events(pump) | (_POLLIN if self._has_begun_receiving() else 0)
        with pump.lock:
            if option == SocketOption.FD:
                return pump.notification_fd()
            pump.check_alive()
            if option == SocketOption.LAST_ENDPOINT:
                return core.last_endpoint.encode()
            if option == SocketOption.TYPE:
                return core.socket_type
            if option == SocketOption.TOPICS_COUNT:
                return core.pattern.topics_count
            if option == SocketOption.MECHANISM:
                return core.options.mechanism
            if option == SocketOption.THREAD_SAFE:
                return int(self._type_name in _THREAD_SAFE)
            if row.computed:
                return 0
            return core.options.get(option)

    def setsockopt(self, option: int, optval: int | bytes) -> None:
        """Set an option; the same as ``set``."""
        self.set(option, optval)

    def getsockopt(self, option: int) -> Any:
        """Read an option; the same as ``get``."""
        return self.get(option)

    def set_string(self, option: int, optval: str, encoding: str = "utf-8") -> None:
        """Set an option from text."""
        if not isinstance(optval, str):
            raise TypeError(f"strings only, not {type(optval)}: {optval!r}")
        self.set(option, optval.encode(encoding))

    setsockopt_string = setsockopt_unicode = set_string

    def get_string(self, option: int, encoding: str = "utf-8") -> str:
        """Read a bytes option as text."""
        row = OPTIONS.get(int(option))
        if row is None or row.kind != "bytes":
            raise TypeError(f"option {option} will not return a string")
        value: bytes = self.get(option)
        return value.decode(encoding)

    getsockopt_string = getsockopt_unicode = get_string

    def subscribe(self, topic: str | bytes) -> None:
        """SUB: receive messages that start with this prefix."""
        self.set(SocketOption.SUBSCRIBE, topic.encode() if isinstance(topic, str) else topic)

    def unsubscribe(self, topic: str | bytes) -> None:
        """SUB: take back one ``subscribe`` of this prefix."""
        self.set(SocketOption.UNSUBSCRIBE, topic.encode() if isinstance(topic, str) else topic)

    def join(self, group: str | bytes) -> None:
        """DISH: receive the messages of a group (up to 255 bytes, exact match).

        Raises ZMQError: EINVAL if it is in the group already, ENOTSUP on other types.
        """
        self._dish_call("join", group)

    def leave(self, group: str | bytes) -> None:
        """DISH: leave a group. Raises ZMQError: EINVAL if it is not in the group, ENOTSUP on other types."""
        self._dish_call("leave", group)

    def _dish_call(self, name: str, group: str | bytes) -> None:
        pump = self._pump
        with pump.lock:
            pump.check_alive()
            call = getattr(pump.core.pattern, name, None)
            if call is None:
                raise error_for(
                    Errno.ENOTSUP, f"{name}() is for DISH sockets, and this is a {self._type_name}"
                )
            call(group.encode() if isinstance(group, str) else bytes(group))
            pump.finish_change()

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("subscribe", "unsubscribe"):
            getattr(self, name)(value)
        else:
            super().__setattr__(name, value)

    @property
    def ipc_permissions(self) -> int:
        """The file mode of socket files that later binds make, such as 0o660; -1, the default: as the umask has it.

        Who may write to the file may connect. It never has more than these permissions, not even for a moment.
        """
        return self._pump.core.options.ipc_permissions

    @ipc_permissions.setter
    def ipc_permissions(self, mode: int) -> None:
        if not -1 <= mode <= 0o777:
            raise error_for(
                Errno.EINVAL, f"ipc_permissions must be a file mode up to 0o777, or -1, not {mode!r}"
            )
        with self._pump.lock:
            self._pump.check_alive()
            self._pump.core.options.ipc_permissions = mode

    def set_hwm(self, value: int) -> None:
        """Set SNDHWM and RCVHWM, in messages."""
        self.set(SocketOption.SNDHWM, value)
        self.set(SocketOption.RCVHWM, value)

    def get_hwm(self) -> int:
        """SNDHWM, in messages."""
        return int(self.get(SocketOption.SNDHWM))

    hwm = property(get_hwm, set_hwm)

    @property
    def tls_context(self) -> ssl.SSLContext | None:
        """What later binds and connects over tls+tcp:// and wss:// use: an ``ssl.SSLContext``, or None for the default.

        ::

            server.tls_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            server.tls_context.load_cert_chain("server.pem", "server.key")
        """
        context: ssl.SSLContext | None = self._pump.core.options.tls_context
        return context

    @tls_context.setter
    def tls_context(self, context: ssl.SSLContext | None) -> None:
        import ssl  # 10 ms to import, and few programs need it

        if context is not None and not isinstance(context, ssl.SSLContext):
            raise TypeError(f"tls_context must be an ssl.SSLContext or None, got: {type(context).__name__}")
        self._pump.core.options.tls_context = context

    @property
    def ws_origins(self) -> frozenset[str] | None:
        """The web sites whose pages may connect to later binds of ws:// and wss://, None for all.

        Browsers let any page connect to anything, a service on the visitor's own machine included, and say only where
        the page is from. Programs that are no browsers say nothing and may connect in any case.

            >>> socket.ws_origins = ["https://shop.example"]
        """
        origins: frozenset[str] | None = self._pump.core.options.ws_origins
        return origins

    @ws_origins.setter
    def ws_origins(self, origins: Iterable[str] | None) -> None:
        if origins is not None:
            if isinstance(origins, (str, bytes)):
                raise TypeError(f"ws_origins must be a list of origins or None, got: {origins!r}")
            origins = frozenset(origins)
            for origin in origins:
                if not isinstance(origin, str) or "://" not in origin or origin.count("/") > 2:
                    raise ValueError(f"an origin is scheme://host or scheme://host:port, got: {origin!r}")
        self._pump.core.options.ws_origins = origins

    def fileno(self) -> int:
        """The descriptor of option FD: readable while the socket has something to say."""
        return int(self.get(SocketOption.FD))

    # -- sending ---------------------------------------------------------------------------------------

    def _send_long(
        self,
        data: Any,
        flags: int,
        copy: bool,
        track: bool,
        routing_id: int | None,
        group: str | None,
        timeout: int | None,
    ) -> MessageTracker | None:
        if routing_id is not None or group is not None:
            data = self._addressed(data, copy, track, routing_id, group)
        return self._send_part(data, flags, copy, track, timeout)

    def _addressed(
        self, data: Any, copy: bool, track: bool, routing_id: int | None, group: str | None
    ) -> Frame:
        """The data as a Frame that says where it goes."""
        if group is not None and self._type_name != "RADIO":
            raise error_for(Errno.EINVAL, f"{self._type_name} sockets know no group")
        if routing_id is not None and self._type_name not in _NUMBERED:
            raise error_for(Errno.EINVAL, f"{self._type_name} sockets know no routing_id")
        if isinstance(data, Frame):
            frame = data
        elif copy:
            frame = Frame(data if type(data) is bytes else _to_bytes(data), copy=False)
        else:
            frame = Frame(data, track=track, copy_threshold=self.copy_threshold)
        if routing_id is not None:
            frame.routing_id = routing_id
        if group is not None:
            frame.group = group
        return frame

    def _send_part(
        self, data: Any, flags: int, copy: bool, track: bool, timeout: int | None
    ) -> MessageTracker | None:
        frame = self._as_frame(data, copy, track)
        part: Part | Frame
        if frame is not None:
            part = frame
            tracker = frame.tracker
        else:
            part = data if type(data) is bytes else _to_bytes(data)
            tracker = None
        pump = self._pump
        parts = self._parts_out.mine() if self._parts_out else None
        if self._parts_in and self._type_name in ("REQ", "REP") and self._parts_in.mine() is not None:
            raise error_for(
                Errno.EFSM,
                f"Operation cannot be accomplished in current state: receive the other parts of the message first "
                f"({self._type_name} answers whole messages; RCVMORE is set)",
            )
        if flags & _SNDMORE:
            limit = pump.core.pattern.parts_per_message
            if not limit or len(parts or ()) + 1 < limit:
                if parts is None:
                    exchange.may_start(
                        pump,
                        part if isinstance(part, bytes) else part.buffer,
                        not flags & _DONTWAIT,
                        timeout,
                    )
                    parts = []
                    self._parts_out.keep(parts)
                parts.append(part)
                return tracker
        if parts is not None:
            # If that fails, the parts before this one stay, for the next attempt at the last one.
            self._send_message([*parts, part], flags, timeout)
            self._parts_out.forget()
        else:
            self._send_message([part], flags, timeout)
        return tracker

    def _send_message(self, parts: Sequence[Part | Frame], flags: int, timeout: int | None) -> None:
        exchange.send(self._pump, self._joined(parts), not flags & _DONTWAIT, timeout)

    def _as_message(self, item: Any, index: int) -> Message:
        """What an item of send_many means: bytes-like, or a sequence of that. Raises TypeError, IndexError."""
        if type(item) is bytes:
            return item
        if not isinstance(item, list | tuple):
            _check_part(index, item)
            return self._joined([item if isinstance(item, Frame) else _to_bytes(item)])
        if not item:
            raise IndexError(f"message {index} has no parts: a message has at least one")
        parts: list[Part | Frame] = []
        for part in item:
            _check_part(index, part)
            parts.append(part if isinstance(part, bytes | Frame) else _to_bytes(part))
        return self._joined(parts)

    def _joined(self, parts: Sequence[Part | Frame]) -> Message:
        """The parts as the message that goes into a pipe."""
        message: Message
        if len(parts) == 1 and type(parts[0]) is bytes:
            message = parts[0]
        elif any(isinstance(part, Frame) for part in parts):
            message = _message_of(
                [part if isinstance(part, Frame) else Frame(part, copy=False) for part in parts]
            )
            if self._type_name in _NUMBERED and len(parts) == 1:
                message = RoutedMessage(message, parts[0].routing_id)  # type: ignore[union-attr]  # it is the Frame
            elif self._type_name == "RADIO" and len(parts) == 1:
                message = GroupMessage(message, parts[0]._group)  # type: ignore[union-attr]
        else:
            message = tuple(parts)  # type: ignore[arg-type]
        return message

    def _as_frame(self, data: Any, copy: bool, track: bool) -> Frame | None:
        if isinstance(data, Frame):
            if track and data.tracker is None:
                raise ValueError("Not a tracked message: make the Frame with track=True")
            return data
        if copy:
            return None
        return Frame(data, track=track, copy_threshold=self.copy_threshold)

    def _send_parts_long(
        self,
        msg_parts: Sequence[Any],
        flags: int,
        copy: bool,
        track: bool,
        timeout: int | None,
        **kwargs: Any,
    ) -> MessageTracker | None:
        if kwargs or flags & _SNDMORE or self._sends_itself():
            if timeout is not None:
                kwargs["timeout"] = timeout
            return self._send_parts_one_by_one(msg_parts, flags, copy, track, **kwargs)
        begun = self._parts_out.mine() if self._parts_out else None
        parts: list[Part | Frame] = []
        trackers = []
        for index, data in enumerate(msg_parts):
            if type(data) is bytes and copy:
                parts.append(data)
                continue
            _check_part(index, data)
            frame = self._as_frame(data, copy, track)
            if frame is None:
                parts.append(_to_bytes(data))
            else:
                parts.append(frame)
                if frame.tracker is not None:
                    trackers.append(frame.tracker)
        if not parts:
            raise IndexError("a message has at least one part, got an empty sequence")
        if begun is None:
            self._send_message(parts, int(flags), timeout)
        else:
            self._send_message([*begun, *parts], int(flags), timeout)  # they end a message that send() began
            self._parts_out.forget()
        if copy or not trackers:
            return None
        return trackers[-1] if len(trackers) == 1 else MessageTracker(*trackers)

    def _has_own_calls(self) -> bool:
        cls = type(self)
        return (
            cls.send is not Socket.send
            or cls.recv is not Socket.recv
            or cls.send_multipart is not Socket.send_multipart
            or cls.recv_multipart is not Socket.recv_multipart
        )

    def _send_parts_one_by_one(
        self, msg_parts: Sequence[Any], flags: int, copy: bool, track: bool, **kwargs: Any
    ) -> MessageTracker | None:
        for index, data in enumerate(msg_parts):
            _check_part(index, data)
        for data in msg_parts[:-1]:
            self.send(data, _SNDMORE | flags, copy=copy, track=track, **kwargs)
        return self.send(msg_parts[-1], flags, copy=copy, track=track, **kwargs)

    # -- receiving -------------------------------------------------------------------------------------

    def _recv_odd(self, item: PipeItem, flags: int, timeout: int | None) -> Any:
        """What ``recv`` returns for an item from the lane that is not ``bytes``."""
        if self._pump.core.pattern.is_single_part:
            return self._single_part(item, flags, timeout)
        return self._first_part(as_message(item), None, True)

    def _single_part(self, item: PipeItem, flags: int, timeout: int | None) -> bytes:
        """What a type whose messages have one part makes of an item from the lane that is not ``bytes``."""
        pump = self._pump
        if is_multipart(item):
            with pump.lock:
                pump.core.pattern.drop(DROP_REASON, item)
            item, _ = exchange.recv_from(pump, not flags & _DONTWAIT, timeout)
        message = as_message(item)
        return message if isinstance(message, bytes) else bytes(message[0])

    def _recv_part(self, flags: int, copy: bool, timeout: int | None) -> Any:
        begun = self._parts_in.mine() if self._parts_in else None
        if begun is not None:
            self._pump.check_alive()
            rest, pipe = begun
            part = rest.popleft()
            if not rest:
                self._parts_in.forget()
            return _as_received(part, bool(rest), pipe, copy)
        message, pipe = exchange.recv_from(self._pump, not flags & _DONTWAIT, timeout)
        if type(message) is bytes and copy:
            return message
        return self._first_part(message, pipe, copy)

    def _first_part(self, message: Message, pipe: Pipe | None, copy: bool) -> Any:
        if type(message) is bytes:
            return _as_received(message, False, pipe, copy)
        parts: deque[Part] = deque(message)  # type: ignore[arg-type]
        first = parts.popleft()
        if parts:
            self._parts_in.keep((parts, pipe))
        received = _as_received(first, bool(parts), pipe, copy)
        if type(message) is GroupMessage and not copy:
            received._group = message.group
        return received

    def _recv_parts_long(self, flags: int, copy: bool, timeout: int | None) -> list[Any]:
        begun = self._parts_in.mine() if self._parts_in else None
        if begun is not None:
            self._parts_in.forget()
            return _all_received(tuple(begun[0]), begun[1], copy)
        message, pipe = exchange.recv_from(self._pump, not flags & _DONTWAIT, timeout)
        if copy:
            return _as_list(message)
        frames = _all_received((message,) if isinstance(message, bytes) else message, pipe, copy)
        if type(message) is GroupMessage:
            frames[0]._group = message.group
        return frames

    def recv_into(
        self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0, timeout: int | None = None
    ) -> int:
        """Receive one part into a writable buffer; returns the part's size.

        At most ``nbytes`` (0: the buffer's size) are stored; a result above that tells that the rest was cut off.
        Raises BufferError or TypeError if the buffer is not writable and contiguous, and what ``recv`` raises.
        """
        room = _room_in(buffer, nbytes)
        data: bytes = self.recv(flags, timeout=timeout) if timeout is not None else self.recv(flags)
        return _fill(room, data)

    # -- waiting ---------------------------------------------------------------------------------------

    def poll(self, timeout: float | None = None, flags: int = PollEvent.POLLIN) -> int:
        """Wait for events (POLLIN, POLLOUT) for ``timeout`` milliseconds (None or negative: no limit).

        Returns those that are set, 0 when the time is up. Raises ZMQError (ENOTSUP) on a closed socket.
        """
        if self.closed:
            raise error_for(
                Errno.ENOTSUP, self._pump.why_unusable() or "this socket is closed: it cannot be polled"
            )
        flags = int(flags)
        timeout_s = None if timeout is None else exchange.seconds(int(timeout))
        if flags & _POLLIN and self._has_begun_receiving():
            return _POLLIN | exchange.poll(self._pump, flags, 0.0)
        return exchange.poll(self._pump, flags, timeout_s)

    def _has_more(self) -> bool:
        return bool(self.get(SocketOption.RCVMORE))

    def _has_begun_receiving(self) -> bool:
        """This thread has received the first part of a message, and not the last."""
        return bool(self._parts_in) and self._parts_in.mine() is not None

    def wait_for_peers(self, n: int = 1, timeout: int | None = None) -> int:
        """Wait until at least ``n`` peers are connected, with their handshakes done; returns how many are.

        ``timeout`` is in milliseconds (None or negative: no limit). Raises Again when the time is up; the text says
        who is missing.

            >>> push.bind("tcp://*:5557")
            >>> push.wait_for_peers(4, timeout=30_000)  # all workers are there: share the work fairly
        """
        from .waiting import wait_for_peers

        return wait_for_peers(self._pump, n, timeout)

    def wait_for_subscribers(self, n: int = 1, topic: str | bytes = b"", timeout: int | None = None) -> int:
        """PUB, XPUB, RADIO: wait until ``n`` peers would get a message of this topic or group; returns how many would.

        Without a topic, peers count that have subscribed to anything. What is sent afterwards reaches them. ``timeout``
        is in milliseconds (None or negative: no limit).

        Raises Again when the time is up, and ZMQError (ENOTSUP) for other types.

            >>> pub.wait_for_subscribers(timeout=5000)  # no sleep(1)
            >>> pub.send_multipart([b"weather", b"sunny"])
        """
        from .waiting import wait_for_subscribers

        return wait_for_subscribers(
            self._pump, n, topic.encode() if isinstance(topic, str) else topic, timeout
        )

    # -- looking inside --------------------------------------------------------------------------------

    def stats(self) -> dict[str, Any]:
        """Counters of this socket: messages and bytes in and out, drops and failures by reason, queue depths, …"""
        from .stats import stats_of

        return stats_of(self._pump)

    def peers(self) -> list[dict[str, Any]]:
        """One entry per connection: endpoint, address, socket type, routing id, state, counters, queue depths."""
        from .stats import peers_of

        return peers_of(self._pump)

    def explain(self) -> str:
        """Why nothing moves, in words: who is not connected and why, which queue is full, what is to be done first, …

        One line for each thing that stands in the way. For people; the words may change.

            >>> print(socket.explain())
            PUSH: nobody is connected
            tcp://127.0.0.1:5555: Connection refused (ECONNREFUSED); 3 attempts, the next in 85 ms
        """
        from .explaining import explain

        return explain(self._pump)

    def monitor(
        self,
        addr: str | None,
        events: int = Event.ALL,
        version: int = 1,
        type: int = SocketType.PAIR,
    ) -> None:
        """Publish this socket's lifecycle events on an inproc endpoint; None stops it.

        ``version`` is the format of the messages: see ``zmq.utils.monitor``. ``type`` is the socket that publishes:
        PAIR, PUB or PUSH. A second monitor replaces the first; ``monitor_events`` allows any number of listeners.

        Raises ZMQError: EPROTONOSUPPORT for anything but inproc, EINVAL for events that version 1 does not have.
        """
        from .monitor import start_monitor

        start_monitor(self, addr, int(events), version, type)

    def get_monitor_socket(self, events: int | None = None, addr: str | None = None, version: int = 1) -> Any:
        """A connected PAIR socket that receives this socket's events; see ``zmq.utils.monitor``."""
        if self._monitor_socket is not None and not self._monitor_socket.closed:
            return self._monitor_socket
        if addr is None:
            addr = f"inproc://monitor.s-{self.underlying}-{os.urandom(4).hex()}"
        self.monitor(addr, Event.ALL if events is None else events, version)
        self._monitor_socket = self.context.socket(SocketType.PAIR)
        self._monitor_socket.connect(addr)
        return self._monitor_socket

    def disable_monitor(self) -> None:
        """Stop the monitor, and forget the socket of ``get_monitor_socket``."""
        reporter = self._pump.on_news
        if isinstance(reporter, Reporter) and reporter.monitor is not None:
            from .monitor import stop_monitor

            stop_monitor(reporter)
        self._monitor_socket = None

    def monitor_pipes_stats(self) -> None:
        """Make a PIPES_STATS event for each peer: how many messages are queued to it and from it.

        Raises ZMQError: EINVAL if nobody listens for PIPES_STATS, EAGAIN if there are no peers.
        """
        from .monitor import tell_pipes_stats

        tell_pipes_stats(self._pump)

    def monitor_events(
        self, events: int = Event.ALL_V2, timeout: int | None = None, limit: int = 1000
    ) -> EventStream:
        """This socket's lifecycle events from now on as objects, for ``for`` and ``async for``.

        ``timeout`` ends the iteration after so many milliseconds without an event (None: no limit); it also ends when
        the socket is closed. Of events that nobody takes, ``limit`` are kept, and further ones are lost and counted.

            >>> for event in socket.monitor_events(timeout=1000):
            ...     print(event)
        """
        from .events import open_stream

        return open_stream(self._pump, int(events), timeout, limit)


class _SocketContext(Generic[SocketT]):
    """What bind and connect return: unbinds or disconnects at the end of a ``with`` block."""

    def __init__(self, socket: SocketT, kind: str, addr: str) -> None:
        self.socket = socket
        self.kind = kind
        self.addr = addr

    def __enter__(self) -> SocketT:
        return self.socket

    def __exit__(self, *args: object) -> None:
        if self.socket.closed:
            return
        if self.kind == "bind":
            self.socket.unbind(self.addr)
        else:
            self.socket.disconnect(self.addr)

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}({self.kind}={self.addr!r})>"


def _set_router_raw(pump: Pump, value: Any) -> None:
    if pump.listeners or pump.connectors or pump.core.pipes:
        raise error_for(Errno.EINVAL, "ROUTER_RAW changes what the socket is: set it before bind and connect")
    pump.core.options.set(SocketOption.ROUTER_RAW, value)
    pump.core.choose_rules()


def _endpoints() -> Any:
    # Imported with the first context: see hub.py.
    from .drivers import endpoints

    return endpoints


def _public_name(cls: type) -> str:
    module = "zmq" if cls.__module__ == "purezmq.socket" else cls.__module__
    return f"{module}.{cls.__name__}"


def _check_part(index: int, data: Any) -> None:
    if isinstance(data, Frame | bytes):
        return
    try:
        memoryview(data)
    except TypeError:
        shown = repr(data)
        shown = shown if len(shown) <= 40 else shown[:36] + "..."
        raise TypeError(
            f"Frame {index} ({shown}) does not support the buffer interface: send bytes (text: encode it)."
        ) from None


def _to_bytes(data: Any) -> bytes:
    if isinstance(data, str):
        raise TypeError("unicode not allowed, use send_string")
    view = memoryview(data)
    if not view.contiguous:
        raise BufferError("only contiguous memory can be sent: copy the data first")
    return view.tobytes()


def _room_in(buffer: Any, nbytes: int) -> memoryview:
    """The part of a writable buffer that may be filled."""
    view = memoryview(buffer)
    if view.readonly:
        raise BufferError("recv_into needs a writable buffer")
    if not view.contiguous:
        raise BufferError("recv_into needs a contiguous buffer")
    if nbytes < 0:
        raise ValueError(f"nbytes={nbytes} must not be negative")
    view = view.cast("B")
    if nbytes > len(view):
        raise ValueError(f"nbytes={nbytes} is more than the buffer holds ({len(view)} bytes)")
    return view[: nbytes or len(view)]


def _fill(room: memoryview, data: bytes) -> int:
    count = min(len(room), len(data))
    room[:count] = data[:count]
    return len(data)


def _as_received(part: Part, more: bool, pipe: Pipe | None, copy: bool) -> Any:
    data = part if isinstance(part, bytes) else bytes(part)
    if copy:
        return data
    properties = {} if pipe is None else pipe.properties
    link = None if pipe is None else pipe.link
    fd: int = getattr(link, "fd", -1)
    frame = Frame._received(data, more, properties, fd)
    if pipe is not None and pipe.server_id:
        frame._routing_id = pipe.server_id
    return frame


def _all_received(parts: Sequence[Part], pipe: Pipe | None, copy: bool) -> list[Any]:
    last = len(parts) - 1
    return [_as_received(part, index < last, pipe, copy) for index, part in enumerate(parts)]
