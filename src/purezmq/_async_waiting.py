"""Waiting for peers, subscribers and connections in a task: ``waiting.py`` for event loops."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from .base.endpoint import parse_endpoint
from .drivers import conditions, endpoints
from .error import ZMQError
from .waiting import (
    check_connected,
    check_number,
    is_decided,
    not_connected,
    too_few_peers,
    too_few_subscribers,
)

if TYPE_CHECKING:
    from ._loop_service import LoopService
    from .drivers.pump import Pump


# Waits in some loop until a condition holds (it is asked under the lock), for milliseconds. False: the time is up.
Until = Callable[[Callable[["Pump"], bool], int | None], Awaitable[bool]]


async def until(service: LoopService, condition: Callable[[Pump], bool], timeout_ms: int | None) -> bool:
    """Wait until the condition holds (it is asked under the lock). False: the time is up."""
    pump = service.pump
    found = service.loop.create_future()

    def check() -> None:
        if found.done():
            return
        try:
            with pump.lock:
                pump.check_alive()
                if pump.mailbox:
                    pump.finish_step()
                holds = condition(pump)
        except ZMQError as error:
            found.set_exception(error)
        else:
            if holds:
                found.set_result(True)

    with pump.lock:
        pump.watchers += 1  # whoever does the I/O tells us what became of the connections
        pump.core.wants_news += 1
    watch = service.watch(service.ALWAYS, check, found.cancel)
    try:
        with pump.lock:
            service.look()
        check()
        timeout_s = None if timeout_ms is None or timeout_ms < 0 else timeout_ms / 1000
        done, _ = await asyncio.wait([found], timeout=timeout_s)
        return bool(done) and found.result()
    finally:
        service.unwatch(watch)
        with pump.lock:
            pump.watchers -= 1
            pump.core.wants_news -= 1


async def wait_for_peers(pump: Pump, until: Until, n: int, timeout_ms: int | None) -> int:
    """``Socket.wait_for_peers``."""
    check_number(n)
    if not await until(lambda pump: conditions.peer_count(pump) >= n, timeout_ms):
        raise too_few_peers(pump, n, timeout_ms)
    with pump.lock:
        return conditions.peer_count(pump)


async def wait_for_subscribers(pump: Pump, until: Until, n: int, topic: bytes, timeout_ms: int | None) -> int:
    """``Socket.wait_for_subscribers``."""
    check_number(n)
    if not await until(lambda pump: conditions.subscriber_count(pump, topic) >= n, timeout_ms):
        raise too_few_subscribers(pump, n, topic, timeout_ms)
    with pump.lock:
        return conditions.subscriber_count(pump, topic)


async def connect_and_wait(pump: Pump, until: Until, addr: str | bytes, timeout_ms: int) -> None:
    """``Socket.connect`` with ``wait``."""
    endpoints.connect(pump, addr)
    endpoint = parse_endpoint(addr, for_bind=False).text
    try:
        if not await until(lambda pump: is_decided(pump, endpoint), timeout_ms):
            raise not_connected(pump, endpoint, timeout_ms)
        check_connected(pump, endpoint)
    except BaseException:
        with contextlib.suppress(ZMQError):  # it has given up already, or the socket is closed
            endpoints.disconnect(pump, endpoint)
        raise
