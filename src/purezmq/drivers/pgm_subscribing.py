"""The receiving end of a pgm or epgm endpoint."""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from ..base.message import Subscription, was_sent
from ..numbers import Event
from ..pgm.receiver import Outgoing, Receiver
from .handler import Handler
from .pgm_line import MOST_PACKETS, Ear

if TYPE_CHECKING:
    from ..pgm.settings import Settings
    from ..transports.pgm import Network
    from .pump import Pump

monotonic = time.monotonic

_HOPS_OF_REQUESTS = 1  # an SPMR to the group is for the neighbours: they need not ask as well


class SubscribingLine(Handler):
    """All sources that send to the groups of one endpoint, and their pipe. Its descriptor is the socket for NAKs.

    While the inbox is full nothing is read: the kernel's buffer fills, and what it has no room for is asked for later.
    """

    is_inproc = False
    stream = None
    has_unsent = False  # there is nothing that the application could send
    unsent = 0

    __slots__ = (
        "_bytes_told",
        "_ears",
        "_messages_told",
        "_network",
        "_paused",
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
        self._network = network
        self._paused = False
        self._messages_told = self._bytes_told = 0
        with contextlib.ExitStack() as undo:
            self.sock = undo.enter_context(contextlib.closing(network.sending_socket(_HOPS_OF_REQUESTS)))
            sockets = [
                (undo.enter_context(contextlib.closing(network.group_socket(group))), group)
                for group in network.groups
            ]
            undo.pop_all()
        self.fd = self.sock.fileno()
        self._ears = [
            Ear(pump, sock, network, network.pack(group), self._heard, self.broken) for sock, group in sockets
        ]
        self.rules = Receiver(settings, random.random)
        core = pump.core
        pipe = self.pipe = core.new_pipe(text)
        pipe.link = self
        core.attach(pipe, connected_here=True)
        if is_bound:
            core.tell(Event.LISTENING, self.fd, text)
        for ear in self._ears:
            ear.listen()

    # -- receiving -------------------------------------------------------------------------------------

    def _heard(self, ear: Ear, now: float) -> None:
        self._read(ear, now)
        self._after(now)

    def _read(self, ear: Ear, now: float) -> None:
        """Take packets until there are no more, or no room."""
        rules, pipe = self.rules, self.pipe
        inbox = pipe.inbox
        for _ in range(MOST_PACKETS):
            room = pipe.inbox_limit - len(inbox)
            if room <= 0:
                break
            found = ear.next_packet()
            if found is None:
                break
            rules.receive(found[0], found[1], ear.group, now)
            if rules.has_undelivered:
                self._deliver(room)

    def _deliver(self, room: int) -> None:
        if self.rules.deliver(self.pipe.inbox, room):
            self.pump.core.pattern.readable(self.pipe)
            self.pump.progress = True

    def _after(self, now: float) -> None:
        """After any input or timer: ask for what is missing, count, tell, pause or go on."""
        rules, core = self.rules, self.pump.core
        if rules.to_send:
            self._send_requests()
        core.messages_in += rules.messages_in - self._messages_told
        core.bytes_in += rules.bytes_in - self._bytes_told
        self._messages_told, self._bytes_told = rules.messages_in, rules.bytes_in
        if rules.news:
            self._tell_news()
        is_full = len(self.pipe.inbox) >= self.pipe.inbox_limit or rules.has_undelivered
        if is_full is not self._paused:
            self._paused = is_full
            if is_full:
                self.pump.paused.append(self)
            else:
                self._leave_paused()
            for ear in self._ears:
                ear.listen(not is_full)
        if not is_full:
            self.wake_at(rules.deadline())

    def _leave_paused(self) -> None:
        with contextlib.suppress(ValueError):  # interrupted between the mark and the list
            self.pump.paused.remove(self)

    def resume(self, now: float) -> None:
        """The application made room: deliver what was kept back, then listen again."""
        if self.pump.closed:
            self.pipe.inbox.clear()
        self._deliver(self.pipe.inbox_limit - len(self.pipe.inbox))
        self._after(now)

    def on_timer(self, now: float) -> None:
        # What has arrived meanwhile may be what would be asked for. While we do not read, nothing is asked for.
        if self.is_open and not self._paused:
            for ear in self._ears:
                self._read(ear, now)
            self.rules.deadline_reached(now)
            if self.rules.has_undelivered:  # what waited for something that is lost
                self._deliver(self.pipe.inbox_limit - len(self.pipe.inbox))
            self._after(now)

    def on_events(self, mask: int, now: float) -> None:
        """Nobody is asked to tell us about this socket."""

    def _send_requests(self) -> None:
        to_send = self.rules.to_send
        while to_send:
            self._send_request(to_send.popleft())

    def _send_request(self, request: Outgoing) -> None:
        network = self._network
        targets = [network.target_of(request.nla) if request.nla else network.target(request.address)]
        if request.group:
            targets.append(network.target_of(request.group))
        for target in targets:
            try:
                if target is not None:
                    self.sock.sendto(request.packet, target)
            except OSError as error:
                if error.errno is None:  # not the system's: the TimeoutError of somebody's signal handler
                    raise
                self.rules.counters["send_failed"] += 1  # a timer will have it sent again

    def _tell_news(self) -> None:
        core, news = self.pump.core, self.rules.news
        self.pump.progress = True  # somebody may wait for a source
        while news:
            item = news.popleft()
            if item.kind != "appeared":
                if item.kind == "lost":
                    self.pump.failures["lost"] += 1
                core.tell(Event.DISCONNECTED, self.fd, self._text, item.reason)
            if item.kind != "gone":
                core.tell(Event.CONNECTED, self.fd, self._text)

    def flush(self, now: float) -> None:
        """Nothing goes upstream. Subscriptions need not: publishers send everything, and we filter."""
        outbox = self.pipe.outbox
        while outbox:
            item = outbox.popleft()
            if not isinstance(item, Subscription) and not (
                isinstance(item, bytes) and item[:1] in (b"\0", b"\1")
            ):
                self.pump.core.drops["no_way_upstream"] += 1
                was_sent(item)

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
    def state(self) -> str:
        """Whether there is a source."""
        return "connected" if self.rules.sources else "waiting"

    @property
    def peer_count(self) -> int:
        """How many sources are known."""
        return len(self.rules.sources)

    def counters(self) -> Counter[str]:
        """Packets by type, and what was wrong with some."""
        return self.rules.counters

    def peer_entries(self) -> list[dict[str, Any]]:
        """For peers(): one entry per source, or one for the endpoint while there is none."""
        return [
            {
                "address": source.address,
                "routing_id": source.tsi,
                "messages_in": source.reader.messages_in,
                "bytes_in": source.reader.bytes_in,
            }
            for source in self.rules.sources.values()
        ] or [{}]

    def give_up(self) -> None:
        """End at once."""
        if not self.is_open:
            return
        self.is_open = False
        if self._paused:
            self._paused = False
            self._leave_paused()
        for ear in self._ears:
            ear.close()
        core = self.pump.core
        core.detach(self.pipe, "peer_gone")
        self.pipe.link = None
        core.tell(Event.CLOSED if self.is_bound else Event.DISCONNECTED, self.fd, self._text)
        self.sock.close()
        self.pump.progress = True

    def go_on(self) -> None:
        """A step was interrupted: look again soon."""
        if self.is_open:
            self.timer_at = 0.0
            self.wake_at(monotonic())

    def broken(self, error: BaseException) -> None:
        """We were interrupted half-way, and nobody knows where: forget all sources, and join them again."""
        if not self.is_open:
            return
        self.rules = Receiver(self._settings, random.random)
        self._messages_told = self._bytes_told = 0
        self.pump.failures["internal_error"] += 1
        self.pump.core.tell(
            Event.DISCONNECTED, self.fd, self._text, f"internal error: {error!r}; messages are lost"
        )
        self.go_on()
