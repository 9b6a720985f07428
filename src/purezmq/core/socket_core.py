"""The I/O-free half of a socket: its pattern, its pipes, its counters and what there is to tell about them."""

from __future__ import annotations

from collections import Counter, deque

from ..base.message import was_sent
from ..base.options import SocketOptions
from ..base.pipe import UNLIMITED, Pipe, limit_of
from ..constants import SocketType
from ..patterns.pattern import Pattern, pattern_for
from ..zmtp.shared import Shared
from .news import NO_PEER, UNDELIVERED, News, PeerFacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NO_LIMIT = 2**31 - 1  # the default of MAX_MSGSZ


class SocketCore:
    """Pattern and pipes of one socket. Everything here requires the socket's lock."""

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "conflating_names",
        "dirty",
        "drops",
        "first_id",
        "high_water_hits",
        "judge",
        "last_endpoint",
        "max_msgsz",
        "messages_in",
        "messages_out",
        "news",
        "options",
        "pattern",
        "pipes",
        "reconnects",
        "shared",
        "socket_type",
        "type_name",
        "wants_news",
    )

    def __init__(
        self, socket_type: int, options: SocketOptions, first_id: int, max_msgsz: int = NO_LIMIT
    ) -> None:
        self.socket_type = socket_type
        self.type_name = SocketType(socket_type).name
        self.options = options
        self.first_id = first_id  # where generated routing ids start
        self.max_msgsz = max_msgsz  # the context's MAX_MSGSZ
        self.choose_rules()
        # Publishers send the same to many: their connections encode it once.
        self.shared = Shared() if self.pattern.hears_first else None
        self.pipes: list[Pipe] = []
        self.dirty: list[Pipe] = []  # pipes whose outbox has news for the driver
        self.news: deque[News] = deque()
        self.wants_news = 0  # how many listen: monitors, debug logging, threads that wait for a change
        self.drops: Counter[str] = Counter()  # messages lost between the pipes and the peers, by reason
        self.high_water_hits = 0
        self.reconnects = 0
        self.last_endpoint = ""
        self.judge: Any = None  # the socket's ``auth``, for the driver; None: the ZAP handler decides
        self.conflating_names: set[str] = set()  # inproc names that were bound while CONFLATE was set
        # Totals of the connections that are gone; live ones are added when somebody asks.
        self.messages_in = self.messages_out = self.bytes_in = self.bytes_out = 0

    def choose_rules(self) -> None:
        """Make the pattern that the socket's type and options ask for. Only for a socket without peers."""
        rules: type[Pattern] = pattern_for(self.socket_type)
        if self.options.router_raw:
            from ..patterns.raw_router import RawRouter  # deprecated, and rarely used

            rules = RawRouter
        if self.max_msgsz < NO_LIMIT:
            from ..patterns.limited import limited

            rules = limited(rules, self.max_msgsz)
        self.pattern: Pattern = rules(self.options, self.first_id)

    @property
    def conflates(self) -> bool:
        """Whether endpoints that are bound or connected now conflate."""
        return bool(self.options.conflate) and self.pattern.conflates

    def new_pipe(self, endpoint: str, conflates: bool | None = None) -> Pipe:
        """A pipe with this socket's high-water marks, not yet attached. ``conflates`` None: as CONFLATE is now."""
        pipe = Pipe(0, 0, self.dirty)
        pipe.endpoint = endpoint
        pipe.conflates = self.conflates if conflates is None else conflates
        self._set_limits(pipe)
        return pipe

    def attach(self, pipe: Pipe, *, connected_here: bool) -> bool:
        """Give the pipe to the pattern. False: the pattern refuses this peer."""
        if not self.pattern.attach(pipe, connected_here=connected_here):
            pipe.is_open = False
            return False
        self.pipes.append(pipe)
        return True

    def undo_attach(self, pipe: Pipe) -> None:
        """``attach`` was interrupted: leave no trace of the pipe, however far it came."""
        pipe.is_open = False
        self.pattern.detach(pipe)
        if pipe in self.pipes:
            self.pipes.remove(pipe)

    def detach(self, pipe: Pipe, reason: str) -> int:
        """The pipe ends: queued input stays readable, queued output is dropped and counted under ``reason``.

        Returns how many messages were dropped.
        """
        if not pipe.is_open:
            return 0
        pipe.is_open = False
        self.pattern.detach(pipe)
        if pipe in self.pipes:
            self.pipes.remove(pipe)
        return self.drop_outbox(pipe, reason)

    def drop_outbox(self, pipe: Pipe, reason: str) -> int:
        """Forget what waits for the peer, counting user messages (not subscriptions)."""
        box = pipe.outbox
        before = self.drops[reason]
        while box:
            try:
                message = box.popleft()
            except (
                IndexError
            ):  # the inproc peer, whose inbox this is, received the last one in its own thread
                break
            if isinstance(message, (bytes, tuple)):
                self.drops[reason] += 1
                was_sent(message)
        return self.drops[reason] - before

    def drop_inbox(self, pipe: Pipe) -> None:
        """The socket is closed: what arrived and was not received is lost, too."""
        self.pattern.put_back()
        count = sum(1 for message in pipe.inbox if isinstance(message, (bytes, tuple)))
        if count:
            self.drops["unread"] += count

    def given_up(self, count: int, endpoint: str, linger_ms: int) -> None:
        """Tell that messages were not delivered within LINGER. Nobody is warned of what linger 0 asked for."""
        if count:
            noun = "message was" if count == 1 else "messages were"
            reason = f"{count} {noun} not delivered within LINGER, {linger_ms} ms" if linger_ms else ""
            self.tell(UNDELIVERED, count, endpoint, reason, is_fault=bool(reason), is_extra=True)

    @property
    def lost(self) -> int:
        """Messages that were sent and given up."""
        drops = self.drops
        return drops["linger"] + drops["peer_gone"] + drops["connection_lost"]

    def limits_changed(self) -> None:
        """SNDHWM or RCVHWM was set: existing pipes follow (inproc ones, whose limit is a sum, see to it themselves)."""
        for pipe in self.pipes:
            if not getattr(pipe.link, "is_inproc", False):
                self._set_limits(pipe)

    def _set_limits(self, pipe: Pipe) -> None:
        # CONFLATE keeps one message; a limit would only stop the newer ones from replacing it.
        options = self.options
        pipe.inbox_limit = UNLIMITED if pipe.conflates else limit_of(options.rcvhwm)
        pipe.outbox_limit = UNLIMITED if pipe.conflates else limit_of(options.sndhwm)

    def tell(
        self,
        event: int,
        value: int,
        endpoint: str,
        reason: str = "",
        *,
        peer: PeerFacts = NO_PEER,
        is_bound: bool = False,
        is_fault: bool = False,
        is_extra: bool = False,
    ) -> None:
        """Note a lifecycle event; see News. Without a listener only faults are kept (for the log)."""
        if self.wants_news or is_fault:
            self.news.append(
                News(
                    event,
                    (value,),
                    endpoint,
                    reason,
                    peer=peer,
                    is_bound=is_bound,
                    is_fault=is_fault,
                    is_extra=is_extra,
                )
            )

    def queued_in(self) -> int:
        """Messages that arrived and were not received yet."""
        self.pattern.put_back()
        return sum(len(pipe.inbox) for pipe in self.pipes)

    def queued_out(self) -> int:
        """Messages that were accepted and are not on their way yet."""
        self.pattern.settle()
        # What waits for an inproc peer is in that peer's inbox, and counted there.
        return sum(len(pipe.outbox) for pipe in self.pipes if getattr(pipe.link, "peer_pump", None) is None)


def inproc_limit(sender_high_water_mark: int, receiver_high_water_mark: int) -> int:
    """The capacity of one inproc direction: both marks together, no limit if either has none."""
    if sender_high_water_mark <= 0 or receiver_high_water_mark <= 0:
        return UNLIMITED
    return sender_high_water_mark + receiver_high_water_mark
