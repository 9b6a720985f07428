"""The end of the interpreter: messages for live peers still leave, and nothing hangs."""

from __future__ import annotations

import atexit
import sys
import time
import weakref

from .drivers import ending
from .drivers.hub import Hub
from .drivers.log import logger
from .drivers.pump import Pump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Without any progress for this long a peer counts as not taking anything.
_STALL_S = 1.0
# A peer that is not there may come within this time; the default reconnect interval is 0.1 to 0.2 s.
_ABSENT_S = 0.3
_LOOK_S = 0.005

_hubs: weakref.WeakSet[Hub] = weakref.WeakSet()
_registered: set[str] = set()


def deliver_at_exit(hub: Hub) -> None:
    """Remember this context for the end of the interpreter."""
    _hubs.add(hub)
    if "atexit" not in _registered:
        _registered.add("atexit")
        atexit.register(_leave)
    # A multiprocessing child ends without atexit, but runs these.
    util: Any = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.Finalize(None, _leave, exitpriority=100)


def _leave() -> None:
    pumps: list[Pump] = []
    for hub in list(_hubs):
        if hub.is_inherited:
            continue
        for pump in list(hub.pumps):
            # An explicit LINGER is obeyed; the default (for ever) ends when the peers take nothing any more.
            ending.close(pump, pump.core.options.linger)
            pumps.append(pump)
    _wait_for(pumps)


def _wait_for(pumps: list[Pump]) -> None:
    now = time.monotonic()
    last_progress = now
    unsent = _unsent(pumps)
    while unsent:
        patience = _STALL_S if _somebody_listens(pumps) else _ABSENT_S
        now = time.monotonic()
        if now - last_progress > patience:
            _tell_what_is_lost(pumps)
            return
        time.sleep(_LOOK_S)
        left = _unsent(pumps)
        if left != unsent:
            unsent = left
            last_progress = time.monotonic()


def _tell_what_is_lost(pumps: list[Pump]) -> None:
    for pump in pumps:
        if pump.finished:
            continue
        count = pump.undelivered()
        with pump.lock:
            kept = sum(stream.bytes_kept() for stream in pump.streams)
        if count or kept:
            where = ", ".join(line.text for line in pump.connectors) or "accepted connections"
            logger().warning(
                "%s %s: the interpreter ends with %d messages, and %d bytes of others, not delivered",
                pump.core.type_name,
                where,
                count,
                kept,
            )


def _unsent(pumps: list[Pump]) -> int:
    """Something that falls while messages leave: messages and bytes that have not left yet."""
    total = 0
    for pump in pumps:
        if pump.finished:
            continue
        with pump.lock:
            for connector in pump.connectors:
                total += connector.unsent
            for stream in pump.streams:
                connection = stream.session.connection
                total += (
                    stream.unsent
                    + stream.bytes_kept()
                    + (0 if connection is None else connection.output_size)
                )
    return total


def _somebody_listens(pumps: list[Pump]) -> bool:
    return any(
        bool(pump.streams) or any(connector.state != "waiting" for connector in pump.connectors)
        for pump in pumps
        if not pump.finished
    )
