"""A ØMQ socket in tornado's loop: callbacks for messages, and a queue of what is to be sent.

    >>> stream = ZMQStream(socket)
    >>> stream.on_recv(lambda parts: stream.send_multipart(parts))

The loop watches the socket's FD. That is readable for as long as there is a message, so it is watched only while
somebody wants messages, or while a message to send waits for room; otherwise the loop would spin.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
import warnings
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tornado.ioloop import IOLoop
from tornado.log import gen_log

from ..constants import Errno, Flag, PollEvent
from ..error import ContextTerminated, ZMQError
from ..poll import Poller
from ..socket import Socket
from ..utils import jsonapi

__all__ = ["ZMQStream"]

_IN, _OUT = int(PollEvent.POLLIN), int(PollEvent.POLLOUT)

# Sent in one turn of the loop; then others have theirs.
_SHARE = 100

# What waits for room in a socket that has messages nobody wants cannot wait for the FD. It looks at these intervals.
_LOOK_S = 0.01

Callback = Callable[..., Any]


class ZMQStream:
    """Calls back for what a socket receives and sends, in a tornado loop (default: the current one).

    Other threads may send; everything else is for the loop's thread, or for before the loop runs.
    """

    socket: Any
    io_loop: Any
    poller: Any

    def __init__(self, socket: Any, io_loop: IOLoop | None = None) -> None:
        self.socket = _plain(socket)
        self.io_loop = io_loop or IOLoop.current()
        self.poller = Poller()
        self._fd = int(self.socket.FD)
        self._is_watching = False
        self._is_scheduled = False
        self._send_queue: deque[tuple[Sequence[Any], dict[str, Any]]] = deque()
        self._recv_callback: Callback | None = None
        self._send_callback: Callback | None = None
        self._close_callback: Callback | None = None
        self._recv_copy = True
        self._flushed = False  # flush() had its turn: the loop's is over
        for name in (
            "bind",
            "bind_to_random_port",
            "connect",
            "getsockopt",
            "getsockopt_string",
            "getsockopt_unicode",
            "setsockopt",
            "setsockopt_string",
            "setsockopt_unicode",
        ):
            setattr(self, name, getattr(self.socket, name))

    # -- callbacks -------------------------------------------------------------------------------------

    def on_recv(self, callback: Callback | None, copy: bool = True) -> None:
        """Call ``callback(parts)`` for each message: bytes, or Frames with ``copy=False``. None: receive no more.

        A callback may be a coroutine function. It replaces the one before. Raises OSError if the stream is closed.
        """
        self._check_closed()
        _check_callable(callback)
        self._recv_callback = callback
        self._recv_copy = copy
        self._come_back(0.0)

    def on_recv_stream(self, callback: Callback | None, copy: bool = True) -> None:
        """Call ``callback(stream, parts)`` for each message; see ``on_recv``."""
        self.on_recv(callback and (lambda parts: callback(self, parts)), copy)

    def on_send(self, callback: Callback | None) -> None:
        """Call ``callback(parts, status)`` when a message was sent, with what ``send_multipart`` returned or raised."""
        self._check_closed()
        _check_callable(callback)
        self._send_callback = callback

    def on_send_stream(self, callback: Callback | None) -> None:
        """Call ``callback(stream, parts, status)``; see ``on_send``."""
        self.on_send(callback and (lambda parts, status: callback(self, parts, status)))

    def on_err(self, callback: Callback) -> None:
        """Deprecated: nothing calls it."""
        gen_log.warning("ZMQStream.on_err does nothing")

    def stop_on_recv(self) -> None:
        """Receive no more."""
        self.on_recv(None)

    def stop_on_send(self) -> None:
        """Call nobody any more when messages were sent."""
        self.on_send(None)

    def stop_on_err(self) -> None:
        """Deprecated: see ``on_err``."""
        gen_log.warning("ZMQStream.stop_on_err does nothing")

    def set_close_callback(self, callback: Callback | None) -> None:
        """Call ``callback()`` when the stream was closed."""
        self._close_callback = callback

    # -- sending ---------------------------------------------------------------------------------------

    def send(
        self,
        msg: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        callback: Callback | None = None,
        **kwargs: Any,
    ) -> None:
        """Send one part soon; see ``send_multipart``."""
        self.send_multipart([msg], flags=flags, copy=copy, track=track, callback=callback, **kwargs)

    def send_multipart(
        self,
        msg: Sequence[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        callback: Callback | None = None,
        **kwargs: Any,
    ) -> None:
        """Send a message as soon as there is room, after those before it. ``callback``: the new ``on_send``."""
        self._check_closed()
        self._send_queue.append((msg, dict(kwargs, flags=flags, copy=copy, track=track)))
        if callback is not None:
            self.on_send(callback)
        self._come_back(0.0)

    def send_string(
        self, u: str, flags: int = 0, encoding: str = "utf-8", callback: Callback | None = None, **kwargs: Any
    ) -> None:
        """Send text soon. Raises TypeError for anything else."""
        if not isinstance(u, str):
            raise TypeError("str objects only")
        self.send(u.encode(encoding), flags=flags, callback=callback, **kwargs)

    send_unicode = send_string

    def send_json(self, obj: Any, flags: int = 0, callback: Callback | None = None, **kwargs: Any) -> None:
        """Send an object as JSON soon."""
        self.send(jsonapi.dumps(obj), flags=flags, callback=callback, **kwargs)

    def send_pyobj(
        self, obj: Any, flags: int = 0, protocol: int = -1, callback: Callback | None = None, **kwargs: Any
    ) -> None:
        """Send a pickle of an object soon. The receiver has to trust us: see ``Socket.recv_pyobj``."""
        self.send(pickle.dumps(obj, protocol), flags=flags, callback=callback, **kwargs)

    # -- now -------------------------------------------------------------------------------------------

    def flush(self, flag: int = _IN | _OUT, limit: int | None = None) -> int:
        """Handle what is waiting right now, without the loop: POLLIN, POLLOUT, at most ``limit`` messages.

        With POLLIN messages are received even if nobody wants them. Returns how many messages were handled.
        """
        self._check_closed()
        already_flushed, self._flushed = self._flushed, False
        count = 0
        while self.socket is not None and (not limit or count < limit):
            handled = self._step(self.socket.EVENTS, bool(flag & _IN), bool(flag & _OUT), 1)
            if not handled:
                break
            count += handled
        self._flushed = bool(count) or already_flushed
        if count and not already_flushed:
            self.io_loop.add_callback(self._finish_flush)
        self._rebuild_io_state()
        return count

    def _finish_flush(self) -> None:
        self._flushed = False
        if self.socket is not None and not self.socket.closed:
            self._rebuild_io_state()

    # -- life ------------------------------------------------------------------------------------------

    def close(self, linger: int | None = None) -> None:
        """Close the stream and its socket. What still waits in the stream is not sent."""
        socket, self.socket = self.socket, None
        if socket is None:
            return
        self._watch(False)
        socket.close(linger)
        callback, self._close_callback = self._close_callback, None
        if callback is not None:
            self._run_callback(callback)

    def closed(self) -> bool:
        """True once the stream, or its socket, was closed."""
        if self.socket is not None and self.socket.closed:
            self.close()  # somebody closed the socket without us
        return self.socket is None

    def receiving(self) -> bool:
        """Whether there is a callback for messages."""
        return self._recv_callback is not None

    def sending(self) -> bool:
        """Whether messages wait to be sent."""
        return bool(self._send_queue)

    def _check_closed(self) -> None:
        if self.socket is None:
            raise OSError("Stream is closed")

    # -- the loop's side -------------------------------------------------------------------------------

    def _handle_events(self, fd: Any = None, events: int = 0) -> None:
        """The loop says that something has happened."""
        if self.socket is None or self.closed():
            return
        try:
            zmq_events = self.socket.EVENTS
        except ContextTerminated:
            gen_log.warning("the context of stream %s was terminated", self)
            self._watch(False)
            return
        except ZMQError as error:
            if not self.closed():
                gen_log.error("no events of stream %s: %s", self, error)
                self._watch(False)
            return
        if not self._flushed:
            self._step(zmq_events, self.receiving(), True, _SHARE)
        self._rebuild_io_state()

    def _step(self, events: int, receives: bool, sends: bool, share: int) -> int:
        """One message in, and a share of those that wait out. How many it were."""
        count = 0
        if events & _IN and receives:
            count += self._handle_recv()
        while share and sends and self._send_queue and self.socket is not None:
            if count or not events & _OUT:
                events = self.socket.EVENTS
            if not events & _OUT:
                break
            self._handle_send()
            count += 1
            share -= 1
        return count

    def _handle_recv(self) -> int:
        try:
            parts = self.socket.recv_multipart(Flag.DONTWAIT, copy=self._recv_copy)
        except ZMQError as error:
            if error.errno != Errno.EAGAIN:
                raise
            return 0
        if self._recv_callback is not None:
            self._run_callback(self._recv_callback, parts)
        return 1

    def _handle_send(self) -> None:
        parts, options = self._send_queue.popleft()
        status: Any
        try:
            status = self.socket.send_multipart(parts, **options)
        except ZMQError as error:
            gen_log.error("stream %s could not send: %s", self, error)
            status = error
        if self._send_callback is not None:
            self._run_callback(self._send_callback, parts, status)

    def _run_callback(self, callback: Callback, *args: Any) -> None:
        try:
            result = callback(*args)
        except Exception:
            gen_log.error("Uncaught exception in ZMQStream callback", exc_info=True)
            raise
        if isinstance(result, Awaitable):
            asyncio.ensure_future(result).add_done_callback(_log_failure)

    def _rebuild_io_state(self) -> None:
        """Watch the FD if that leads to something, and come back at once if something is there already."""
        if self.socket is None:
            return
        if not (self.receiving() or self.sending()):
            self._watch(False)
            return
        events = self.socket.EVENTS
        is_ignored = bool(events & _IN) and not self.receiving()
        self._watch(not is_ignored)
        if (events & _IN and self.receiving()) or (events & _OUT and self.sending()):
            self._come_back(0.0)
        elif is_ignored:
            self._come_back(_LOOK_S)

    def _come_back(self, delay_s: float) -> None:
        if self._is_scheduled:
            return
        self._is_scheduled = True
        if delay_s:
            self.io_loop.add_callback(self.io_loop.call_later, delay_s, self._scheduled)
        else:
            self.io_loop.add_callback(self._scheduled)

    def _scheduled(self) -> None:
        self._is_scheduled = False
        if self.socket is not None:
            self._handle_events()

    def _watch(self, wanted: bool) -> None:
        if wanted and not self._is_watching:
            self._is_watching = True
            self.io_loop.add_handler(self._fd, self._handle_events, self.io_loop.READ)
        elif self._is_watching and not wanted:
            self._is_watching = False
            self.io_loop.remove_handler(self._fd)


def _plain(socket: Any) -> Any:
    """The socket itself, or a plain one for the same if it belongs to an event loop: its calls must not be awaited."""
    if not _is_asynchronous(socket):
        return socket
    warnings.warn(
        f"ZMQStream takes plain sockets, not {socket!r}: make it with socket_class=zmq.Socket, or shadow it with "
        "zmq.Socket(shadow=socket)",
        RuntimeWarning,
        stacklevel=3,
    )
    return Socket(shadow=socket)


def _is_asynchronous(socket: Any) -> bool:
    # Not imported here: if nobody else has, the socket cannot be one.
    module = sys.modules.get("purezmq._future")
    return module is not None and isinstance(socket, module._AsyncSocket)


def _check_callable(callback: Any) -> None:
    if callback is not None and not callable(callback):
        raise TypeError(f"a callback must be callable, got: {callback!r}")


def _log_failure(future: Any) -> None:
    if not future.cancelled() and future.exception() is not None:
        gen_log.error("Uncaught exception in ZMQStream callback", exc_info=future.exception())
