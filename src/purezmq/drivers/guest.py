"""Event loops as waiters.

A thread that waits in a socket sleeps in its poller and cannot miss anything. An event loop watches the poller among
many other things, and comes round when it has time: or does not, because a callback computes for a second, because it
was stopped, or closed with the socket open. So its claim is a guest's. While something is ready that the loop does
not come for, the socket stays hot, and after a number of ticks the I/O thread dismisses the guest, takes the claim
away and serves the socket itself, as it does for every socket that nobody waits in. A loop that comes round again
claims again.

The claim is taken under the pump's lock, so a loop in the middle of its work is never interrupted.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .pump import Pump

# Ticks (of 2 ms) that a loop may stay away while something is ready. Less, and every loop with slow callbacks would
# compete with the I/O thread for the interpreter; more, and heartbeats of peers would be late.
_PATIENCE_TICKS = 10


class Guest:
    """The claim of one event loop on one socket. It is its own token."""

    __slots__ = ("absences",)

    def __init__(self) -> None:
        self.absences = 0  # ticks at which something was ready; the loop sets it back whenever it comes

    def look_again(self) -> None:
        """Let the loop come round soon: the claim was taken away, or there is something that no descriptor tells.

        Called on any thread, with or without the pump's lock, also by the garbage collector. Must not wait.
        """
        raise NotImplementedError

    @property
    def is_gone(self) -> bool:
        """True if the loop will never come again."""
        raise NotImplementedError


def are_awaited(pump: Pump) -> bool:
    """A tick: look whether loops come for what is ready. True: keep looking. Requires the pump's lock."""
    for guest in list(pump.guests):
        if guest.is_gone:
            pump.guests.discard(guest)
            pump.unclaim(guest)
    claims = pump.guests & pump.waiters
    if not claims:
        return False
    if not pump.look():
        for guest in claims:
            guest.absences = 0
        return False
    for guest in claims:
        guest.absences += 1
        if guest.absences > _PATIENCE_TICKS:
            _dismiss(pump, guest)
    if not pump.waiters:
        pump.process(pump.look())
    return True


def _dismiss(pump: Pump, guest: Guest) -> None:
    guest.absences = 0
    pump.unclaim(guest)
    guest.look_again()


def dismiss_all(pump: Pump) -> None:
    """The socket is finished: loops have to stop watching its poller, which the last one closes.

    A loop that is gone watches nothing any more.
    """
    for guest in list(pump.guests):
        if guest.is_gone:
            pump.guests.discard(guest)
            pump.waiters.discard(guest)
        else:
            guest.look_again()
