"""Sending, receiving and polling with waiting: the application thread's side of a pump.

Whoever waits does the I/O. The thread claims the socket, sleeps in the socket's own poller without the lock, handles
what it finds under the lock, and looks again. A thread that finds more than it takes, while others wait, wakes them.
A socket whose peers are all in this process has no poller; there a thread waits as ``bell.py`` says.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from ..base.message import Message, Part
from ..error import Again
from ..unpatched import get_ident
from . import bell, inproc_ends
from .bell import FIRST_LOOK_S, LAST_LOOK_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from ..base.pipe import Pipe
    from .pump import Pump
    from .selector import EpollPoller

    Result = TypeVar("Result")

monotonic = time.monotonic


def seconds(milliseconds: int) -> float | None:
    """A timeout option as the wait wants it: -1 is no limit."""
    return None if milliseconds < 0 else milliseconds / 1000


# How long a wait may spin: about what it takes to wake an idle processor. With a single processor spinning would only
# keep the peer from answering.
_SPIN_S = 80e-6 if len(os.sched_getaffinity(0)) > 1 else 0.0
# By its name, because a compiled method has to be asked for as an attribute to become an object that can be called.
_TRY_RECV = "try_recv_from"

_MOST_CREDIT = 8
_COST_OF_FAILURE = 2
_TRY_AFTER = 32  # short waits in a row
_TURNS_FOR_THE_PEER = 7  # of eight

# A signal stays on until all waiters of a socket have seen it. One that has gives the others time to run.
CROWD_PAUSE_S = 50e-6


def wait_for(
    pump: Pump, attempt: Callable[[], Result | None], timeout_s: float | None, looks_again: bool = False
) -> Result:
    """Repeat ``attempt`` (under the lock) until its result is not None. Raises Again when the time is up.

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
            result = attempt()
            if result is not None:
                return result
            if timeout_s == 0:
                raise Again()
            if pump.wait_instead is None:
                poller = pump.poller_or_none or pump.poller
                pump.claim(me)
                look_again = bool(pump.mailbox)
        if poller is None:
            assert pump.wait_instead is not None
            found: Result = pump.wait_instead(pump, attempt, timeout_s, looks_again)
            return found
        while True:
            sleep = timeout
            if looks_again and (timeout is None or pause < timeout):
                sleep = pause
                pause = min(2 * pause, LAST_LOOK_S)
            try:
                if look_again:
                    events = poller.wait(0.0)
                elif pump.spin_credit and (sleep is None or sleep > _SPIN_S):
                    events = _spin_then_sleep(pump, poller, sleep)
                else:
                    events = _sleep(pump, poller, sleep)
            except ValueError:  # another thread has closed the poller
                events = []
            with pump.lock:
                pump.process(events, me)
                result = attempt()
                if result is not None:
                    pump.unclaim(me)
                    poller = None
                    if pump.waiters and pump.core.pattern.can_recv():
                        pump.wake()  # others wait here as well, and there is more
                    return result
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


def _longest_spin_s(pump: Pump) -> float:
    """How long a wait in this socket may spin: as BUSY_POLL has it, or a little."""
    return max(_SPIN_S, pump.core.options.busy_poll / 1e6) if _SPIN_S else 0.0


def _spin_then_sleep(pump: Pump, poller: EpollPoller, timeout: float | None) -> list[tuple[int, int]]:
    """Wait, at first without giving up the processor.

    Waking an idle processor takes longer than the answer in a quick conversation. ``spin_credit`` says whether it is
    worth it: what succeeds is continued, what fails is stopped at once and tried again only now and then.
    """
    wait = poller.wait
    end = monotonic() + _longest_spin_s(pump)
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
            if pump.spin_credit < _MOST_CREDIT:
                pump.spin_credit += 1
            return events
        turns += 1
        if monotonic() >= end:
            pump.spin_credit = max(0, pump.spin_credit - _COST_OF_FAILURE)
            return wait(timeout)


def _sleep(pump: Pump, poller: EpollPoller, timeout: float | None) -> list[tuple[int, int]]:
    """Wait in the kernel. After a number of short waits, with BUSY_POLL after one, a spin may be tried."""
    if not _SPIN_S:
        return poller.wait(timeout)
    began = monotonic()
    events = poller.wait(timeout)
    waited = monotonic() - began
    if pump.core.options.busy_poll and waited < _longest_spin_s(pump):
        pump.spin_credit = _COST_OF_FAILURE
    elif waited < 3 * _SPIN_S:
        pump.short_waits += 1
        if pump.short_waits >= _TRY_AFTER:
            pump.short_waits = 0
            pump.spin_credit = 1
    else:
        pump.short_waits = 0
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
    attempt: Callable[[], tuple[Message, Pipe | None] | None] = getattr(pump, _TRY_RECV)
    if wait:
        return wait_for(
            pump, attempt, seconds(pump.core.options.rcvtimeo if timeout_ms is None else timeout_ms)
        )
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
