"""The parts of a message that a thread has begun to send or to receive. They belong to that thread alone."""

from __future__ import annotations

import threading
import weakref

from ._generic import Generic, TypeVar

Value = TypeVar("Value")


class PerThread(dict[int, tuple["weakref.ref[threading.Thread]", Value]], Generic[Value]):
    """One value per living thread, by thread identifier.

    Identifiers are reused: what a thread left behind when it ended must not become another's. Truth is that of the
    dictionary, so that asking whether anybody has a value costs next to nothing.
    """

    def mine(self) -> Value | None:
        """This thread's value, or None. Values of ended threads are thrown away on the way."""
        thread = threading.current_thread()
        found = None
        for ident, (owner, value) in list(self.items()):
            alive = owner()
            if alive is thread:
                found = value
            elif alive is None or not alive.is_alive():
                self.pop(ident, None)
        return found

    def keep(self, value: Value) -> None:
        """Store this thread's value."""
        thread = threading.current_thread()
        self[threading.get_ident()] = (weakref.ref(thread), value)

    def forget(self) -> None:
        """This thread has none any more."""
        self.pop(threading.get_ident(), None)
