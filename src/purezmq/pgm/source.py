"""What a receiver knows of one source: what arrived, what is missing, and what is done about it.

**The window.** ``next`` is the packet to deliver next, ``lead`` the last one known to exist. Every packet from
``next`` to ``lead`` is either in ``_held`` (it arrived, but not its predecessors; or it is lost for good) or in
``_missing``. The first packet of a source that arrives defines where the window begins: nothing is asked for that was
sent before.

**Missing packets**: ::

    BACKOFF   --time: NAK sent-->         WAIT_NCF   --NCF-->    WAIT_DATA   --RDATA or ODATA--> (arrived)
    BACKOFF   --NCF, somebody was faster-->                      WAIT_DATA
    WAIT_NCF  --time: asked 50 times?-->  BACKOFF, or lost
    WAIT_DATA --time: waited 50 times?--> BACKOFF, or lost

Packets that were found missing together share one back-off, and so one NAK. A packet is lost also when the source says
that it has it no more (its trail has passed), and when the window would grow larger than RECOVERY_IVL at RATE.

**Delivery.** ``ready`` holds payloads in their order, and ``None`` where something is lost.

The numbers are those that libzmq gives to OpenPGM.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable

from .packet import MOST_IN_NAK, make_nak, make_spmr
from .serial import after, distance
from .stream import StreamReader

_BACKOFF_S = 0.05  # random, up to this: a NAK of somebody else may make ours needless
_NCF_WAIT_S = 0.2
_DATA_WAIT_S = 0.2
_MOST_RETRIES = 50
_SPMR_DELAY_S = 0.025  # an SPM may come without our asking
_SPMR_AGAIN_S = 0.25  # NAKs have nowhere to go before there was an SPM
_MOST_SPMR = 8

# One wake-up sends at most so many NAKs, so that a large gap is not answered with a storm.
_NAKS_AT_ONCE = 16

BACKOFF, WAIT_NCF, WAIT_DATA = range(3)

_NEVER = float("inf")


class Missing:
    """One packet that has not arrived."""

    __slots__ = ("data_retries", "deadline", "ncf_retries", "state")

    def __init__(self, deadline: float) -> None:
        self.state = BACKOFF
        self.deadline = deadline
        self.ncf_retries = 0
        self.data_retries = 0


class Source:
    """The receiving end of one stream."""

    __slots__ = (
        "_counters",
        "_held",
        "_is_defined",
        "_missing",
        "_port",
        "_random",
        "_spm_sqn",
        "_spmr_at",
        "_spmr_count",
        "_timers",
        "_window_size",
        "address",
        "group",
        "heard_at",
        "is_final",
        "is_queued",
        "lead",
        "lost_count",
        "next",
        "nla",
        "nonsense",
        "reader",
        "ready",
        "reported_at",
        "tsi",
    )

    def __init__(
        self,
        tsi: bytes,
        port: int,
        group: bytes,
        window_size: int,
        max_msg_size: int,
        random: Callable[[], float],
        counters: Counter[str],
        now: float,
    ) -> None:
        self.tsi = tsi
        self.group = group  # which its packets are addressed to
        self.address = ""  # where its packets come from, as the driver knows it
        self.nla = b""  # where NAKs go; empty before the first SPM
        self.reader = StreamReader(max_msg_size)
        self.ready: deque[bytes | None] = deque()
        self.next = 0
        self.lead = after(0, -1)
        self.heard_at = now
        self.is_queued = False  # the receiver's: it is in the line of sources with something to deliver
        self.is_final = False  # it said that nothing more will come
        self.lost_count = 0  # packets lost for good and not reported yet ...
        self.nonsense = ""  # ... what was wrong with the stream itself, not reported yet either ...
        self.reported_at = -_NEVER  # ... and when there was a report
        self._port = port
        self._window_size = window_size
        self._random = random
        self._counters = counters
        self._is_defined = False
        self._held: dict[int, bytes | None] = {}
        self._missing: dict[int, Missing] = {}
        self._timers: list[tuple[float, int]] = []  # (deadline, sequence number); stale ones are skipped
        self._spm_sqn = -1
        self._spmr_at = now + _SPMR_DELAY_S
        self._spmr_count = 0

    # -- packets ---------------------------------------------------------------------------------------

    def data(self, sqn: int, trail: int, payload: bytes, now: float) -> None:
        """ODATA or RDATA."""
        self.heard_at = now
        if distance(trail, sqn) < 0:
            self._counters["bad_window"] += 1
            return
        if not self._is_defined:
            self._define(sqn)
        ahead = distance(self.next, sqn)
        if ahead == 0 and not self._held and not self._missing:
            # In order and nothing else on our minds.
            self.ready.append(payload)
            self.next = after(sqn)
            self.lead = sqn
            return
        if ahead < 0 or sqn in self._held:
            self._counters["duplicates"] += 1
            return
        if distance(self.lead, sqn) > 0:
            self._extend(sqn, now, has_arrived=True)
        else:
            del self._missing[sqn]
        self._held[sqn] = payload
        self._move_on()
        self._trail(trail)

    def spm(self, spm_sqn: int, trail: int, lead: int, nla: bytes, now: float) -> bool:
        """An SPM. False: it is an old one, or nonsense."""
        self.heard_at = now
        if self._spm_sqn >= 0 and distance(self._spm_sqn, spm_sqn) <= 0:
            self._counters["duplicates"] += 1
            return False
        if distance(trail, after(lead)) < 0:
            self._counters["bad_window"] += 1
            return False
        self._spm_sqn = spm_sqn
        self.nla = nla
        self._spmr_at = _NEVER
        if not self._is_defined:
            self._define(after(lead))
            return True
        if distance(self.lead, lead) > 0:
            self._extend(lead, now)
        self._trail(trail)
        return True

    def ncf(self, sqns: list[int], now: float) -> None:
        """Somebody's NAK was heard: wait for the data."""
        if not self._is_defined:
            return
        for sqn in sqns:
            if 0 < distance(self.lead, sqn) <= MOST_IN_NAK:
                self._extend(sqn, now)
            missing = self._missing.get(sqn)
            if missing is not None:
                missing.state = WAIT_DATA
                self._arm(sqn, missing, now + _DATA_WAIT_S)

    # -- the window ------------------------------------------------------------------------------------

    def _define(self, sqn: int) -> None:
        self._is_defined = True
        self.next = sqn
        self.lead = after(sqn, -1)

    def _extend(self, lead: int, now: float, *, has_arrived: bool = False) -> None:
        """Packets up to ``lead`` exist. All after the old lead are missing, the last one perhaps not."""
        first = after(lead, 1 - self._window_size)
        if distance(self.next, first) > 0:
            self._give_up_before(first)
        sqn = after(self.lead)
        self.lead = lead
        end = lead if has_arrived else after(lead)
        if sqn == end:
            return
        deadline = now + self._random() * _BACKOFF_S  # one for all of them
        while sqn != end:
            missing = self._missing[sqn] = Missing(deadline)
            self._arm(sqn, missing, deadline)
            sqn = after(sqn)

    def _trail(self, trail: int) -> None:
        """The source has nothing before its trail any more."""
        if distance(self.next, trail) > 0:
            self._give_up_before(trail)

    def _give_up_before(self, first: int) -> None:
        """Whatever is missing before ``first`` is lost; the rest of it is delivered."""
        while distance(self.next, first) > 0 and self.next in self._missing:
            self._lost_for_good(self.next)
        unknown = distance(self.next, first)  # we have not even heard of these
        if unknown > 0:
            self._lose(unknown)
            self._deliver(None)
            self.next = first
            self.lead = after(first, -1)

    def _lose(self, count: int) -> None:
        self.lost_count += count
        self._counters["lost_packets"] += count

    def _move_on(self) -> None:
        """Deliver what has become contiguous."""
        held = self._held
        while self.next in held:
            self._deliver(held.pop(self.next))
            self.next = after(self.next)

    def _deliver(self, payload: bytes | None) -> None:
        if payload is not None or not self.ready or self.ready[-1] is not None:
            self.ready.append(payload)

    # -- time ------------------------------------------------------------------------------------------

    def _arm(self, sqn: int, missing: Missing, deadline: float) -> None:
        missing.deadline = deadline
        heapq.heappush(self._timers, (deadline, sqn))

    def deadline(self) -> float:
        """When to call ``deadline_reached``."""
        return min(self._next_timer(), self._spmr_at)

    def _next_timer(self) -> float:
        timers = self._timers
        while timers:
            deadline, sqn = timers[0]
            missing = self._missing.get(sqn)
            if missing is not None and missing.deadline == deadline:
                return deadline
            heapq.heappop(timers)
        return _NEVER

    def deadline_reached(self, now: float) -> list[bytes]:
        """Time has passed. Returns NAKs and SPMRs."""
        packets: list[bytes] = []
        if now >= self._spmr_at:
            packets.append(self._ask_for_spm(now))
        due: list[int] = []
        most = _NAKS_AT_ONCE * MOST_IN_NAK
        while len(due) < most and self._next_timer() <= now:
            _, sqn = heapq.heappop(self._timers)
            missing = self._missing[sqn]
            if missing.state != BACKOFF:
                self._try_again(sqn, missing, now)
            elif not self.nla:
                # No address to send to: the SPMs that were asked for decide.
                if self._spmr_count >= _MOST_SPMR:
                    self._lost_for_good(sqn)
                else:
                    self._arm(sqn, missing, now + _SPMR_AGAIN_S)
                    if self._spmr_at == _NEVER:
                        packets.append(self._ask_for_spm(now))
            else:
                due.append(sqn)
        if due:
            for sqn in due:
                missing = self._missing[sqn]
                missing.state = WAIT_NCF
                self._arm(sqn, missing, now + _NCF_WAIT_S)
            due.sort(key=lambda sqn: distance(self.next, sqn))
            for start in range(0, len(due), MOST_IN_NAK):
                sqns = due[start : start + MOST_IN_NAK]
                packets.append(make_nak(self.tsi, self._port, sqns, self.nla, self.group))
                self._counters["nak_out"] += 1
        return packets

    def _try_again(self, sqn: int, missing: Missing, now: float) -> None:
        if missing.state == WAIT_NCF:
            missing.ncf_retries += 1
        else:
            missing.data_retries += 1
        if max(missing.ncf_retries, missing.data_retries) > _MOST_RETRIES:
            self._lost_for_good(sqn)
        else:
            missing.state = BACKOFF
            self._arm(sqn, missing, now + self._random() * _BACKOFF_S)

    def _lost_for_good(self, sqn: int) -> None:
        del self._missing[sqn]
        self._lose(1)
        self._held[sqn] = None
        self._move_on()

    def _ask_for_spm(self, now: float) -> bytes:
        self._spmr_count += 1
        # Without a loss there is nothing to tell the source, so it is asked once only.
        self._spmr_at = now + _SPMR_AGAIN_S if self._missing and self._spmr_count < _MOST_SPMR else _NEVER
        self._counters["spmr_out"] += 1
        return make_spmr(self.tsi, self._port)

    @property
    def missing_count(self) -> int:
        """How many packets are being waited for."""
        return len(self._missing)
