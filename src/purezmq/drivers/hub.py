"""What the sockets of one context share: I/O threads, inproc names, name look-ups, and the list of live sockets."""

from __future__ import annotations

import errno
import os
import time
import weakref
from collections import deque
from collections.abc import Callable

from ..base.options import ContextOptions
from ..base.pipe import Pipe
from ..constants import Errno
from ..error import error_for
from ..unpatched import Condition, Lock, start_thread
from . import ending, thread_settings
from .io_thread import IoThread
from .workers import Workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .bell import Bell
    from .pump import Pump

# Handshakes that ask a Kerberos server at the same time. Others wait, and HANDSHAKE_IVL goes on for them.
_MOST_ERRANDS = 8

# Twice the largest message for which it is worth it: beyond, copying takes longer than any page fault.
_LARGEST_KEPT = 8 << 20

_hubs: weakref.WeakSet[Hub] = weakref.WeakSet()


class Hub:
    """The shared part of a context."""

    def __init__(self, options: ContextOptions) -> None:
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self.options = options
        self._io_threads: list[IoThread] = []
        self.pumps: set[Pump] = set()
        self.bound_names: dict[str, Pump] = {}  # inproc
        self.waiting_pipes: dict[str, list[tuple[Pump, Pipe, Pipe]]] = {}  # inproc connects before the bind
        self.names_lock = Lock()
        self.bells: deque[Bell] = deque()  # that nobody uses: see bell.py
        self.errands = Workers("ZMQbg/errand", _MOST_ERRANDS)
        self._lost = 0  # messages that finished sockets did not deliver
        self.is_terminating = False
        self.is_released = False
        self.pid = os.getpid()
        self.is_inherited = False  # we are in a forked child: everything here belongs to the parent
        _hubs.add(self)

    # -- I/O threads -----------------------------------------------------------------------------------

    def io_thread(self, affinity: int) -> IoThread:
        """The I/O thread for a new socket: the one with the fewest sockets among those the affinity allows."""
        with self._lock:
            if self.is_terminating:
                raise error_for(Errno.ETERM)  # before threads are started that nobody would stop
            threads = self._threads_started()
            candidates = [
                thread for index, thread in enumerate(threads) if not affinity or affinity >> index & 1
            ] or threads
            return min(candidates, key=self._sockets_of)

    def _sockets_of(self, thread: IoThread) -> int:
        return sum(pump.io_thread is thread for pump in self.pumps)

    def _threads_started(self) -> list[IoThread]:
        """As many threads as IO_THREADS says now; more than that, which it said before, keep their sockets."""
        # Without I/O threads (inproc only) one still ticks for monitors and deferred calls.
        count = max(1, self.options.io_threads)
        if not self._io_threads:
            _import_the_rest()
            _keep_freed_memory()
        while len(self._io_threads) < count:
            prefix = thread_settings.name_prefix(self.options)
            thread = IoThread(f"{prefix}ZMQbg/IO/{len(self._io_threads)}")
            try:
                thread_settings.apply(thread.native_id, thread.name, self.options)
            except BaseException:
                thread.stop()
                raise
            self._io_threads.append(thread)
        return self._io_threads[:count]

    def thread_options_changed(self) -> None:
        """A THREAD_ option was set: the threads that run follow. Raises ZMQError if the system refuses."""
        with self._lock:
            prefix = thread_settings.name_prefix(self.options)
            for number, thread in enumerate(self._io_threads):
                thread_settings.apply(thread.native_id, f"{prefix}ZMQbg/IO/{number}", self.options)

    @property
    def has_io_threads(self) -> bool:
        """False for a context that was made for inproc only."""
        return self.options.io_threads > 0

    def look_up(self, ask: Callable[[], list[Any]], answer: Callable[[list[Any] | OSError], None]) -> None:
        """Ask the name service on a thread of its own, so that a slow one delays nobody else."""

        def work() -> None:
            found: list[Any] | OSError
            try:
                found = ask()
            except OSError as error:
                found = error
            except UnicodeError as error:  # a name that no name service can hold
                found = OSError(Errno.EINVAL, str(error))
            answer(found)

        start_thread(work, "ZMQbg/lookup")

    def forget_waiting(self, pipe: Pipe) -> None:
        """This end of an inproc connect closes; nobody has bound its name yet."""
        with self.names_lock:
            self._keep_waiting(lambda entry: entry[1] is not pipe)

    def release_names(self, pump: Pump) -> None:
        """The socket closes: free its inproc names, and forget those of its connects that nobody has bound for."""
        with self.names_lock:
            self._free_names(pump)
            self._keep_waiting(lambda entry: entry[0] is not pump)

    # Below a lock, a loop that ends in an `if` stands in a function of its own: in the function with the `with`
    # statement, CPython 3.12 and 3.13 leave the lock taken when a signal handler raises at the jump back.

    def _free_names(self, pump: Pump) -> None:
        for name, owner in list(self.bound_names.items()):
            if owner is pump:
                del self.bound_names[name]

    def _keep_waiting(self, is_kept: Callable[[tuple[Pump, Pipe, Pipe]], bool]) -> None:
        for name, entries in list(self.waiting_pipes.items()):
            rest = [entry for entry in entries if is_kept(entry)]
            if rest:
                self.waiting_pipes[name] = rest
            else:
                del self.waiting_pipes[name]

    # -- sockets ---------------------------------------------------------------------------------------

    def add(self, pump: Pump, max_sockets: int) -> None:
        """A socket was made."""
        with self._lock:
            if self.is_terminating:
                raise error_for(Errno.ETERM)
            if len(self.pumps) >= max_sockets:
                raise error_for(
                    errno.EMFILE,
                    f"Too many open sockets: the context allows {max_sockets} (option MAX_SOCKETS)",
                )
            self.pumps.add(pump)

    def remove(self, pump: Pump) -> None:
        """A socket is closed and has finished lingering."""
        with self._lock:  # what _changed is made of; its own way in could be interrupted
            if pump in self.pumps:
                self._lost += pump.core.lost
            self.pumps.discard(pump)
            self._changed.notify_all()
            is_last = self.is_released and not self.pumps
        if is_last:
            for thread in self._io_threads[:1]:
                thread.call_soon(self.stop)

    def undelivered(self) -> int:
        """Messages of all sockets, finished ones included, that were sent and have not been delivered."""
        with self._lock:
            count, pumps = self._lost, list(self.pumps)
        return count + sum(pump.undelivered() for pump in pumps)

    def shutdown(self) -> None:
        """Every call on every socket fails with ETERM from now on, also those that are waiting."""
        with self._lock:
            self.is_terminating = True
            pumps = list(self.pumps)
        for pump in pumps:
            pump.context_ends()

    def wait_until_closed(self, timeout: float | None, still_waiting: Callable[[list[Pump]], None]) -> bool:
        """Wait for all sockets to be closed and drained. Tells what it waits for after a while."""
        deadline = None if timeout is None else time.monotonic() + timeout
        next_word = time.monotonic() + 10.0
        while True:
            with self._lock:  # what _changed is made of; its own way in could be interrupted
                if not self.pumps:
                    return True
                now = time.monotonic()
                if deadline is not None and now >= deadline:
                    return False
                pause = next_word - now if deadline is None else min(next_word, deadline) - now
                self._changed.wait(max(0.0, pause))
                pumps = list(self.pumps)
            if pumps and time.monotonic() >= next_word:
                next_word = time.monotonic() + 60.0
                still_waiting(pumps)

    def close_orphans(self) -> None:
        """Close the sockets whose objects are gone. Their ``__del__`` does it, unless a signal handler raised there."""
        for pump in list(self.pumps):
            if pump.face is not None and pump.face() is None:
                ending.close(pump, pump.core.options.linger)

    def release(self) -> None:
        """Nobody holds the context any more: close its sockets, and end the threads once they are drained."""
        self.is_released = True
        for thread in self._io_threads[:1]:
            thread.call_soon(self._close_all)

    def _close_all(self) -> None:
        for pump in list(self.pumps):
            ending.close(pump, pump.core.options.linger)
        if not self.pumps:
            self.stop()

    def stop(self) -> None:
        """End the I/O threads."""
        self.errands.close()
        self.bells.clear()
        with self._lock:
            threads, self._io_threads = self._io_threads, []
        for thread in threads:
            thread.stop()

    def _after_fork_in_child(self) -> None:
        self.is_inherited = True
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self.names_lock = Lock()
        for thread in self._io_threads:
            thread.abandon()
        self._io_threads = []
        for pump in list(self.pumps):
            pump.abandon()
        self.pumps = set()


def _import_the_rest() -> None:
    """What ``import purezmq`` leaves out, half of the library: a program that opens no socket has no use for it.

    All of it now and not piece by piece: an import needs a descriptor, and sockets work, and complain, without one.
    """
    from ..patterns.pattern import import_all
    from . import endpoints  # noqa: F401

    import_all()


def _keep_freed_memory() -> None:
    """Let the allocator keep the memory that large messages need again and again.

    glibc gives the top of its heap back to the system from 128 KiB on, until a block is freed that had a mapping of its
    own; from then on, from twice the size of that block on. Without this a receiver of 100 kB messages has 20 to 40
    page faults per message, a third of its time. The block is never written to: it costs two system calls.
    """
    bytes(_LARGEST_KEPT)


def _after_fork_in_child() -> None:
    for hub in list(_hubs):
        hub._after_fork_in_child()


os.register_at_fork(after_in_child=_after_fork_in_child)
