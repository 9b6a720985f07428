"""Sending, receiving and polling with waiting: the application thread's side of a pump.

Whoever waits does the I/O. The thread claims the socket, sleeps in the socket's own poller without the lock, handles
what it finds under the lock, and looks again. A thread that finds more than it takes, while others wait, wakes them.
A socket whose peers are all in this process has no poller; there a thread waits as ``bell.py`` says.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..base.message import Message, Part
from ..error import Again
from ..unpatched import get_ident
from . import bell, inproc_ends, spinning
from .bell import FIRST_LOOK_S, LAST_LOOK_S
from .clock import monotonic
from .spinning import SPIN_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..base.pipe import Pipe
    from .pump import Pump
    from .selector import EpollPoller

    Result = TypeVar("Result")


def seconds(milliseconds: int) -> float | None:
    """A timeout option as the wait wants it: -1 is no limit."""
    return None if milliseconds < 0 else milliseconds / 1000


# By its name, because a compiled method has to be asked for as an attribute to become an object that can be called.
_TRY_RECV = "try_recv_from"

_TURNS_FOR_THE_PEER = 7  # of eight

# A signal stays on until all waiters of a socket have seen it. One that has gives the others time to run.
CROWD_PAUSE_S = 50e-6


def wait_for(
    pump: Pump,
    attempt: Callable[[], Result | None] | None,
    timeout_s: float | None,
    looks_again: bool = False,
) -> Result:
    """Repeat ``attempt`` (under the lock; None: to receive) until its result is not None.

    Raises Again when the time is up.

    No wake-up is lost: what an inproc peer posts before it can see our claim is in the mailbox, which is looked at
    after the claim; what it posts later wakes us. The sockets of greenlets wait by a function of their own, and those
    without descriptors by a bell.
    """
    deadline = None if timeout_s is None else monotonic() + timeout_s
    if pump.poller_or_none is None and pump.wait_instead is None and timeout_s != 0:
        rung = bell.wait(pump, attempt, deadline, looks_again)
        if rung is not None:
            return rung
    timeout = timeout_s
    pause = FIRST_LOOK_S
    poller = None
    me = get_ident()
    try:
        with pump.lock:
            result: Any = pump.try_recv_from() if attempt is None else attempt()
            if result is not None:
                return result  # type: ignore[no-any-return]
            if timeout_s == 0:
                raise Again()
            if attempt is None and pump.look_first():
                result = pump.try_recv_from()
                if result is not None:
                    return result  # type: ignore[no-any-return]
            if pump.wait_instead is None:
                poller = pump.poller_or_none or pump.poller
                pump.claim(me)
                look_again = bool(pump.mailbox)
        if poller is None:
            assert pump.wait_instead is not None
            again: Any = getattr(pump, _TRY_RECV) if attempt is None else attempt
            found: Result = pump.wait_instead(pump, again, timeout_s, looks_again)
            return found
        while True:
            sleep = timeout
            if looks_again and (timeout is None or pause < timeout):
                sleep = pause
                pause = min(2 * pause, LAST_LOOK_S)
            try:
                if look_again:
                    events = poller.wait(0.0)
                elif pump.spin_credit and (sleep is None or sleep > SPIN_S):
                    events = _spin_then_sleep(pump, poller, sleep)
                else:
                    events = _sleep(pump, poller, sleep)
            except ValueError:  # another thread has closed the poller
                events = []
            with pump.lock:
                pump.process(events, me)
                result = pump.try_recv_from() if attempt is None else attempt()
                if result is not None:
                    pump.unclaim(me)
                    poller = None
                    if pump.waiters and pump.core.pattern.can_recv():
                        pump.wake()  # others wait here as well, and there is more
                    return result  # type: ignore[no-any-return]
                if timeout == 0.0 and not look_again:
                    raise Again()
                look_again = bool(pump.mailbox)
            if pump.is_crowded:
                time.sleep(CROWD_PAUSE_S)
            if deadline is not None:
                timeout = max(0.0, deadline - monotonic())
    finally:
        if poller is not None:
            # Twice, because a signal handler may raise in the first: a claim that stays keeps the I/O thread away.
            try:
                with pump.lock:
                    pump.unclaim(me)
            except BaseException:
                with pump.lock:
                    pump.unclaim(me)
                raise


def until(pump: Pump, condition: Callable[[Pump], bool], timeout_s: float | None) -> bool:
    """Wait, doing the socket's I/O meanwhile, until the condition holds (it is asked under the lock).

    False: the time is up. Conditions about connections are in ``conditions.py``. Raises ZMQError for a socket that is
    closed, or whose context ends.
    """

    def attempt() -> bool | None:
        pump.check_alive()
        if pump.mailbox:
            pump.finish_step()
        return condition(pump) or None

    with pump.lock:
        pump.watchers += 1  # whoever does the I/O tells us what became of the connections
        pump.core.wants_news += 1
    try:
        if timeout_s is not None and timeout_s <= 0:
            return at_once(pump, attempt)
        return wait_for(pump, attempt, timeout_s)
    except Again:
        return False
    finally:
        with pump.lock:
            pump.watchers -= 1
            pump.core.wants_news -= 1


def _spin_then_sleep(pump: Pump, poller: EpollPoller, timeout: float | None) -> list[tuple[int, int]]:
    """Wait, at first without giving up the processor."""
    wait = poller.wait
    end = monotonic() + spinning.longest_s(pump)
    turns = 0
    while True:
        # The only peer is asked directly, everything else (which may need the GIL, too) every few turns.
        events: list[tuple[int, int]] = []
        if turns & _TURNS_FOR_THE_PEER:
            is_over = pump.ask_peer()
        else:
            events = wait(0.0)
            is_over = bool(events)
        if is_over:
            spinning.succeeded(pump)
            return events
        turns += 1
        if monotonic() >= end:
            spinning.failed(pump)
            return wait(timeout)


def _sleep(pump: Pump, poller: EpollPoller, timeout: float | None) -> list[tuple[int, int]]:
    """Wait in the kernel."""
    if not SPIN_S:
        return poller.wait(timeout)
    began = monotonic()
    events = poller.wait(timeout)
    spinning.slept(pump, monotonic() - began)
    return events


def at_once(pump: Pump, attempt: Callable[[], Result | None]) -> Result:
    """One attempt (under the lock), and another after handling what is ready. Raises Again."""
    with pump.lock:
        result = attempt()
        if result is None:
            pump.process(pump.look())
            result = attempt()
    if result is None:
        raise Again()
    return result


def send(pump: Pump, message: Message, wait: bool = True, timeout_ms: int | None = None) -> None:
    """Queue a message, waiting for room if ``wait``. Raises Again when there is none in time.

    ``timeout_ms`` replaces SNDTIMEO.
    """
    with pump.lock:
        if pump.try_send(message):
            return
        pump.core.high_water_hits += 1
    _send_later(pump, message, wait, timeout_ms)


def _send_later(pump: Pump, message: Message, wait: bool, timeout_ms: int | None) -> None:
    def attempt() -> bool | None:
        return pump.try_send(message) or None

    if wait:
        timeout_s = seconds(pump.core.options.sndtimeo if timeout_ms is None else timeout_ms)
        wait_for(pump, attempt, timeout_s, looks_again=bool(pump.inproc_links))
    else:
        at_once(pump, attempt)


def may_start(pump: Pump, first: Part, wait: bool = True, timeout_ms: int | None = None) -> None:
    """Wait until a message of several parts may begin with this one. Raises as ``send`` does."""

    def attempt() -> bool | None:
        pump.check_alive()
        if pump.mailbox:
            pump.finish_step()
        if pump.core.pattern.may_send(first):
            return True
        return (inproc_ends.find_room(pump) and pump.core.pattern.may_send(first)) or None

    if wait:
        timeout_s = seconds(pump.core.options.sndtimeo if timeout_ms is None else timeout_ms)
        wait_for(pump, attempt, timeout_s, looks_again=bool(pump.inproc_links))
    else:
        at_once(pump, attempt)


def recv_from(pump: Pump, wait: bool = True, timeout_ms: int | None = None) -> tuple[Message, Pipe | None]:
    """The next message and the pipe that it came from, waiting for it if ``wait``. Raises Again.

    ``timeout_ms`` replaces RCVTIMEO.
    """
    if wait:
        milliseconds: int = pump.core.options.rcvtimeo if timeout_ms is None else timeout_ms
        return wait_for(pump, None, None if milliseconds < 0 else milliseconds / 1000)
    attempt: Callable[[], tuple[Message, Pipe | None] | None] = getattr(pump, _TRY_RECV)
    return at_once(pump, attempt)


def events(pump: Pump, waiter: object = None) -> int:
    """POLLIN and POLLOUT as of now, after handling what is ready. ``waiter``: the caller's token, if it has a claim."""
    with pump.lock:
        pump.check_alive()
        pump.process(pump.look(), waiter)
        pump.used = True
        return pump.events_known()


def poll(pump: Pump, wanted: int, timeout_s: float | None) -> int:
    """Wait for any of the wanted events; 0 when the time is up."""
    found = events(pump) & wanted
    if found or timeout_s == 0:
        return found

    def attempt() -> int | None:
        pump.check_alive()
        return pump.events_known() & wanted or None

    try:
        return wait_for(pump, attempt, timeout_s)
    except Again:
        return 0
