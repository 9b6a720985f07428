"""``zmq.utils.garbage.gc``: what libzmq holds of Python's memory, in pyzmq.

Here no memory is held behind Python's back, so this is idle: no thread, no socket. What a program stores in it stays
there until it takes it out.
"""

from __future__ import annotations

from threading import Event, Lock
from typing import Any, Final, NamedTuple

__all__ = ["GarbageCollector", "gc", "gcref"]


class gcref(NamedTuple):
    """Something stored, and the event to set when it is free."""

    obj: object
    event: Event | None


class GarbageCollector:
    """Holds objects by number, as pyzmq's does; ``refs`` is empty unless a program stores something itself."""

    url = "inproc://pyzmq.gc.01"

    def __init__(self, context: Any = None) -> None:
        self.refs: dict[int, gcref] = {}
        self.thread = None
        self._context = context
        self._lock = Lock()

    @property
    def context(self) -> Any:
        """The context that was given, or one made for this question."""
        if self._context is None:
            from ..context import Context

            self._context = Context()
        return self._context

    @context.setter
    def context(self, ctx: Any) -> None:
        self._context = ctx

    def start(self) -> None:
        """There is nothing to start."""

    def stop(self) -> None:
        """Forget what is stored, and set its events."""
        with self._lock:
            refs, self.refs = self.refs, {}
        for ref in refs.values():
            if ref.event is not None:
                ref.event.set()

    def is_alive(self) -> bool:
        """False: no thread is needed."""
        return False

    def store(self, obj: object, event: Event | None = None) -> int:
        """Keep an object, and return its number in ``refs``."""
        ref = gcref(obj, event)
        with self._lock:
            self.refs[id(ref)] = ref
        return id(ref)


gc: Final = GarbageCollector()
