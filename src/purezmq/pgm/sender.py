"""A source: it sends a stream of packets, and again those that somebody missed.

**Data.** ``next_packet`` cuts the messages of an outbox into ODATA packets, as fast as RATE allows. A packet stays in
the transmit window until so many others were sent that it is too old to be asked for.

**Repair.** A receiver that misses packets unicasts a NAK. The source answers with an NCF for all, so that other
receivers keep quiet, and then with the packets themselves (RDATA), once however many asked.

**SPMs** tell where the window begins and ends, and where to send NAKs. They come in threes at the start and (with
OPT_FIN) at the end, after every silence by the *ladder* below, so that the loss of the last packet is noticed, and
every 30 s in any case, so that receivers keep the source in mind. SPMR asks for one.

Who may send how much: ODATA waits for RATE. Repairs have an allowance of their own of the same size, so that neither
keeps the other waiting, and a storm of NAKs costs no more than the data itself. NCFs and SPMs are sent at once.
"""

from __future__ import annotations

from collections import Counter, deque

from ..base.message import PipeItem
from .packet import (
    NAK,
    NCF,
    ODATA,
    OPT_FIN,
    RDATA,
    SPMR,
    Malformed,
    Packet,
    make_data,
    make_ncf,
    make_spm,
    parse,
)
from .rate import RateLimit
from .serial import after, distance
from .settings import Settings
from .stream import StreamWriter

_NEVER = float("inf")

# Seconds after the last data packet. OpenPGM is configured with other numbers, and this is what it makes of them.
_LADDER_S = (0.1, 0.2, 0.3, 0.4, 0.5, 1.8, 8.8, 24.8)
_AMBIENT_S = 30.0
_SPMS_AT_THE_ENDS = 3
_SHORTEST_ANSWER_S = (
    0.1  # between two SPMs that were asked for: RFC 3208 wants the shortest heartbeat interval
)

# How long the end waits for NAKs after the last data: the first SPM of the ladder, the receiver's back-off, and once
# more if something of that was lost.
_REPAIR_S = 0.5

# NAKs that arrived and were not confirmed yet. The kernel's buffers hold fewer, so only a network that takes nothing
# gets us here.
_MOST_CONFIRMATIONS = 1000


class Sender:
    """The source of one endpoint. Times are monotonic seconds."""

    __slots__ = (
        "_confirmations",
        "_data",
        "_data_at",
        "_data_is_paid",
        "_data_limit",
        "_data_sent_at",
        "_ladder",
        "_next_ambient",
        "_next_heartbeat",
        "_repair",
        "_repair_at",
        "_repair_limit",
        "_repairs",
        "_settings",
        "_spm_sent_at",
        "_spm_sqn",
        "_spm_wanted",
        "_spms_owed",
        "_window",
        "_window_size",
        "counters",
        "lead",
        "messages_out",
        "trail",
        "tsi",
        "writer",
    )

    def __init__(self, settings: Settings, tsi: bytes, now: float, first_sqn: int = 0) -> None:
        self.tsi = tsi
        self.writer = StreamWriter(settings.payload_size)
        self.counters: Counter[str] = Counter()
        self.messages_out = 0
        self._settings = settings
        self._window: dict[int, bytes] = {}  # sequence number -> payload, from trail on
        self._window_size = settings.window_size
        self.trail = first_sqn
        self.lead = after(first_sqn, -1)  # the last packet that has really left: no SPM tells of others
        self._data = b""  # the ODATA after lead, which has not left yet
        self._data_is_paid = False
        self._data_at = 0.0  # when RATE allows it
        self._repairs: dict[int, None] = {}  # what was asked for, in this order
        self._repair = b""  # the RDATA of the first of these; made and paid for, but not sent
        self._repair_at = 0.0
        self._confirmations: deque[bytes] = deque()  # NCFs
        rate = settings.rate_kbit_s * 125.0
        self._data_limit = RateLimit(rate, settings.max_tpdu, now)
        self._repair_limit = RateLimit(rate, settings.max_tpdu, now)
        # OpenPGM compares the first SPM that it sees with 0: one beyond 2^31 would be an old one for ever.
        self._spm_sqn = 0
        self._spms_owed = _SPMS_AT_THE_ENDS
        self._spm_wanted = False  # by an SPMR that came too soon after the last SPM
        self._spm_sent_at = -_NEVER
        self._data_sent_at = -_NEVER
        self._ladder = len(_LADDER_S)
        self._next_heartbeat = _NEVER
        self._next_ambient = now + _AMBIENT_S

    # -- what to send ----------------------------------------------------------------------------------

    def next_packet(self, outbox: deque[PipeItem], now: float) -> bytes:
        """The next packet for the group; empty if there is none, or not yet. Tell ``sent`` when it has left."""
        if self._spms_owed:
            return self._make_spm({})
        if self._confirmations:
            return self._confirmations[0]
        if self._repairs:
            packet = self._next_repair(now)
            if packet:
                return packet
        return self._next_data(outbox, now)

    def sent(self, packet: bytes, now: float) -> None:
        """The packet that ``next_packet`` returned has left."""
        kind = packet[4]
        if kind == ODATA:
            self.lead = after(self.lead)
            self._data = b""
            self.messages_out += self.writer.completed
            self.counters["odata_out"] += 1
            self._restart_ladder(now)
        elif kind == RDATA:
            del self._repairs[next(iter(self._repairs))]
            self._repair = b""
            self.counters["rdata_out"] += 1
            self._restart_ladder(now)
        elif kind == NCF:
            self._confirmations.popleft()
            self.counters["ncf_out"] += 1
        else:
            self._spms_owed -= 1
            self._spm_sent(now)

    def last_words(self, now: float) -> list[bytes]:
        """The packets that say that nothing more will come."""
        packets = []
        for _ in range(_SPMS_AT_THE_ENDS):
            packets.append(self._make_spm({OPT_FIN: b""}))
            self._spm_sent(now)
        return packets

    def _next_data(self, outbox: deque[PipeItem], now: float) -> bytes:
        packet = self._data
        if not packet:
            payload = self.writer.next_payload(outbox)
            if not payload:
                return b""
            packet = self._data = self._make_data(payload)
            self._data_is_paid = False
        if not self._data_is_paid:
            cost = len(packet) + self._settings.header_size
            if not self._data_limit.take(cost, now):
                self._data_at = self._data_limit.ready_at(cost)
                return b""
            self._data_is_paid = True
        return packet

    def _make_data(self, payload: bytes) -> bytes:
        sqn = after(self.lead)
        # This packet tells the trail as it is before the packet itself pushes the oldest one out, as in OpenPGM.
        packet = make_data(ODATA, self.tsi, self._settings.port, sqn, self.trail, payload)
        if len(self._window) == self._window_size:
            del self._window[self.trail]
            self.trail = after(self.trail)
        self._window[sqn] = payload
        return packet

    def _next_repair(self, now: float) -> bytes:
        if self._repair:
            return self._repair
        while self._repairs:
            sqn = next(iter(self._repairs))
            payload = self._window.get(sqn)
            if payload is None:  # pushed out while it waited
                del self._repairs[sqn]
                continue
            packet = make_data(RDATA, self.tsi, self._settings.port, sqn, self.trail, payload)
            cost = len(packet) + self._settings.header_size
            if not self._repair_limit.take(cost, now):
                self._repair_at = self._repair_limit.ready_at(cost)
                return b""
            self._repair = packet
            return packet
        return b""

    # -- SPMs ------------------------------------------------------------------------------------------

    def _make_spm(self, options: dict[int, bytes]) -> bytes:
        settings = self._settings
        return make_spm(self.tsi, settings.port, self._spm_sqn, self.trail, self.lead, settings.nla, options)

    def _spm_sent(self, now: float) -> None:
        self._spm_sqn = after(self._spm_sqn)
        self._spm_sent_at = now
        self._spm_wanted = False
        self._next_ambient = now + _AMBIENT_S
        self.counters["spm_out"] += 1

    def _restart_ladder(self, now: float) -> None:
        self._data_sent_at = now
        self._ladder = 0
        self._next_heartbeat = now + _LADDER_S[0]

    # -- time ------------------------------------------------------------------------------------------

    def deadline(self) -> float:
        """When to call ``deadline_reached`` and look for packets again. May have passed already."""
        when = min(self._next_heartbeat, self._next_ambient)
        if self._data and not self._data_is_paid:
            when = min(when, self._data_at)
        if self._repairs and not self._repair:
            when = min(when, self._repair_at)
        if self._spm_wanted:
            when = min(when, self._spm_sent_at + _SHORTEST_ANSWER_S)
        return when

    def deadline_reached(self, now: float) -> None:
        """Time has passed: perhaps an SPM is due."""
        is_due = now >= self._next_ambient
        while now >= self._next_heartbeat:
            is_due = True
            self._ladder += 1
            self._next_heartbeat = (
                self._data_sent_at + _LADDER_S[self._ladder] if self._ladder < len(_LADDER_S) else _NEVER
            )
        if self._spm_wanted and now >= self._spm_sent_at + _SHORTEST_ANSWER_S:
            is_due = True
        if is_due:
            self._spms_owed = max(1, self._spms_owed)

    @property
    def unsent(self) -> int:
        """Messages that were taken from the outbox and have not left completely."""
        return (self.writer.completed if self._data else 0) + (1 if self.writer.has_rest else 0)

    @property
    def repairs_until(self) -> float:
        """Until when the end should wait, so that the last packets can be asked for."""
        return self._data_sent_at + _REPAIR_S

    # -- what receivers say ----------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> bytes:
        """A packet arrived. Returns the TSI that it is for, if that is another one, else nothing."""
        try:
            packet = parse(data)
        except Malformed as why:
            self.counters[str(why)] += 1
            return b""
        if packet.type not in (NAK, SPMR) or packet.port != self._settings.port:
            return b""
        if packet.tsi != self.tsi:
            return packet.tsi
        if packet.type == NAK:
            self._nak(packet)
        else:
            self.counters["spmr_in"] += 1
            if now >= self._spm_sent_at + _SHORTEST_ANSWER_S:
                self._spms_owed = max(1, self._spms_owed)
            else:
                self._spm_wanted = True
        return b""

    def _nak(self, packet: Packet) -> None:
        settings = self._settings
        if packet.nla != settings.nla or packet.group != settings.group:
            self.counters["stray_nak"] += 1
            return
        self.counters["nak_in"] += 1
        if len(self._confirmations) < _MOST_CONFIRMATIONS:
            # Also for what is gone: the receivers learn from the trail that it is.
            self._confirmations.append(
                make_ncf(self.tsi, settings.port, packet.sqns, settings.nla, settings.group)
            )
        for sqn in packet.sqns:
            if sqn in self._window and distance(sqn, self.lead) >= 0:
                self._repairs[sqn] = None
            else:
                self.counters["too_late"] += 1
