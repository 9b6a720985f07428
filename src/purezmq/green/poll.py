"""Waiting for several sockets and descriptors, for greenlets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import gevent

from .. import poll as plain
from ..drivers.selector import EpollPoller
from ..unpatched import epoll
from .waiting import sleep_until_ready

_READ = 1  # libev's number
# A poller that always finds something lets the others run after so many calls.
_SHARE = 50
# Descriptors that epoll does not take (regular files) are looked at so often.
_LOOK_S = 0.01


class _Poller(plain.Poller):
    """A ``Poller`` that lets the other greenlets run while it waits."""

    _may_rest = False

    def __init__(self) -> None:
        super().__init__()
        self._calls = 0

    def poll(self, timeout: float | None = -1) -> list[tuple[Any, int]]:
        """Wait ``timeout`` milliseconds (None or negative: no limit) for events; see ``Poller.poll``."""
        return super().poll(timeout)

    def _sleep(self, waiting: Any, timeout_s: float) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = waiting.poll(0)
        if found or timeout_s == 0:
            self._calls += 1
            if self._calls % _SHARE == 0:
                gevent.sleep(0)
            return found
        if not isinstance(waiting, epoll):
            gevent.sleep(_LOOK_S if timeout_s < 0 else min(_LOOK_S, timeout_s))
            return found
        watcher = gevent.get_hub().loop.io(waiting.fileno(), _READ)
        try:
            sleep_until_ready(watcher, None if timeout_s < 0 else timeout_s)
        finally:
            watcher.close()
        found = waiting.poll(0)
        return found

    def _pause(self, seconds: float) -> None:
        gevent.sleep(seconds)

    def _with_files(self, pollers: list[EpollPoller], files: list[tuple[int, int]]) -> Any:
        # The hub can watch an epoll, but no select.poll.
        wanted = plain.wanted_masks(pollers, files)
        waiting = epoll()
        try:
            for fd, mask in wanted.items():
                waiting.register(fd, mask)
        except PermissionError:
            waiting.close()
            return super()._with_files(pollers, files)
        return waiting


def zmq_poll(sockets: Iterable[tuple[Any, int]], timeout: float | None = -1) -> list[tuple[Any, int]]:
    """Poll (socket or descriptor, flags) pairs once; the other greenlets run meanwhile."""
    return plain.poll_once(_Poller(), sockets, timeout)


def select(
    rlist: Sequence[Any], wlist: Sequence[Any], xlist: Sequence[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """``select.select`` for sockets and descriptors; the other greenlets run meanwhile. ``timeout``: seconds."""
    return plain.select_by(_Poller(), rlist, wlist, xlist, timeout)
