"""How a greenlet waits in a socket: as a thread does (``drivers/exchange.py``), but in gevent's hub.

The greenlet claims the socket, lets the hub watch the socket's poller, and does the socket's I/O when it is woken.
Nothing is taken out of the socket but by the greenlet that gets it, and never while it is switched out; so an exception
that gevent throws into the wait loses no message.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import gevent
from gevent import Timeout

from ..drivers.bell import FIRST_LOOK_S, LAST_LOOK_S
from ..drivers.exchange import CROWD_PAUSE_S
from ..drivers.pump import Pump
from ..error import Again

Result = TypeVar("Result")

_READ = 1  # libev's number


def wait_in_hub(
    pump: Pump, attempt: Callable[[], Result | None], timeout_s: float | None, looks_again: bool
) -> Result:
    """Repeat ``attempt`` (under the lock) until its result is not None. Raises Again when the time is up."""
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    pause = FIRST_LOOK_S
    token = object()
    watcher: Any = None
    is_claimed = False
    try:
        with pump.lock:
            result = attempt()
            if result is not None:
                return result
            fd = pump.poller.fd
            is_claimed = True
            pump.claim(token)
            look_again = bool(pump.mailbox)
        watcher = gevent.get_hub().loop.io(fd, _READ)
        while True:
            timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not look_again:
                sleep = timeout
                if looks_again and (timeout is None or pause < timeout):
                    sleep = pause
                    pause = min(2 * pause, LAST_LOOK_S)
                sleep_until_ready(watcher, sleep)
            with pump.lock:
                pump.process(pump.look(), token)
                result = attempt()
                if result is not None:
                    pump.unclaim(token)
                    is_claimed = False
                    if pump.waiters and pump.core.pattern.can_recv():
                        pump.wake()  # others wait here as well, and there is more
                    return result
                look_again = bool(pump.mailbox)
            if timeout == 0.0 and not look_again:
                raise Again()
            if pump.is_crowded:
                gevent.sleep(CROWD_PAUSE_S)
    finally:
        if watcher is not None:
            watcher.close()
        if is_claimed:
            with pump.lock:
                pump.unclaim(token)


def sleep_until_ready(watcher: Any, timeout_s: float | None) -> None:
    """Let the other greenlets run until the descriptor is ready, or the time is up."""
    if timeout_s is None:
        gevent.get_hub().wait(watcher)
        return
    over = Timeout.start_new(timeout_s)
    try:
        gevent.get_hub().wait(watcher)
    except Timeout as caught:
        if caught is not over:
            raise
    finally:
        over.close()
