"""The operating system's own sockets, locks, threads and polling, also where gevent has replaced Python's.

``gevent.monkey`` puts greenlets in the place of threads and lets sockets switch to others instead of waiting. What
serves the sockets in the background has to go on while all greenlets of a program wait or compute: its thread must be
one, and its locks must hold among threads. So the hands take from here what gevent replaces. Everything is fixed when
purezmq is used first; it does not matter whether gevent comes before or after that.

``socket`` is the module in C below the standard library's, which nobody replaces. It is all that is needed here, and
the other would take a tenth of the first context's time to import: for enums.
"""

from __future__ import annotations

import _socket as socket
import _thread
import os
import select as _select
import sys
import threading
from collections.abc import Callable
from types import ModuleType

__all__ = [
    "Condition",
    "Lock",
    "accept",
    "epoll",
    "get_ident",
    "is_main_thread",
    "poll",
    "socket",
    "start_thread",
]


def _own(module: ModuleType, name: str) -> Any:
    """What the standard library has there, or had before gevent came."""
    monkey = sys.modules.get("gevent.monkey")
    return getattr(module, name) if monkey is None else monkey.get_original(module.__name__, name)


def _is_patched(name: str) -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched(name))


TYPE_CHECKING = False
if TYPE_CHECKING:
    from select import epoll as epoll
    from select import poll as poll
    from threading import Lock as Lock
    from threading import get_ident as get_ident
    from typing import Any
else:
    epoll = _own(_select, "epoll")
    poll = _own(_select, "poll")
    Lock = _own(_thread, "allocate_lock")
    get_ident = _own(_thread, "get_ident")
_start_new_thread = _own(_thread, "start_new_thread")


def accept(sock: Any) -> socket.socket:
    """A connection from a listening socket."""
    fd, _ = sock._accept()
    return socket.socket(sock.family, sock.type, sock.proto, fileno=fd)


def is_main_thread() -> bool:
    """Whether this runs in the thread in which signal handlers run, in whatever greenlet."""
    if _is_patched("threading"):
        return threading.get_native_id() == os.getpid()
    return threading.current_thread() is threading.main_thread()


def start_thread(run: Callable[[], None], name: str) -> Any:
    """Start a thread that does not keep the program alive; something with ``ident``, ``native_id`` and ``join()``."""
    if _is_patched("threading"):
        return _RealThread(run)
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


class _RealThread:
    """A thread that gevent, and the module threading, know nothing about."""

    def __init__(self, run: Callable[[], None]) -> None:
        self._run = run
        self._ended = Lock()
        self._ended.acquire()
        self._started = Lock()
        self._started.acquire()
        self.native_id = 0
        self.ident = _start_new_thread(self._main, ())
        with self._started:
            """It has told its number."""

    def _main(self) -> None:
        self.native_id = threading.get_native_id()
        self._started.release()
        try:
            self._run()
        finally:
            self._ended.release()

    def join(self) -> None:
        """Wait until it has ended."""
        with self._ended:
            pass


class Condition:
    """Waiting until something has changed under a lock: as much of ``threading.Condition`` as is needed here."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._waiting: list[Any] = []

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *args: object) -> None:
        self._lock.release()

    def wait(self, timeout_s: float) -> None:
        """Give the lock up until ``notify_all``, ``timeout_s`` at most. It may return early."""
        bell = Lock()
        bell.acquire()
        self._waiting.append(bell)
        self._lock.release()
        try:
            bell.acquire(timeout=timeout_s)
        finally:
            self._lock.acquire()
            if bell in self._waiting:
                self._waiting.remove(bell)

    def notify_all(self) -> None:
        """Wake all who wait. Requires the lock."""
        waiting, self._waiting = self._waiting, []
        for bell in waiting:
            bell.release()
