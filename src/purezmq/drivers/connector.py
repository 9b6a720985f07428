"""Dialling an endpoint, and dialling it again when the connection breaks.

States: looking up a name, dialling, negotiating (with a proxy), connected (a StreamHandler lives), waiting for the next
attempt, ended. The session and its pipe are the same all the time; every attempt looks the name up again and dials all
its addresses, one a little after the other.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable

from ..core.backoff import Backoff
from ..numbers import Event, ReconnectStop
from ..transports.names import names_of
from ..transports.stream import DialFailed
from . import ending
from .dialling import Dialling, Negotiating, OnTheWay
from .handler import Handler, is_foreign
from .streams import NewConnection, NewStream, StreamHandler
from .troubles import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..base.options import SocketOptions
    from ..base.pipe import Pipe
    from ..core.session import Session
    from ..transports.stream import Dialler
    from ..unpatched import socket as os_socket
    from .pump import Pump


# How long an address has before the next one is dialled, too: the "Connection Attempt Delay" that RFC 8305 recommends.
_HEAD_START_S = 0.25


class Connector(Handler):
    """The connecting side of one endpoint."""

    is_bound = False

    __slots__ = (
        "_addresses",
        "_backoff",
        "_dialler",
        "_error",
        "_is_looking_up",
        "_last_reason",
        "_lookup_number",
        "_new_connection",
        "_new_stream",
        "_next_address_at",
        "_next_attempt",
        "_on_gone",
        "_on_the_way",
        "_options",
        "attempts",
        "endpoint",
        "retire_at",
        "session",
        "stream",
        "text",
        "trouble",
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
        self._on_the_way: list[OnTheWay] = []  # the sockets that this attempt has dialled
        self._error = OSError()  # why the last of them failed
        self._last_reason = ""  # what was said about the last attempt
        self._is_looking_up = False
        self._lookup_number = 0
        self._next_attempt = 0.0
        self._next_address_at = 0.0
        self.retire_at = 0.0  # set by disconnect(): when to give up delivering
        self.attempts = 0  # since the last handshake that succeeded
        self.trouble = ""  # why the last attempt failed, or the last connection ended
        pump.troubles.forget(self.endpoint)

    # -- one attempt -----------------------------------------------------------------------------------

    def attempt(self, now: float) -> None:
        """Find out where to dial, then dial."""
        self._next_attempt = 0.0
        if self.retire_at and self._options.reconnect_stop & ReconnectStop.AFTER_DISCONNECT:
            self._give_up()
            return
        self.attempts += 1
        addresses = self._dialler.addresses()
        if addresses is not None:
            self._dial_all(addresses, now)
            return
        self._is_looking_up = True
        self._lookup_number += 1
        number = self._lookup_number
        self.pump.hub.look_up(self._dialler.look_up, lambda found: self._looked_up(number, found))

    def _looked_up(self, number: int, found: list[Any] | OSError) -> None:
        """The name service answered (called on another thread, without the lock)."""
        with self.pump.lock:
            if not self.is_open or number != self._lookup_number or self.stream is not None:
                return
            self._is_looking_up = False
            now = time.monotonic()
            if isinstance(found, OSError):
                self.pump.failures["lookup_failed"] += 1
                self._retry(now, f"cannot look up {self.endpoint}: {found.strerror or found}", is_fault=True)
            else:
                self._dial_all(found, now)
            self.pump.finish_step()

    def _dial_all(self, addresses: list[Any], now: float) -> None:
        """Dial these addresses, as RFC 8305 has it: each gets a head start, and who answers first is taken."""
        self._addresses = addresses[:]
        self._error = OSError(errno.EHOSTUNREACH, "no address to dial")
        self._dial_next(now)

    def _dial_next(self, now: float) -> None:
        self._next_address_at = 0.0
        while self._addresses:
            address = self._addresses.pop(0)
            try:
                sock, connected = self._dialler.dial(address)
            except OSError as failed:
                if is_foreign(failed) or failed.errno is None:  # not the system's: raised by a signal handler
                    raise
                self._error = failed
                if isinstance(failed, DialFailed):
                    self.pump.core.tell(Event.CLOSED, failed.fd, self.endpoint, text_of(failed.errno))
                continue
            if connected:
                self._abandon_dialling()
                self._connected(sock, now)
                return
            dialling = Dialling(self.pump, self.endpoint, sock, self._timeout_at(now), self._dialled)
            self._on_the_way.append(dialling)
            self.pump.core.tell(Event.CONNECT_DELAYED, errno.EINPROGRESS, self.endpoint)
            dialling.start()
            if self._addresses:
                self._next_address_at = now + _HEAD_START_S
                self.wake_at(self._next_address_at)
            return
        if not self._on_the_way:
            number = self._error.errno or errno.EHOSTUNREACH
            reason = self._error.strerror or ""
            self._failed_attempt(number, now, "" if reason == os.strerror(number) else reason)

    def _timeout_at(self, now: float) -> float:
        timeout_ms = self._options.connect_timeout
        return now + timeout_ms / 1000 if timeout_ms > 0 else 0.0

    def _dialled(self, dialling: OnTheWay, number: int, reason: str) -> None:
        """One of the addresses answered, or did not."""
        now = dialling.now or time.monotonic()
        if number:
            if dialling in self._on_the_way:
                self._on_the_way.remove(dialling)
            self._error = OSError(number, reason)
            self._dial_next(now)
            return
        sock = dialling.release()
        self._on_the_way.remove(dialling)
        self._abandon_dialling()
        self._connected(sock, now)

    def _connected(self, sock: os_socket.socket, now: float) -> None:
        self._addresses = []
        self._next_address_at = 0.0
        try:
            negotiation = self._dialler.negotiation()
            if negotiation is None:
                self._established(sock, now)
                return
            timeout_at = self._timeout_at(now)
            handshake_ms = self._options.handshake_ivl
            if not timeout_at and handshake_ms > 0:
                timeout_at = now + handshake_ms / 1000
            talk = Negotiating(self.pump, self.endpoint, sock, timeout_at, self._negotiated, negotiation)
            self._on_the_way.append(talk)
            talk.start()
        except BaseException:
            if self.stream is None:
                sock.close()
            raise

    def _negotiated(self, talk: OnTheWay, number: int, reason: str) -> None:
        """The negotiation on a connected socket is over."""
        if talk in self._on_the_way:
            self._on_the_way.remove(talk)
        now = talk.now or time.monotonic()
        if number:
            self._failed_attempt(number, now, reason or "the proxy did not answer in time")
            return
        sock = talk.release()
        try:
            self._established(sock, now)
        except BaseException:
            if self.stream is None:
                sock.close()
            raise

    def _established(self, sock: os_socket.socket, now: float) -> None:
        try:
            peer_address = self._dialler.established(sock)
        except OSError as error:
            sock.close()
            if is_foreign(error) or error.errno is None:  # not the system's: raised by a signal handler
                raise
            self._failed_attempt(error.errno or errno.ECONNREFUSED, now)
            return
        self._backoff.reset()
        self._last_reason = ""
        session = self.session
        session.names = names_of(sock, self.endpoint) if self.pump.core.wants_news else ("", "")
        session.tell(Event.CONNECTED, sock.fileno())
        stream = self._new_stream(self.pump, sock, session, self._stream_ended)
        self.stream = stream
        self.pump.streams.add(stream)
        session.start(self._new_connection(now), stream, peer_address, now)
        stream.start(now)

    # -- failing and trying again ----------------------------------------------------------------------

    def _abandon_dialling(self, reason: str = "") -> None:
        while self._on_the_way:
            self._on_the_way.pop().drop(reason)

    def _failed_attempt(self, number: int, now: float, reason: str = "") -> None:
        self.pump.failures["connect_failed"] += 1
        stop = self._options.reconnect_stop
        if number == errno.ECONNREFUSED and stop & ReconnectStop.CONN_REFUSED:
            self.trouble = text_of(number)
            self._give_up()
            return
        self._retry(now, reason or text_of(number), is_fault=bool(reason))

    def _stream_ended(self, stream: StreamHandler, number: int) -> None:
        """The connection broke, or the conversation failed."""
        pump = self.pump
        pump.streams.discard(stream)
        self.stream = None
        session = self.session
        failure = session.why_failed
        in_handshake = not session.is_live
        if not in_handshake:
            self.attempts = 0
        self.trouble = stream.why_ended or text_of(number)
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
            self._retry(time.monotonic(), self.trouble)

    def _retry(self, now: float, reason: str, *, is_fault: bool = False) -> None:
        self.trouble = reason
        if self._backoff.is_off or ending.has_nothing_to_deliver(self.pump, self):
            self._give_up()
            return
        if reason == self._last_reason:
            reason = ""  # once is enough for the log
        else:
            self._last_reason = reason
        delay_ms = self._backoff.next_delay_ms()
        self.pump.core.tell(Event.CONNECT_RETRIED, delay_ms, self.endpoint, reason, is_fault=is_fault)
        self._next_attempt = now + delay_ms / 1000
        self.wake_at(self._next_attempt)

    def _give_up(self) -> None:
        """No further attempt: the endpoint is gone."""
        if self.is_open:
            self.pump.troubles.note(self.endpoint, self.trouble)
            self.give_up()
            self._on_gone(self)

    def on_timer(self, now: float) -> None:
        if not self.is_open:
            return
        if self._next_address_at and now >= self._next_address_at:
            self._dial_next(now)
        elif self._next_attempt and now >= self._next_attempt:
            self.attempt(now)
        else:
            times = (self._next_attempt, self._next_address_at, self.retire_at)
            pending = [when for when in times if when > now]
            if pending and min(pending) != float("inf"):
                self.wake_at(min(pending))

    def broken(self, error: BaseException) -> None:
        stream = self.stream
        if stream is not None:  # half made; its end makes us try again
            stream.broken(error)
            return
        reason = f"internal error: {error!r}"
        self._abandon_dialling(reason)
        self._retry(time.monotonic(), reason, is_fault=True)

    def abandon(self) -> None:
        for way in self._on_the_way:
            way.abandon()

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
        elif not (self._is_looking_up or self._next_attempt) and not all(
            way.is_open and way.interest for way in self._on_the_way
        ):
            self._abandon_dialling()
            self._retry(now, "the attempt was interrupted by a signal handler")
        elif not (self._on_the_way or self._is_looking_up or self._next_attempt):
            self._retry(now, "the attempt was interrupted by a signal handler")
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
        """True while something that the application sent has not left."""
        if self.stream is not None:
            return self.stream.has_unsent
        return self.session.pipe is not None and bool(self.session.pipe.outbox)

    @property
    def unsent(self) -> int:
        """Messages that have not left completely."""
        if self.stream is not None:
            return self.stream.unsent
        return 0 if self.session.pipe is None else len(self.session.pipe.outbox)

    def next_attempt_in(self, now: float) -> float | None:
        """Seconds until the next attempt; None while one is being made, or nothing is left to try."""
        return max(0.0, self._next_attempt - now) if self._next_attempt else None

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
        self._abandon_dialling("this side wants no connection any more")
        stream = self.stream
        if stream is not None:
            stream.close_here()
            self.pump.streams.discard(stream)
            self.stream = None
        self.session.connection_lost(final=True)


def _random() -> float:
    # A number from 0 to 1 for the jitter, without the import of ``random``, which is slow.
    return int.from_bytes(os.urandom(4)) / 2**32
