"""The receiving side of one endpoint: all sources that send to its groups.

Packets go in by ``receive``, messages come out by ``deliver``, packets for sources by ``to_send``, and what happened to
sources by ``news``. Sources appear when the first packet of their stream arrives, and go when they say so, or after
five minutes of silence.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import NamedTuple

from ..base.message import PipeItem
from .packet import (
    NAK,
    NCF,
    ODATA,
    OPT_FIN,
    OPT_FRAGMENT,
    OPT_RST,
    RDATA,
    SPM,
    SPMR,
    Malformed,
    Packet,
    name_of,
    parse,
)
from .settings import Settings
from .source import Source

_EXPIRY_S = 300.0
_FINAL_EXPIRY_S = 1.0  # after OPT_FIN: what is still missing may be on its way, and stragglers are recognised
_REPORT_S = 1.0  # a source that loses all the time is reported this often
# Anybody can invent sources. Each may make us keep a window full of packets.
_MOST_SOURCES = 256

_NEVER = float("inf")


class SourceNews(NamedTuple):
    """Something happened to a source."""

    kind: str  # "appeared", "lost" (it goes on), "gone"
    source: str  # its TSI, readable
    address: str
    reason: str


class Outgoing(NamedTuple):
    """A packet to send: to the source's address and, if ``group`` is not empty, to that group as well."""

    packet: bytes
    nla: bytes  # empty if no SPM told it yet: then ``address``, where its packets come from
    address: str
    group: bytes


class Receiver:
    """All sources of one endpoint. Times are monotonic seconds."""

    __slots__ = (
        "_bytes_of_gone",
        "_messages_of_gone",
        "_next_expiry",
        "_random",
        "_settings",
        "_unread",
        "counters",
        "news",
        "sources",
        "to_send",
    )

    def __init__(self, settings: Settings, random: Callable[[], float]) -> None:
        self._settings = settings
        self._random = random
        self.sources: dict[bytes, Source] = {}
        self.counters: Counter[str] = Counter()
        self.news: deque[SourceNews] = deque()
        self.to_send: deque[Outgoing] = deque()
        self._unread: deque[Source] = deque()  # sources with payloads that are ready, each once, in turn
        self._next_expiry = _NEVER
        self._messages_of_gone = 0
        self._bytes_of_gone = 0

    # -- packets ---------------------------------------------------------------------------------------

    def receive(self, data: bytes, address: str, group: bytes, now: float) -> None:
        """A packet arrived from ``address`` for ``group``. Never raises for what it contains."""
        try:
            packet = parse(data)
        except Malformed as why:
            self.counters[str(why)] += 1
            return
        if packet.port != self._settings.port:
            return  # another application uses the group
        kind = packet.type
        if kind in (ODATA, RDATA):
            self._data(packet, address, group, now)
        elif kind == SPM:
            self._spm(packet, address, group, now)
        elif kind in (NCF, NAK):
            # Another receiver's NAK, if it was sent to the group, does the same as the NCF: it keeps us quiet.
            source = self.sources.get(packet.tsi)
            if source is not None:
                self.counters["ncf_in" if kind == NCF else "nak_in"] += 1
                source.ncf(packet.sqns, now)
                self._after(source, now)
        elif kind != SPMR:
            self.counters["unknown_type"] += 1

    def _data(self, packet: Packet, address: str, group: bytes, now: float) -> None:
        if OPT_FRAGMENT in packet.options:
            self.counters["fragment"] += 1  # messages are cut by ZeroMQ, never by PGM
            return
        source = self.sources.get(packet.tsi) or self._new_source(packet.tsi, address, group, now)
        if source is None:
            return
        self.counters["odata_in" if packet.type == ODATA else "rdata_in"] += 1
        source.data(packet.sqn, packet.trail, packet.payload, now)
        self._after(source, now)

    def _spm(self, packet: Packet, address: str, group: bytes, now: float) -> None:
        is_final = OPT_FIN in packet.options or OPT_RST in packet.options
        source = self.sources.get(packet.tsi)
        if source is None:
            if is_final:
                return
            source = self._new_source(packet.tsi, address, group, now)
            if source is None:
                return
        self.counters["spm_in"] += 1
        if source.spm(packet.spm_sqn, packet.trail, packet.lead, packet.nla, now) and is_final:
            source.is_final = True
            self._next_expiry = min(self._next_expiry, now + _FINAL_EXPIRY_S)
        self._after(source, now)

    def _new_source(self, tsi: bytes, address: str, group: bytes, now: float) -> Source | None:
        settings = self._settings
        if len(self.sources) >= _MOST_SOURCES:
            self.counters["too_many_sources"] += 1
            return None
        source = Source(
            tsi,
            settings.port,
            group,
            settings.window_size,
            settings.max_msg_size,
            self._random,
            self.counters,
            now,
        )
        source.address = address
        self.sources[tsi] = source
        self._next_expiry = min(self._next_expiry, now + _EXPIRY_S)
        self._tell("appeared", source, "")
        return source

    def _after(self, source: Source, now: float) -> None:
        """After any packet: is there something to deliver, or to report?"""
        if source.ready and not source.is_queued:
            source.is_queued = True
            self._unread.append(source)
        if (source.lost_count or source.nonsense) and now >= source.reported_at + _REPORT_S:
            source.reported_at = now
            self._report(source)

    def _report(self, source: Source) -> None:
        count, source.lost_count = source.lost_count, 0
        nonsense, source.nonsense = source.nonsense, ""
        name = name_of(source.tsi)
        if count:
            self._tell(
                "lost",
                source,
                f"{count} packet{'s' if count > 1 else ''} of source {name} cannot be recovered, and the messages in "
                "them are lost (a longer RECOVERY_IVL, a higher RATE or a larger RCVBUF may help)",
            )
        if nonsense:
            self._tell("lost", source, f"source {name}: {nonsense}; its next message is looked for")

    # -- messages --------------------------------------------------------------------------------------

    @property
    def has_undelivered(self) -> bool:
        """True if ``deliver`` would give messages, or might."""
        return bool(self._unread)

    def deliver(self, inbox: deque[PipeItem], room: int) -> int:
        """Append at most ``room`` messages; returns how many. Sources take turns."""
        total = 0
        unread = self._unread
        while unread:
            source = unread[0]
            reader = source.reader
            if reader.has_undecoded or source.ready:
                if total >= room:
                    return total
                if not reader.has_undecoded:
                    payload = source.ready.popleft()
                    if payload is None:
                        reader.leave()
                        continue
                    reader.feed(payload)
                if reader.is_joined:
                    total += reader.decode(inbox, room - total)
                if reader.failure:
                    self.counters[reader.failure] += 1
                    source.nonsense = reader.failure.replace("_", " ")
                    reader.failure = ""
                unread.rotate(-1)
            else:
                source.is_queued = False
                unread.popleft()
        return total

    @property
    def messages_in(self) -> int:
        """How many messages came out."""
        return self._messages_of_gone + sum(source.reader.messages_in for source in self.sources.values())

    @property
    def bytes_in(self) -> int:
        """The bytes of user data in them."""
        return self._bytes_of_gone + sum(source.reader.bytes_in for source in self.sources.values())

    # -- time ------------------------------------------------------------------------------------------

    def deadline(self) -> float:
        """When to call ``deadline_reached``."""
        when = self._next_expiry
        for source in self.sources.values():
            when = min(when, source.deadline())
            if source.lost_count or source.nonsense:
                when = min(when, source.reported_at + _REPORT_S)
        return when

    def deadline_reached(self, now: float) -> None:
        """Time has passed: ask for what is missing, forget who is silent."""
        for source in self.sources.values():
            for packet in source.deadline_reached(now):
                # An SPMR goes to the group as well: whoever wants to ask, too, hears it.
                group = source.group if packet[4] == SPMR else b""
                self.to_send.append(Outgoing(packet, source.nla, source.address, group))
            self._after(source, now)
        if now >= self._next_expiry:
            self._expire(now)

    def _expire(self, now: float) -> None:
        self._next_expiry = _NEVER
        for source in list(self.sources.values()):
            expiry = source.heard_at + (_FINAL_EXPIRY_S if source.is_final else _EXPIRY_S)
            if now < expiry:
                self._next_expiry = min(self._next_expiry, expiry)
                continue
            if source.is_queued:  # the application has not taken everything yet
                self._next_expiry = min(self._next_expiry, now + _FINAL_EXPIRY_S)
                continue
            self._forget(source)

    def _forget(self, source: Source) -> None:
        del self.sources[source.tsi]
        missing = source.missing_count
        self.counters["lost_packets"] += missing
        self._messages_of_gone += source.reader.messages_in
        self._bytes_of_gone += source.reader.bytes_in
        reason = f"{missing} packets never came" if missing else ""
        if not source.is_final:
            reason = f"silent for {_EXPIRY_S:.0f} s" + (f", {reason}" if reason else "")
        self._tell("gone", source, f"source {name_of(source.tsi)}: {reason}" if reason else "")

    def _tell(self, kind: str, source: Source, reason: str) -> None:
        self.news.append(SourceNews(kind, name_of(source.tsi), source.address, reason))
