"""Whether a wait may spin, which keeps a processor busy, before it sleeps.

Waking an idle processor takes longer than the answer in a quick conversation. ``pump.spin_credit`` says whether it is
worth it: what succeeds is continued, what fails is stopped at once and tried again only now and then, after a number of
short waits, or with BUSY_POLL after one.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .pump import Pump

# About what it takes to wake an idle processor. With a single one spinning would only keep the peer from answering.
SPIN_S = 80e-6 if len(os.sched_getaffinity(0)) > 1 else 0.0

_MOST_CREDIT = 8
_COST_OF_FAILURE = 2
_TRY_AFTER = 32  # short waits in a row


def longest_s(pump: Pump) -> float:
    """How long a wait in this socket may spin: as BUSY_POLL has it, or a little."""
    return max(SPIN_S, pump.core.options.busy_poll / 1e6) if SPIN_S else 0.0


def succeeded(pump: Pump) -> None:
    """What was waited for came while the wait was spinning."""
    if pump.spin_credit < _MOST_CREDIT:
        pump.spin_credit += 1


def failed(pump: Pump) -> None:
    """It did not."""
    pump.spin_credit = max(0, pump.spin_credit - _COST_OF_FAILURE)


def slept(pump: Pump, waited_s: float) -> None:
    """A wait without spinning took so long."""
    if pump.core.options.busy_poll and waited_s < longest_s(pump):
        pump.spin_credit = _COST_OF_FAILURE
    elif waited_s < 3 * SPIN_S:
        pump.short_waits += 1
        if pump.short_waits >= _TRY_AFTER:
            pump.short_waits = 0
            pump.spin_credit = 1
    else:
        pump.short_waits = 0
