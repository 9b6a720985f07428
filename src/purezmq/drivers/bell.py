"""Waiting in a socket that has no descriptors: a bell, rung by whoever posts something.

A socket whose peers are all in this process has nothing to poll. So a thread that waits in it makes no poller. It
sleeps on a bell of its own, which stands in ``pump.bells`` meanwhile, and makes no claim, because there is no I/O to
keep the I/O thread away from. When the socket gets a poller (for a connection over tcp, an event loop, option FD),
the bells ring, and the sleepers go over to the poller (``exchange.wait_for``).

**No wake-up is lost.** Under the lock the waiter looks, puts up its bell, sets ``asleep``, and looks into the mailbox
once more; whoever posts puts the note into the mailbox first and rings afterwards. What changes without a note changes
under the lock, and ``wake`` follows. A bell may ring for nothing: every waiter looks for itself.

**Lock or descriptor.** A message that somebody waits for costs a hand-over of the interpreter. A plain lock is released
by a call that keeps the interpreter: the sleeper wakes, finds it taken, sleeps, and is woken again when the other
goes to sleep. That is right while messages stream, for the writer goes on until it has to wait, and then all of
them are read at once. In a conversation it is waste. ``os.eventfd_write`` gives the interpreter up: the sleeper runs
at once, answers and goes to sleep before the other is back from the call, which finds its answer there. So one of
two does not sleep at all. Who writes knows what it is: one that has heard from its peers since it last told one
something posts ``ANSWER`` instead of ``READABLE``, and the reader sleeps on the descriptor from then on.

Spinning would take the interpreter that the peer needs. Only compiled code can watch without it, and then a
conversation need not sleep at all: see handover.py.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import starmap

from ..error import Again
from ..unpatched import Lock, epoll, poll
from . import spinning
from .foreign import is_foreign
from .handover import CAN_WAIT, Handover
from .selector import READABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from .hub import Hub
    from .pump import Pump

    Result = TypeVar("Result")


monotonic = time.monotonic
eventfd_read, eventfd_write = os.eventfd_read, os.eventfd_write

# How a bell's owner sleeps.
AWAKE = 0
STREAMING = 1  # on the lock
TALKING = 2  # on the descriptor

# A sender that waits for an inproc reader looks by itself after these pauses (seconds, doubling). Telling it exactly
# at the low-water mark would cost the reader its lane for every message; so a reader tells when its inbox is empty.
FIRST_LOOK_S = 0.001
LAST_LOOK_S = 0.05

_LONGEST_REST_S = 1e6  # what every system call takes; then the waiter sleeps again


class Bell:
    """What one thread sleeps on. Only ``ring`` is for other threads; it needs no lock."""

    __slots__ = ("_descriptor", "_fd", "_handover", "_lock", "_poll", "asleep")

    def __init__(self) -> None:
        self.asleep = AWAKE  # or how: set by the owner before its last look, cleared by whoever rings
        self._lock = Lock()
        self._lock.acquire()
        self._handover = Handover()
        self._fd = -1
        self._descriptor: Any = None
        self._poll: Any = None

    def ring(self) -> None:
        """Wake the owner if it sleeps, or is about to."""
        asleep = self.asleep
        if asleep == AWAKE:
            return
        # The mark first: after the call the owner may sleep again already. Nothing can come between the mark and the
        # call, because signal handlers run after calls.
        self.asleep = AWAKE
        if asleep == TALKING:
            if not (CAN_WAIT and self._handover.give()):
                eventfd_write(self._fd, 1)
        else:
            try:
                self._lock.release()
            except RuntimeError:
                """Two threads saw the mark, and the other was faster."""

    def rest(self, how: int, timeout_s: float | None) -> None:
        """Sleep until it rings, or for so long. It may ring for nothing."""
        if timeout_s is not None and timeout_s > _LONGEST_REST_S:
            timeout_s = _LONGEST_REST_S
        if how == STREAMING:
            self._lock.acquire(True, -1 if timeout_s is None else timeout_s)
        elif timeout_s is None or self._poll.poll(timeout_s * 1000):
            try:
                eventfd_read(self._fd)
            except InterruptedError as error:  # by a signal, whose handler has run
                if is_foreign(error):
                    raise

    def converse(self, pump: Pump, timeout_s: float | None) -> None:
        """The same on the descriptor, at first awake if that may help and can be done without the interpreter."""
        longest_s = spinning.longest_s(pump) if CAN_WAIT else 0.0
        if not longest_s or (timeout_s is not None and timeout_s <= longest_s):
            self.rest(TALKING, timeout_s)
        elif pump.spin_credit:
            if self._handover.take(longest_s):
                spinning.succeeded(pump)
            else:
                spinning.failed(pump)
                self.rest(TALKING, timeout_s)
        else:
            began = monotonic()
            self.rest(TALKING, timeout_s)
            spinning.slept(pump, monotonic() - began)

    def can_talk(self) -> bool:
        """Make the descriptor if there is none yet. False: the process has none left."""
        if self._poll is None:
            try:
                # A loop, because a signal handler that raised after a call would leave us without the number.
                for fd in starmap(os.eventfd, ((0, os.EFD_CLOEXEC),)):
                    self._descriptor = epoll.fromfd(fd)  # closes it when nobody holds the bell: see Signaler
                    self._fd = fd
            except OSError:
                return False
            waiting = poll()
            waiting.register(self._fd, READABLE)
            self._poll = waiting
        return True


def wait(
    pump: Pump, attempt: Callable[[], Result | None] | None, deadline: float | None, looks_again: bool
) -> Result | None:
    """Repeat ``attempt`` (under the lock; None: to receive) until its result is not None.

    Returns None when the socket gets a poller. Raises Again when the time is up.
    """
    bell = None
    pause = FIRST_LOOK_S
    try:
        while True:
            with pump.lock:
                has_mail = bool(pump.mailbox)
                result: Result | None = pump.try_recv_from() if attempt is None else attempt()  # type: ignore[assignment]
                if result is not None:
                    if bell is not None:
                        _take_down(bell, pump)
                    if pump.bells and (has_mail or pump.core.pattern.can_recv()):
                        pump.wake()  # others wait here as well, and there is more, or we have read their notes
                    return result
                if has_mail:
                    pump.process(())  # the notes may say more than we asked for
                if bell is None:
                    bell = borrow(pump.hub)
                    pump.bells = (*pump.bells, bell) if pump.bells else (bell,)
                if pump.poller_or_none is not None:
                    return None
                how = TALKING if pump.is_talking and not looks_again and bell.can_talk() else STREAMING
                bell.asleep = how
                sleeps = not (has_mail or pump.mailbox)
            timeout = None
            if deadline is not None:
                timeout = deadline - monotonic()
                if timeout <= 0:
                    raise Again()
            if sleeps:
                if looks_again and (timeout is None or pause < timeout):
                    timeout = pause
                    pause = min(2 * pause, LAST_LOOK_S)
                if how == TALKING:
                    bell.converse(pump, timeout)
                else:
                    bell.rest(how, timeout)
            bell.asleep = AWAKE
    finally:
        if bell is not None:
            # Twice, because a signal handler may raise in the first.
            try:
                take_down(bell, pump)
            except BaseException:
                take_down(bell, pump)
                raise
            pump.hub.bells.append(bell)


def borrow(hub: Hub) -> Bell:
    """A bell that nobody uses. Given back by being appended there; if a signal handler prevents that, it is no loss."""
    try:
        return hub.bells.pop()
    except IndexError:
        return Bell()


def take_down(bell: Bell, pump: Pump) -> None:
    """Posts ring it no longer. Takes the lock, if there is anything to do."""
    bell.asleep = AWAKE
    if bell in pump.bells:
        with pump.lock:
            _take_down(bell, pump)


def _take_down(bell: Bell, pump: Pump) -> None:
    others = pump.bells
    pump.bells = () if len(others) == 1 else tuple([other for other in others if other is not bell])
