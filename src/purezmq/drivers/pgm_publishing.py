"""The sending end of a pgm or epgm endpoint."""

from __future__ import annotations

import contextlib
import errno
import os
import time
import weakref
from collections import Counter
from typing import TYPE_CHECKING, Any

from ..numbers import Event
from ..patterns.pub import Pub
from ..pgm.sender import Sender
from .handler import Handler
from .pgm_line import MOST_PACKETS, Ear
from .selector import WRITABLE

if TYPE_CHECKING:
    from ..pgm.settings import Settings
    from ..transports.pgm import Network
    from .pump import Pump

monotonic = time.monotonic

_TSI_SIZE = 8

# Over UDP the kernel gives a NAK to one of those who share an address and a port. If it is the wrong one, and both are
# in this process, the NAK is handed on.
_publishers: weakref.WeakValueDictionary[bytes, PublishingLine] = weakref.WeakValueDictionary()


class PublishingLine(Handler):
    """One source, and its pipe. Its descriptor is the socket that everything is sent by."""

    is_inproc = False
    stream = None
    state = "connected"
    peer_count = 0  # known to us: receivers are heard of only when they miss something

    __slots__ = (
        "_bytes_told",
        "_ear",
        "_messages_told",
        "_settings",
        "_text",
        "is_bound",
        "pipe",
        "retire_at",
        "rules",
        "sock",
    )

    def __init__(self, pump: Pump, text: str, is_bound: bool, network: Network, settings: Settings) -> None:
        super().__init__(pump)
        self._text = text
        self.is_bound = is_bound
        self.retire_at = 0.0
        self._settings = settings
        with contextlib.ExitStack() as undo:
            self.sock = undo.enter_context(contextlib.closing(network.publishing_socket()))
            own_socket = undo.enter_context(contextlib.closing(network.own_socket()))
            undo.pop_all()
        self.fd = self.sock.fileno()
        self._ear = Ear(pump, own_socket, network, b"", self._heard, self.broken)
        self._new_source()
        self._messages_told = self._bytes_told = 0
        core = pump.core
        pipe = self.pipe = core.new_pipe(text)
        pipe.link = self
        core.attach(pipe, connected_here=True)
        pattern = core.pattern
        assert isinstance(pattern, Pub)
        pattern.send_everything_to(pipe)
        core.tell(Event.LISTENING if is_bound else Event.CONNECTED, self.fd, text)
        self._ear.listen()
        self.flush(monotonic())

    def _new_source(self) -> None:
        self.rules = Sender(self._settings, os.urandom(_TSI_SIZE), monotonic())
        _publishers[self.rules.tsi] = self

    # -- sending ---------------------------------------------------------------------------------------

    def flush(self, now: float) -> None:
        """Send what RATE and the kernel allow."""
        rules = self.rules
        pipe = self.pipe
        outbox = pipe.outbox
        send = self.sock.send
        blocked = False
        try:
            for _ in range(MOST_PACKETS):
                packet = rules.next_packet(outbox, now)
                if not packet:
                    self.wake_at(rules.deadline())
                    break
                try:
                    send(packet)
                except OSError as error:
                    if error.errno in (errno.EAGAIN, errno.EINTR):
                        blocked = True
                        break
                    if error.errno is None:  # not the system's: the TimeoutError of somebody's signal handler
                        raise
                    # As if the network had lost it: receivers will ask for it.
                    rules.counters["send_failed"] += 1
                rules.sent(packet, now)
            else:
                self.wake_at(now)
        except BaseException as error:
            self.broken(error)
            raise
        if blocked or self.interest:
            self.watch(WRITABLE if blocked else 0)
        self._count()
        if pipe.write_blocked and pipe.has_room_again:
            self.pump.room_again(pipe)

    def _count(self) -> None:
        rules, core = self.rules, self.pump.core
        core.messages_out += rules.messages_out - self._messages_told
        core.bytes_out += rules.writer.bytes_out - self._bytes_told
        self._messages_told = rules.messages_out
        self._bytes_told = rules.writer.bytes_out

    def on_events(self, mask: int, now: float) -> None:
        self.flush(now)

    def on_timer(self, now: float) -> None:
        if self.is_open:
            self.rules.deadline_reached(now)
            self.flush(now)

    # -- what receivers say ----------------------------------------------------------------------------

    def _heard(self, ear: Ear, now: float) -> None:
        for _ in range(MOST_PACKETS):
            found = ear.next_packet()
            if found is None:
                break
            other = self.rules.receive(found[0], now)
            if other:
                self._hand_on(other, found[0])
        self.flush(now)

    def _hand_on(self, tsi: bytes, packet: bytes) -> None:
        line = _publishers.get(tsi)
        if line is not None and line is not self:
            line.pump.io_thread.call_soon(lambda: line.take(packet))
        else:
            self.rules.counters["not_for_us"] += 1

    def take(self, packet: bytes) -> None:
        """A packet for this source that arrived at another one. Takes the lock."""
        pump = self.pump
        with pump.lock:
            if self.is_open:
                now = monotonic()
                self.rules.receive(packet, now)
                self.flush(now)
                pump.finish_step()

    # -- as a line -------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The endpoint as the user wrote it."""
        return self._text

    @property
    def endpoint(self) -> str:
        """The same."""
        return self._text

    @property
    def unsent(self) -> int:
        """Messages that have not left completely."""
        return len(self.pipe.outbox) + self.rules.unsent

    @property
    def has_unsent(self) -> bool:
        """True while something has not left, and for a moment after it has: perhaps somebody missed it."""
        return bool(self.pipe.outbox) or self.rules.unsent > 0 or monotonic() < self.rules.repairs_until

    def counters(self) -> Counter[str]:
        """Packets by type, and what was wrong with some."""
        return self.rules.counters

    def peer_entries(self) -> list[dict[str, Any]]:
        """For peers(): nobody knows who receives, so the group stands for all."""
        rules = self.rules
        return [
            {
                "address": self._text.partition("://")[2],
                "messages_out": rules.messages_out,
                "bytes_out": rules.writer.bytes_out,
                "queue_out": self.unsent,
            }
        ]

    def give_up(self) -> None:
        """End at once, and say so."""
        if not self.is_open:
            return
        self.is_open = False
        rules = self.rules
        for packet in rules.last_words(monotonic()):
            with contextlib.suppress(OSError):
                self.sock.send(packet)
        self._drop_unsent()
        self._ear.close()
        core = self.pump.core
        core.detach(self.pipe, "peer_gone")
        self.pipe.link = None
        core.tell(Event.CLOSED if self.is_bound else Event.DISCONNECTED, self.fd, self._text)
        self.pump.forget(self)
        self.sock.close()
        self.pump.progress = True

    def _drop_unsent(self) -> None:
        unsent = self.rules.unsent
        if unsent:
            self.pump.core.drops["peer_gone"] += unsent
        self.rules.writer.drop()

    def go_on(self) -> None:
        """A step was interrupted: look again soon."""
        if self.is_open:
            self.timer_at = 0.0
            self.wake_at(monotonic())

    def broken(self, error: BaseException) -> None:
        """We were interrupted half-way, and nobody knows where: go on as a new source, which everybody can join."""
        if not self.is_open:
            return
        self._drop_unsent()
        self._messages_told = self._bytes_told = 0
        self._new_source()
        self.pump.core.tell(
            Event.DISCONNECTED, self.fd, self._text, f"internal error: {error!r}; receivers may miss messages"
        )
        self.go_on()
