"""Moving bytes between a connected stream and its session."""

from __future__ import annotations

import errno
from collections.abc import Callable

from ..core.news import UNDELIVERED
from ..numbers import MEMBERS, Event
from ..transports.names import names_of
from ..unpatched import socket as os_socket
from ..zmtp.connection import Connection
from ..zmtp.raw import RawConnection
from . import errands, zap
from .clock import monotonic
from .handler import Handler, is_foreign
from .kept import bytes_kept, throw_input_away
from .kernel import BEHIND_BODY, Wire
from .selector import BROKEN, READABLE, WRITABLE
from .troubles import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..base.pipe import Pipe
    from ..core.session import Session
    from ..patterns.matching import Share
    from .judging import Question
    from .pump import Pump

NewConnection = Callable[[float], Connection | RawConnection]  # the argument is the time of its birth
# Makes the handler of a connected socket: ``StreamHandler``, or one that has a channel between socket and session.
NewStream = Callable[
    ["Pump", os_socket.socket, "Session", Callable[["StreamHandler", int], None]], "StreamHandler"
]

# One read takes at most this much. It starts small, so that a request-reply peer does not allocate a quarter of a
# megabyte per reply, and grows while reads come back full.
_SMALLEST_READ = 16 * 1024
_LARGEST_READ = 256 * 1024
# Encode about this much before writing: enough to make the system call cheap per message, little enough to keep the
# memory beyond the high-water mark small.
_ENCODE_BUDGET = 128 * 1024
_NAMELESS = ("", "")
# Stop writing to one peer after this much in one go, so that it cannot keep the others waiting.
_MOST_WRITES = 16
# IN_BATCH_SIZE and OUT_BATCH_SIZE as they are by default, which here means: as above.
_UNSET_BATCH_SIZE = 8192

# A connection that ends waits until the system has sent what it keeps. How often it looks, and when it gives up on a
# peer that takes nothing.
_LOOK_AGAIN_S = 0.01
_STALLED_S = 10.0

_TRY_AGAIN = (errno.EAGAIN, errno.EINTR)


class StreamHandler(Handler):
    """A connected stream. When it ends, ``on_end(handler, errno)`` is called once."""

    is_inproc = False

    __slots__ = (
        "_encode_budget",
        "_errand",
        "_kept",
        "_kept_until",
        "_largest_read",
        "_needs_mending",
        "_on_end",
        "_paused",
        "_read_size",
        "_wire",
        "_write_error",
        "_zap_call",
        "retire_at",
        "session",
        "sock",
        "why_ended",
    )

    def __init__(
        self,
        pump: Pump,
        sock: os_socket.socket,
        session: Session,
        on_end: Callable[[StreamHandler, int], None],
    ) -> None:
        super().__init__(pump)
        self.sock = sock
        self.fd = sock.fileno()
        self.session = session
        self._on_end = on_end
        self._paused = False
        self._needs_mending = False  # interrupted in the middle of a read or write: see interrupted()
        options = pump.core.options
        size = options.in_batch_size
        self._largest_read = _LARGEST_READ if size == _UNSET_BATCH_SIZE else size
        self._read_size = min(_SMALLEST_READ, self._largest_read)
        self._wire = Wire(sock)
        size = options.out_batch_size
        self._encode_budget = _ENCODE_BUDGET if size == _UNSET_BATCH_SIZE else size
        # Bytes that the system kept when we last asked, and how long to wait for it to send some.
        self._kept = 0
        self._kept_until = 0.0
        self.retire_at = 0.0  # set by unbind(): when to give up delivering
        self.why_ended = ""
        self._write_error = 0  # why nothing can be written any more
        self._zap_call: zap.ZapCall | Question | None = None
        self._errand: Callable[[], Any] | None = None  # the one under way
        session.help_handshake = self._help_handshake

    def start(self, now: float) -> None:
        """Register with the poller and send the greeting."""
        self.watch(READABLE)
        self.flush(now)
        if self.is_open:
            self._look_after(now)

    # -- events ----------------------------------------------------------------------------------------

    def on_events(self, mask: int, now: float) -> None:
        if mask == READABLE and not self._paused:
            self.read(now)
            return
        if mask & WRITABLE:
            self.flush(now)
        if self.is_open and mask & (READABLE | BROKEN):
            if self._paused:
                # Level-triggered readiness (and a hang-up always) would wake every poll: leave the poller until the
                # application has made room.
                self.watch(0)
            else:
                self.read(now)

    def on_timer(self, now: float) -> None:
        if self.is_open and self.interest & READABLE and not self._paused:
            # Silence proves nothing before somebody has listened, and while one thread only sends, nobody may.
            self.read(now)
            if self._write_error and self.is_open:
                self.wake_at(now)  # read on, until there is no more
        connection = self.session.connection
        if self.is_open and connection is not None:
            connection.deadline_reached(now)
            self._after(now)
            if self.is_open and now < self.retire_at < float("inf"):
                self.wake_at(self.retire_at)

    def read(self, now: float) -> None:
        """Take what has arrived; at most one buffer full per wake-up, or as much of large frames."""
        session = self.session
        connection = session.connection
        assert connection is not None
        wire = self._wire
        left = self._largest_read
        if connection.awaited_body() is None:
            size = self._read_size
            if not wire.read(size):
                self._cannot_read(wire.error)
                return
            session.arrived = data = wire.data
            wire.data = b""  # no call between these two
            count = len(data)
            if count < _SMALLEST_READ:
                pipe = session.pipe
                if session.is_live and pipe is not None and len(pipe.inbox) < pipe.inbox_limit:
                    message = connection.receive_alone(data)
                    if message is not None:
                        # One small message and nothing else, as in request and reply: no more to look after.
                        self.pump.progress = True
                        session.arrived = b""  # no call may come between this ...
                        pipe.inbox.append(message)  # ... and this
                        session.taken_alone(message, pipe)
                        if session.failure is not None:
                            self.end(0)
                        return
                if not count:
                    self.end(0)
                    return
            self._adapt_read_size(count)
            if session.bytes_received(data, now):
                self.pump.progress = True
            if count < size:
                left = 0
        # What is missing of a large frame goes straight into its own memory. If more came with it, all of the next
        # one may be there already.
        while left > 0:
            body = connection.awaited_body()
            if body is None:
                break
            if not wire.read_into(body):
                self._cannot_read(wire.error)
                break
            body = None  # what nobody else holds may be decrypted where it is
            session.arrived_in_body = count = wire.in_body
            session.arrived = behind = wire.data
            wire.in_body = 0  # no call from the first of these four to here
            wire.data = b""
            if not count:
                self.end(0)
                return
            if session.body_received(count, now):
                self.pump.progress = True
                # Take only the header of the next frame the ordinary way.
                self._read_size = min(BEHIND_BODY, self._largest_read)
            left = left - count if behind else 0
        if self.is_open:
            self._after(now)

    def _adapt_read_size(self, count: int) -> None:
        size = self._read_size
        if count == size:
            self._read_size = min(size * 4, self._largest_read)
        elif count < size // 8 and size > _SMALLEST_READ:
            self._read_size = max(size // 2, _SMALLEST_READ)

    def _help_handshake(self, now: float) -> None:
        """The handshake waits for somebody else."""
        connection = self.session.connection
        assert isinstance(connection, Connection)
        if connection.zap_request is not None:
            if self._zap_call is None:
                self._zap_call = zap.ask(self, now)
        elif connection.errand is not self._errand:
            self._errand = connection.errand
            errands.run(self)

    def handshake_goes_on(self, now: float) -> None:
        """The ZAP handler answered, or an errand is done."""
        if self.session.go_on(now):
            self.pump.progress = True
        self._after(now)

    def resume(self, now: float) -> None:
        """The application made room: deliver what was kept back, then listen again."""
        try:
            if self._needs_mending:
                self._mend(now)
            if self.session.deliver(now):
                self.pump.progress = True
            self._after(now)
            if self.is_open and not self._paused and self._read_size >= self._largest_read:
                # The stream was running full when we stopped: very likely there is more already.
                self.read(now)
        except BaseException as error:
            if is_foreign(error):
                self.interrupted(error)
            else:
                self.broken(error)
            raise

    def interrupted(self, error: BaseException) -> None:
        """A signal handler raised in the middle of our work: go on later where that is possible, else give up.

        Reading is made of steps that are done or not done and leave a trace of it, so it can go on: what was read is in
        the wire, and then in ``session.arrived``, until the decoder has it, and a decoder hands out messages in the
        moment in which it forgets their bytes. A stream that has to go on is paused; ``resume`` does what was left
        undone.
        """
        if not self.is_open:
            return
        if not self.session.can_go_on:
            self.broken(error)
            return
        self._needs_mending = True
        if not self._paused:
            self._paused = True
            self.pump.paused.append(self)
        connection, wire = self.session.connection, self._wire
        if connection is not None:
            if wire.written:
                connection.written = wire.written
                wire.written = 0  # no call between these two
            connection.mend()  # at once: the next flush must know what was written

    def _mend(self, now: float) -> None:
        """Do what an interrupted step may have left undone."""
        wire = self._wire
        if wire.in_body or wire.data:
            self.session.arrived_in_body = wire.in_body
            self.session.arrived = wire.data
            wire.in_body = 0  # no call from the first of these four to here
            wire.data = b""
        if self.session.mend(now):
            self.pump.progress = True
        self.timer_at = 0.0  # the timer may have been noted, but not set
        self.pump.poller.change(self.fd, READABLE, 0)  # whatever it was
        self.interest = 0
        self.watch(READABLE | WRITABLE)  # and a look at what waits to be written
        self._needs_mending = False

    def go_on(self) -> None:
        """A step of this socket was interrupted, perhaps at our end: see to it that it was the end."""
        if not self.is_open and self in self.pump.streams:
            self.close()
            self._on_end(self, 0)

    def _after(self, now: float) -> None:
        """After any input or timer: answer, notice the end, pause or go on."""
        session = self.session
        connection = session.connection
        assert connection is not None
        if connection.has_output or (session.pipe is not None and session.pipe.outbox):
            self.flush(now)
            if not self.is_open:
                return
        if session.why_failed is not None:
            self.end(0)
            return
        self._look_after(now)

    def _look_after(self, now: float) -> None:
        session = self.session
        connection = session.connection
        assert connection is not None
        pipe = session.pipe
        full = pipe is not None and len(pipe.inbox) >= pipe.inbox_limit
        if full or connection.has_undecoded:
            if not self._paused:
                self._paused = True
                self.pump.paused.append(self)
                connection.paused(now)
        elif self._paused:
            self._paused = False
            self.pump.paused.remove(self)
            connection.resumed(now)
            self.watch(self.interest | READABLE)
        self.wake_at(connection.deadline())

    # -- output ----------------------------------------------------------------------------------------

    def send_batch(self, messages: list[Any], now: float) -> bool:
        """Write messages that are in no pipe, the outbox being empty. False: nothing is done, they need the pipe."""
        connection = self.session.connection
        if connection is None or connection.has_output or not self._is_at_work():
            return False
        try:
            if not connection.encode_many(messages, self._encode_budget):
                return False
            self.flush(now)
        except BaseException as error:
            if is_foreign(error):
                self.interrupted(error)  # encoded or not: what is encoded leaves later
            raise
        return True

    def send_share(self, shares: list[Share], now: float) -> bool:
        """Write the last share, the pipe's outbox being empty, and take it from the list. False: nothing is done."""
        connection = self.session.connection
        if connection is None or connection.has_output or not self._is_at_work():
            return False
        pipe, messages = shares[-1]
        count = len(messages)
        unsent = connection.unsent_messages()
        try:
            if not connection.encode_many(messages, self._encode_budget):
                return False
            del shares[-1]
            pipe.messages_pushed += count
            unsent = -1  # no call from the first of these three to here
            self.flush(now)
        except BaseException as error:
            if is_foreign(error):
                if 0 <= unsent < connection.unsent_messages():
                    del shares[-1]  # it was encoded, and leaves later
                self.interrupted(error)
            raise
        return True

    def _is_at_work(self) -> bool:
        return self.is_open and self.session.is_live and not self._write_error

    def flush(self, now: float) -> None:
        """Encode what is queued and write until there is nothing left or the kernel takes no more."""
        if self._write_error:
            return
        session = self.session
        connection = session.connection
        assert connection is not None
        pipe = session.pipe
        wire = self._wire
        blocked = is_torn = False
        try:
            if pipe is not None and len(pipe.outbox) == 1 and not connection.has_output and session.is_live:
                # One message and nothing before it, as in request and reply: straight to the kernel.
                data = connection.encode_alone(pipe.outbox)
                if data is not None:
                    if not wire.send(data):
                        if self._cannot_write(wire.error):
                            return
                        blocked = True
                    else:
                        count = wire.written
                        wire.written = 0
                        del pipe.outbox[0]  # no call between writing and this
                        connection.sent_alone(data)
                        if count == len(data):
                            if not self.interest & WRITABLE and not pipe.write_blocked:
                                return
                        else:
                            is_torn = True
                            connection.put_back(data[count:])
                            is_torn = False
            for _ in range(0 if blocked else _MOST_WRITES):
                if pipe is not None and pipe.outbox and session.is_live and not connection.has_output:
                    connection.encode(pipe.outbox, self._encode_budget)
                buffers = connection.buffers_to_send()
                if not buffers:
                    break
                if not (wire.send(buffers[0]) if len(buffers) == 1 else wire.send_all(buffers)):
                    if self._cannot_write(wire.error):
                        return
                    blocked = True
                    break
                blocked = wire.written < wire.offered
                connection.written = wire.written
                wire.written = 0  # no call between these two
                connection.bytes_sent(connection.written)
                if blocked:
                    break
            else:
                blocked = True  # our share is used up: go on when the poller comes round
        except BaseException as error:
            if isinstance(error, OSError) and error.errno and not is_foreign(error):
                # A library that encrypts refuses: the end of this connection, and no more.
                self.end(error.errno)
                return
            if is_torn or not is_foreign(error):
                self.broken(error)  # nobody knows what was written: going on would repeat or skip bytes
            else:
                self.interrupted(error)
            raise
        wanted = self.interest | WRITABLE if blocked else self.interest & ~WRITABLE
        if wanted != self.interest:
            self.watch(wanted)
        if pipe is not None and pipe.write_blocked and pipe.has_room_again:
            self.pump.room_again(pipe)

    @property
    def pipe(self) -> Pipe | None:
        """The pipe to the peer, if there is one."""
        return self.session.pipe

    @property
    def unsent(self) -> int:
        """Messages that have not left completely: queued, encoded, or half written."""
        session = self.session
        queued = 0 if session.pipe is None else len(session.pipe.outbox)
        return queued if session.connection is None else queued + session.connection.unsent_messages()

    @property
    def has_unsent(self) -> bool:
        """True while something that the application sent has not left."""
        session = self.session
        if self._write_error:
            return False
        if session.pipe is not None and session.pipe.outbox:
            return True
        connection = session.connection
        if connection is None or not session.is_live:
            return False
        return bool(connection.has_output) or self._is_held_up()

    def bytes_kept(self) -> int:
        """What was written, and the end of the connection could lose."""
        if not self.is_open or self._write_error:
            return 0
        return bytes_kept(self.sock, until_acknowledged=self.pump.core.options.heartbeat_ivl > 0)

    def _is_held_up(self) -> bool:
        # Asked when the end is near. A peer that takes nothing for a while may take what it likes.
        left = self.bytes_kept()
        if not left:
            return False
        now = monotonic()
        if left != self._kept:
            self._kept = left
            self._kept_until = now + _STALLED_S
        if now >= self._kept_until:
            reason = f"the peer has taken nothing for {_STALLED_S:g} s: {left} bytes of what was sent may not arrive"
            self.session.tell(UNDELIVERED, 0, reason, is_fault=True, is_extra=True)
            return False
        self.wake_at(now + _LOOK_AGAIN_S)
        return True

    # -- the end ---------------------------------------------------------------------------------------

    def _cannot_read(self, number: int) -> None:
        # The system says no, perhaps for good.
        if self._write_error:
            self.end(self._write_error)
        elif number not in _TRY_AGAIN:
            self.end(number)

    def _cannot_write(self, number: int) -> bool:
        """The system says no. False: not now; True: for good.

        The peer may have said something before it went away. That is still there, so the end is when it has been read.
        """
        if number in _TRY_AGAIN:
            return False
        self._write_error = number
        if self.interest & WRITABLE:
            self.watch(self.interest & ~WRITABLE)
        self.wake_at(monotonic())
        return True

    def broken(self, error: BaseException) -> None:
        if self.is_open:
            self.session.fail(f"internal error: {error!r}", "internal_error", retry=True)
            self.end(0)

    def end(self, error_number: int) -> None:
        """Close the stream and report it; ``error_number`` is the system's reason, 0 for an orderly end."""
        if not self.is_open:
            return
        fd = self.fd
        self._learn_names()
        self.close()
        if not error_number and self.session.why_failed is None:
            error_number = errno.EPIPE
        self._report(fd, error_number)
        self.pump.progress = True
        self._on_end(self, error_number)

    def give_up(self) -> None:
        """End the stream and its session from our side; what is queued is lost (and counted)."""
        if self.is_open or self in self.pump.streams:  # an interrupted end is done again
            self.close_here()
            self.session.connection_lost(final=True)
            self.pump.streams.discard(self)

    def close_here(self) -> None:
        """Close the stream because this side wants it. libzmq reports no such end."""
        fd = self.fd
        self._learn_names()
        self.close()
        self.session.tell(Event.DISCONNECTED, fd, "this side ended the connection", is_extra=True)

    def _learn_names(self) -> None:
        session = self.session
        if self.pump.core.wants_news and session.names == _NAMELESS:
            session.names = names_of(self.sock, session.endpoint)

    def close(self) -> None:
        """Close the stream without a word to anybody."""
        self.is_open = False
        self._wire.fd = -1  # the number may be given to another descriptor
        if self._zap_call is not None:
            self._zap_call.cancel()
        if self._paused:
            self._paused = False
            try:
                self.pump.paused.remove(self)
            except ValueError:  # interrupted between the mark and the list
                pass
        self.pump.forget(self)
        self._say_goodbye()
        try:
            self.sock.shutdown(os_socket.SHUT_WR)
            throw_input_away(self.sock)
        except OSError as error:
            if is_foreign(error):
                raise
        finally:
            self.sock.close()

    def _say_goodbye(self) -> None:
        words = self._last_words()
        if words:
            try:
                self.sock.send(words)
            except OSError:
                pass

    def _last_words(self) -> bytes:
        """The farewell of those conversations that have one, unless it would cut into a message."""
        connection = self.session.connection
        return b"" if connection is None or connection.has_output else connection.last_words()

    def _report(self, fd: int, error_number: int) -> None:
        session = self.session
        failure = session.why_failed
        if failure is not None:
            if failure.counter:
                self.pump.failures[failure.counter] += 1
            self.why_ended = failure.reason
            if failure.event:
                session.tell(MEMBERS["Event"][failure.event], failure.value, failure.reason, is_fault=True)
            # Once is enough for the log.
            is_fault = bool(failure.counter) and not failure.event
            session.tell(Event.DISCONNECTED, fd, failure.reason, is_fault=is_fault)
            return
        if error_number == errno.EPIPE:
            reason = "the peer closed the connection"
        else:
            reason = text_of(error_number)
        if not session.is_live:
            self.pump.failures["closed_in_handshake"] += 1
            hint, is_new = session.hint_at_end()
            reason = hint or f"{reason} during the handshake"
            session.tell(Event.HANDSHAKE_FAILED_NO_DETAIL, error_number, reason, is_fault=is_new)
        self.why_ended = reason
        session.tell(Event.DISCONNECTED, fd, reason)
