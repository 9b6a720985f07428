"""Trackers: they tell when the memory of messages that were sent without copying is free again.

A frame that shares its memory with the sockets and was made with ``track=True`` holds a lease on that memory. Its
copies hold the same lease, and so does each message on its way out until the driver reports that it was sent.
When the last holder lets go, the lease is finalized, and that sets the tracker's event. Nothing is counted and
no lock is taken, so it does not matter which thread lets go last, or whether the garbage collector does.
"""

from __future__ import annotations

import time
from threading import TIMEOUT_MAX, Event

from .error import NotDone
from .unpatched import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class _Frame(Protocol):
        """As much of a frame as a tracker uses."""

        tracker: MessageTracker | None


__all__ = ["FINISHED_TRACKER", "MessageTracker"]


class MessageTracker:
    """Tells when the memory of messages is free again: all of them were sent, and their frames are gone.

    It watches the tracked frames, events and other trackers that it is given. ``socket.send`` with
    ``copy=False`` and ``track=True`` returns one.

    Raises ValueError for a frame that is not tracked, TypeError for anything else.

        >>> tracker = socket.send(array, copy=False, track=True)
        >>> tracker.wait(timeout=5)  # from here on the array may change
    """

    events: set[Event]
    peers: set[MessageTracker]

    def __init__(self, *towatch: MessageTracker | Event | _Frame) -> None:
        self.events = set()
        self.peers = set()
        for item in towatch:
            if isinstance(item, Event):
                self.events.add(item)
            elif isinstance(item, MessageTracker):
                self.peers.add(item)
            elif not hasattr(item, "tracker"):
                raise TypeError(f"can track frames, events and trackers, got: {item!r}")
            elif item.tracker is None:
                raise ValueError("this frame is not tracked; make it with track=True")
            else:
                self.peers.add(item.tracker)

    @property
    def done(self) -> bool:
        """True when all that is watched is free again."""
        return all(event.is_set() for event in self.events) and all(peer.done for peer in self.peers)

    def wait(self, timeout: float | bool = -1) -> None:
        """Wait until it is done, at most ``timeout`` seconds; negative: as long as it takes.

        Raises NotDone if the time is over first.
        """
        # False is an old way to say "no limit", which pyzmq still takes.
        deadline = None if timeout is False or timeout < 0 else time.monotonic() + timeout
        for event in self.events:
            if not event.wait(_until(deadline)):
                raise NotDone("the message is still on its way")
        for peer in self.peers:
            left = _until(deadline)
            peer.wait(-1 if left is None else left)


FINISHED_TRACKER = MessageTracker()  # for everything that was copied: its memory was never in use


class Lease:
    """Held by everyone who uses a frame's memory; when nobody does any more, the event is set."""

    __slots__ = ("_freed",)

    def __init__(self, freed: Event) -> None:
        self._freed = freed

    def __del__(self) -> None:
        self._freed.set()


class FreedEvent(Event):
    """An event that may be set at any moment of any thread, also in the middle of a wait for itself.

    The garbage collector runs a finalizer wherever a thread happens to be. Should that be inside ``wait`` of
    the event that the finalizer sets, a plain Event would wait for its own lock for ever. Releasing a bare
    lock waits for nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_freed = False
        self._in_use = Lock()
        self._in_use.acquire()

    def is_set(self) -> bool:
        return self._is_freed

    def set(self) -> None:
        if not self._is_freed:
            self._is_freed = True
            self._in_use.release()

    def wait(self, timeout: float | None = None) -> bool:
        limit = -1 if timeout is None else min(max(timeout, 0), TIMEOUT_MAX)
        if not self._is_freed and self._in_use.acquire(timeout=limit):
            self._in_use.release()  # for the next who waits
        return self._is_freed


class Released:
    """What a message calls when it was sent: lets go of the leases that it held on the way."""

    __slots__ = ("_leases",)

    def __init__(self, leases: tuple[Lease, ...]) -> None:
        self._leases = leases

    def __call__(self) -> None:
        self._leases = ()


def _until(deadline: float | None) -> float | None:
    """Seconds until the deadline, not negative; None if there is none."""
    return None if deadline is None else max(0.0, deadline - time.monotonic())
