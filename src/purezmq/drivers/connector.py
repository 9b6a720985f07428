"""Dialling an endpoint, and dialling it again when the connection breaks.

States: looking up a name, dialling, connected (a StreamHandler lives), waiting for the next attempt, ended. The session
and its pipe are the same all the time; every attempt looks the name up again and tries all its addresses in turn.
"""

from __future__ import annotations

import errno
import os
import socket as os_socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..constants import Event, ReconnectStop
from ..core.backoff import Backoff
from . import ending
from .handler import Handler, is_foreign
from .selector import WRITABLE
from .streams import NewConnection, NewStream, StreamHandler

if TYPE_CHECKING:
    from ..base.options import SocketOptions
    from ..base.pipe import Pipe
    from ..core.session import Session
    from ..transports.stream import Dialler
    from .pump import Pump


class Connector(Handler):
    """The connecting side of one endpoint."""

    is_bound = False

    __slots__ = (
        "_addresses",
        "_backoff",
        "_dialler",
        "_dialling",
        "_lookup_number",
        "_new_connection",
        "_new_stream",
        "_next_attempt",
        "_on_gone",
        "_options",
        "_timeout_at",
        "endpoint",
        "retire_at",
        "session",
        "stream",
        "text",
    )

    def __init__(
        self,
        pump: Pump,
        text: str,
        session: Session,
        dialler: Dialler,
        options: SocketOptions,
        new_connection: NewConnection,
        new_stream: NewStream,
        on_gone: Callable[[Connector], None],
    ) -> None:
        super().__init__(pump)
        self.text = text
        self.endpoint = session.endpoint
        self.session = session
        self.stream: StreamHandler | None = None
        self._dialler = dialler
        self._options = options  # as they were at connect()
        self._new_connection = new_connection
        self._new_stream = new_stream
        self._on_gone = on_gone
        self._backoff = Backoff(options.reconnect_ivl, options.reconnect_ivl_max, _random)
        self._addresses: list[Any] = []
        self._dialling: os_socket.socket | None = None
        self._lookup_number = 0
        self._next_attempt = 0.0
        self._timeout_at = 0.0
        self.retire_at = 0.0  # set by disconnect(): when to give up delivering

    # -- one attempt -----------------------------------------------------------------------------------

    def attempt(self, now: float) -> None:
        """Find out where to dial, then dial."""
        self._next_attempt = 0.0
        addresses = self._dialler.addresses()
        if addresses is not None:
            self._addresses = addresses
            self._dial_next(now)
            return
        self._lookup_number += 1
        number = self._lookup_number
        self.pump.hub.look_up(self._dialler.look_up, lambda found: self._looked_up(number, found))

    def _looked_up(self, number: int, found: list[Any] | OSError) -> None:
        """The name service answered (called on another thread, without the lock)."""
        with self.pump.lock:
            if not self.is_open or number != self._lookup_number or self.stream is not None:
                return
            now = time.monotonic()
            if isinstance(found, OSError):
                self.pump.failures["lookup_failed"] += 1
                self._retry(
                    now, errno.EHOSTUNREACH, f"cannot look up {self.endpoint}: {found.strerror or found}"
                )
            else:
                self._addresses = found
                self._dial_next(now)
            self.pump.finish_step()

    def _dial_next(self, now: float) -> None:
        error: OSError = OSError(errno.EHOSTUNREACH, "no address to dial")
        while self._addresses:
            address = self._addresses.pop(0)
            try:
                sock, connected = self._dialler.dial(address)
            except OSError as failed:
                if is_foreign(failed):
                    raise
                error = failed
                continue
            self.fd = sock.fileno()
            if connected:
                self._established(sock, now)
                return
            self._dialling = sock
            self.pump.core.tell(Event.CONNECT_DELAYED, errno.EINPROGRESS, self.endpoint)
            self.watch(WRITABLE)
            timeout_ms = self._options.connect_timeout
            if timeout_ms > 0:
                self._timeout_at = now + timeout_ms / 1000
                self.wake_at(self._timeout_at)
            return
        self._failed_attempt(error.errno or errno.EHOSTUNREACH, now)

    def on_events(self, mask: int, now: float) -> None:
        sock = self._dialling
        if sock is None:
            return
        number = sock.getsockopt(os_socket.SOL_SOCKET, os_socket.SO_ERROR)
        if number:
            self._abandon_dialling()
            if self._addresses:
                self._dial_next(now)
            else:
                self._failed_attempt(number, now)
            return
        self.watch(0)
        self.pump.forget(self)
        self._dialling = None  # not earlier: until here broken() has to close it
        try:
            self._established(sock, now)
        except BaseException:
            if self.stream is None:
                sock.close()
            raise

    def _established(self, sock: os_socket.socket, now: float) -> None:
        self._timeout_at = 0.0
        self._addresses = []
        try:
            peer_address = self._dialler.established(sock)
        except OSError as error:
            sock.close()
            if is_foreign(error):
                raise
            self._failed_attempt(error.errno or errno.ECONNREFUSED, now)
            return
        self._backoff.reset()
        core = self.pump.core
        core.tell(Event.CONNECTED, sock.fileno(), self.endpoint)
        stream = self._new_stream(self.pump, sock, self.session, self._stream_ended)
        self.stream = stream
        self.pump.streams.add(stream)
        self.session.start(self._new_connection(now), stream, peer_address, now)
        stream.start(now)

    # -- failing and trying again ----------------------------------------------------------------------

    def _abandon_dialling(self) -> None:
        sock = self._dialling
        if sock is not None:
            self.watch(0)
            self.pump.forget(self)
            sock.close()
            self._dialling = None
            self.pump.core.tell(Event.CLOSED, self.fd, self.endpoint)

    def _failed_attempt(self, number: int, now: float) -> None:
        self._timeout_at = 0.0
        self.pump.failures["connect_failed"] += 1
        stop = self._options.reconnect_stop
        if number == errno.ECONNREFUSED and stop & ReconnectStop.CONN_REFUSED:
            self._give_up()
            return
        self._retry(now, number, "")

    def _stream_ended(self, stream: StreamHandler, number: int) -> None:
        """The connection broke, or the conversation failed."""
        pump = self.pump
        pump.streams.discard(stream)
        self.stream = None
        session = self.session
        failure = session.why_failed
        in_handshake = not session.is_live
        stop = self._options.reconnect_stop
        final = failure is not None and not failure.retry
        if in_handshake and stop & ReconnectStop.HANDSHAKE_FAILED:
            final = True
        final = final or self._backoff.is_off or not self.is_open
        session.connection_lost(final=final)
        if final:
            self._give_up()
        else:
            pump.core.reconnects += 1
            self._retry(time.monotonic(), number, "")

    def _retry(self, now: float, number: int, reason: str) -> None:
        if self._backoff.is_off or ending.has_nothing_to_deliver(self.pump, self):
            self._give_up()
            return
        delay_ms = self._backoff.next_delay_ms()
        self.pump.core.tell(Event.CONNECT_RETRIED, delay_ms, self.endpoint, reason)
        self._next_attempt = now + delay_ms / 1000
        self.wake_at(self._next_attempt)

    def _give_up(self) -> None:
        """No further attempt: the endpoint is gone."""
        if self.is_open:
            self.give_up()
            self._on_gone(self)

    def on_timer(self, now: float) -> None:
        if not self.is_open:
            return
        if self._timeout_at and now >= self._timeout_at:
            self._abandon_dialling()
            self._failed_attempt(errno.ETIMEDOUT, now)
        elif self._next_attempt and now >= self._next_attempt:
            self.attempt(now)
        else:
            pending = [when for when in (self._next_attempt, self._timeout_at, self.retire_at) if when > now]
            if pending and min(pending) != float("inf"):
                self.wake_at(min(pending))

    def broken(self, error: BaseException) -> None:
        stream = self.stream
        if stream is not None:  # half made; its end makes us try again
            stream.broken(error)
            return
        self._abandon_dialling()
        self._retry(time.monotonic(), errno.EIO, f"internal error: {error!r}")

    def abandon(self) -> None:
        if self._dialling is not None:
            self._dialling.close()

    def go_on(self) -> None:
        """A step was interrupted, perhaps in the middle of one of our moves: make sure that there is a next one."""
        if not self.is_open:
            return
        now = time.monotonic()
        stream = self.stream
        if stream is not None:
            if not stream.is_open:
                self._stream_ended(stream, errno.EIO)
            elif self.session.connection is None or not (self.session.is_live or stream.interest):
                stream.broken(InterruptedError("a signal handler raised"))  # it was never started
        elif not self._next_attempt and (self._dialling is None or not self.interest):
            self._abandon_dialling()
            self._retry(now, errno.EIO, "")
        if self._next_attempt:
            # Ask again: the timer may have been noted, but not set. One too many is harmless.
            self.pump.io_thread.schedule(max(now, self._next_attempt), self)

    # -- the end ---------------------------------------------------------------------------------------

    @property
    def pipe(self) -> Pipe | None:
        """The pipe to the peer, if there is one."""
        return self.session.pipe

    @property
    def has_unsent(self) -> bool:
        """True while something that the application sent has not left this process."""
        if self.stream is not None:
            return self.stream.has_unsent
        return self.session.pipe is not None and bool(self.session.pipe.outbox)

    @property
    def unsent(self) -> int:
        """Messages that have not left completely."""
        if self.stream is not None:
            return self.stream.unsent
        return 0 if self.session.pipe is None else len(self.session.pipe.outbox)

    @property
    def state(self) -> str:
        """What the connector is doing, for peers()."""
        if self.stream is not None:
            return "connected" if self.session.is_live else "handshaking"
        return "waiting" if self._next_attempt else "connecting"

    def give_up(self) -> None:
        """Stop dialling and end the connection; what is queued is lost (and counted)."""
        self.is_open = False
        self._lookup_number += 1
        self._abandon_dialling()
        stream = self.stream
        if stream is not None:
            stream.close()
            self.pump.streams.discard(stream)
            self.stream = None
        self.session.connection_lost(final=True)


def _random() -> float:
    # A number from 0 to 1 for the jitter, without the import of ``random``, which is slow.
    return int.from_bytes(os.urandom(4)) / 2**32
