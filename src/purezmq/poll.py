"""Waiting for several sockets and descriptors at once."""

from __future__ import annotations

import select as os_select
import time
from collections.abc import Iterable, Sequence
from operator import is_not

from .constants import Errno
from .drivers import bell
from .drivers.bell import STREAMING, TALKING
from .drivers.exchange import CROWD_PAUSE_S
from .drivers.pump import Pump
from .drivers.selector import EpollPoller
from .error import error_for
from .numbers import PollEvent
from .socket import Socket
from .unpatched import epoll, poll

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_IN, _OUT, _ERR, _PRI = (
    int(event) for event in (PollEvent.POLLIN, PollEvent.POLLOUT, PollEvent.POLLERR, PollEvent.POLLPRI)
)
_TO_EPOLL = ((_IN, os_select.EPOLLIN), (_OUT, os_select.EPOLLOUT), (_PRI, os_select.EPOLLPRI))


class Poller:
    """Waits for events of sockets, descriptors, and objects with ``fileno()``.

    Registrations stay between calls. One thread at a time may use a poller.

        >>> poller = zmq.Poller()
        >>> poller.register(receiver, zmq.POLLIN)
        >>> events = dict(poller.poll(1000))
        >>> if receiver in events: ...
    """

    sockets: list[tuple[Any, int]]
    _may_rest = True  # in a way in which the whole thread does nothing else

    def __init__(self) -> None:
        self.sockets = []
        self._map: dict[Any, int] = {}  # what was registered -> its place in sockets
        self._epoll: _Epoll | None = None
        self._watched: list[EpollPoller] = []  # what is in the epoll

    def __contains__(self, socket: Any) -> bool:
        return _key(socket) in self._map

    def register(self, socket: Any, flags: int = _IN | _OUT) -> None:
        """Wait for ``flags`` of a socket or descriptor from now on; registering again replaces them, 0 removes it."""
        key = _key(socket)
        if not flags:
            if key in self._map:
                self.unregister(socket)
            return
        if key in self._map:
            self.sockets[self._map[key]] = (socket, int(flags))
        else:
            self._map[key] = len(self.sockets)
            self.sockets.append((socket, int(flags)))

    def modify(self, socket: Any, flags: int = _IN | _OUT) -> None:
        """Change the events to wait for."""
        self.register(socket, flags)

    def unregister(self, socket: Any) -> None:
        """Stop waiting for a socket or descriptor. Raises KeyError if it is not registered."""
        place = self._map.pop(_key(socket))
        self.sockets.pop(place)
        for key, index in self._map.items():
            if index > place:
                self._map[key] = index - 1

    def poll(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        """Wait ``timeout`` milliseconds (None or negative: no limit) for events; a list of (what, events).

        Ready entries only. Objects with ``fileno()`` are reported as their descriptors. Raises ZMQError (ENOTSUP) for
        a closed socket, ContextTerminated.
        """
        if not self.sockets:
            return []
        deadline = None if timeout is None or timeout < 0 else time.monotonic() + int(timeout) / 1000
        pumps: list[tuple[Any, int, Pump]] = []
        files: list[tuple[int, int]] = []
        begun: list[Socket[Any]] = []  # the other parts of a message wait in them
        for entry, flags in self.sockets:
            if isinstance(entry, Socket):
                if entry.closed:
                    raise error_for(Errno.ENOTSUP, f"{entry!r} cannot be polled: it is closed")
                pumps.append((entry, flags, entry._pump))
                if entry._parts_in and flags & _IN and entry._has_begun_receiving():
                    begun.append(entry)
            else:
                files.append((entry if isinstance(entry, int) else entry.fileno(), flags))
        if begun:
            events = dict(self._look(pumps, files, 0.0))
            return list({**events, **{socket: events.get(socket, 0) | _IN for socket in begun}}.items())
        while True:
            found = self._look(pumps, files, deadline)
            if found or (deadline is not None and time.monotonic() >= deadline):
                return found
            for _, _, pump in pumps:
                if pump.is_crowded:
                    self._pause(CROWD_PAUSE_S)
                    break

    def _look(
        self, pumps: list[tuple[Any, int, Pump]], files: list[tuple[int, int]], deadline: float | None
    ) -> list[tuple[Any, int]]:
        """Wait until something happens at all, then see what it is."""
        has_descriptors = files or any(pump.poller_or_none for _, _, pump in pumps)
        if not has_descriptors and self._may_rest and self._rest(pumps, deadline):
            return self._collect(pumps, files, {})
        claimed: list[Pump] = []
        me = object()  # not the thread's number: several greenlets of a thread may poll a socket
        ready: dict[int, int] = {}
        try:
            something = False
            for _, flags, pump in pumps:
                with pump.lock:
                    pump.check_alive()
                    assert pump.poller is not None
                    claimed.append(pump)  # first: a signal handler may raise in between
                    pump.claim(me)
                    if pump.events_known() & flags:
                        something = True
            epoll = self._watch(pumps, files)
            if something:
                wait = 0.0
            else:
                wait = -1.0 if deadline is None else max(0.0, deadline - time.monotonic())
            ready = dict(self._sleep(epoll, wait))
        finally:
            try:
                for pump in claimed:
                    _release(pump, ready, me)
            except BaseException:
                # Of a signal handler, perhaps. Doing it twice is harmless; a claim that stays is not.
                for pump in claimed:
                    with pump.lock:
                        pump.unclaim(me)
                raise
        return self._collect(pumps, files, ready)

    def _rest(self, pumps: list[tuple[Any, int, Pump]], deadline: float | None) -> bool:
        """The same for sockets without descriptors, as ``drivers/bell.py`` says. False: one has some meanwhile."""
        hub = pumps[0][2].hub
        ringer = bell.borrow(hub)
        try:
            # Awake or not, from here on; each socket is looked at after the bell has been put up in it.
            how = STREAMING
            if any(pump.is_talking for _, _, pump in pumps) and ringer.can_talk():
                how = TALKING
            ringer.asleep = how
            for _, flags, pump in pumps:
                with pump.lock:
                    pump.check_alive()
                    pump.bells = (*pump.bells, ringer)
                    if pump.poller_or_none is not None:
                        return False
                    if pump.mailbox or pump.core.news:
                        pump.process(())
                    if pump.events_known() & flags:
                        return True
            timeout = None if deadline is None else deadline - time.monotonic()
            if timeout is None or timeout > 0:
                ringer.rest(how, timeout)
            return True
        finally:
            try:
                for _, _, pump in pumps:
                    bell.take_down(ringer, pump)
            except BaseException:
                for _, _, pump in pumps:
                    bell.take_down(ringer, pump)
                raise
            hub.bells.append(ringer)

    def _sleep(self, waiting: _Epoll, timeout_s: float) -> list[tuple[int, int]]:
        """Wait for descriptors (negative: no limit). Pollers for greenlets do it otherwise."""
        return waiting.poll(timeout_s)

    def _pause(self, seconds: float) -> None:
        """Let others run."""
        time.sleep(seconds)

    def _collect(
        self, pumps: list[tuple[Any, int, Pump]], files: list[tuple[int, int]], ready: dict[int, int]
    ) -> list[tuple[Any, int]]:
        found: list[tuple[Any, int]] = []
        for socket, flags, pump in pumps:
            with pump.lock:
                pump.check_alive()
                events = pump.events_known() & flags
            if events:
                found.append((socket, events))
        for fd, _ in files:
            events = _from_epoll(ready.get(fd, 0))
            if events:
                found.append((fd, events))
        return found

    def _close(self) -> None:
        """Give the descriptor back before the garbage collector does."""
        epoll, self._epoll = self._epoll, None
        self._watched = []
        if epoll is not None:
            epoll.close()

    def _watch(self, pumps: list[tuple[Any, int, Pump]], files: list[tuple[int, int]]) -> _Epoll:
        """What to wait with. Usually nothing has changed since the last call."""
        pollers = [pump.poller for _, _, pump in pumps]
        if files:
            return self._with_files(pollers, files)
        epoll = self._epoll
        if epoll is None or len(pollers) != len(self._watched) or any(map(is_not, pollers, self._watched)):
            self._close()
            epoll = self._epoll = _new_epoll()
            for poller in dict.fromkeys(pollers):
                epoll.register(poller.fd, os_select.EPOLLIN)
            self._watched = pollers
        return epoll

    def _with_files(self, pollers: list[EpollPoller], files: list[tuple[int, int]]) -> _Epoll:
        # epoll forgets a descriptor when it is closed, and nobody tells us; poll looks at the numbers anew each time.
        waiting = _PollInstead()
        for fd, mask in wanted_masks(pollers, files).items():
            waiting.register(fd, mask)
        return waiting


class _PollInstead:
    """``select.poll`` with epoll's ways: for raw descriptors, and when there is no descriptor left for an epoll."""

    def __init__(self) -> None:
        self._poll = poll()

    def register(self, fd: int, mask: int) -> None:
        """Wait for these events; their bits are the same as epoll's."""
        self._poll.register(fd, mask)

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        """Wait ``timeout`` seconds; negative: no limit."""
        return self._poll.poll(None if timeout < 0 else timeout * 1000)

    def close(self) -> None:
        """There is nothing to close."""


_Epoll = epoll | _PollInstead


def wanted_masks(pollers: list[EpollPoller], files: list[tuple[int, int]]) -> dict[int, int]:
    """What to wait for at which descriptor, in epoll's bits."""
    wanted = {poller.fd: os_select.POLLIN for poller in pollers}
    for fd, flags in files:
        mask = 0
        for event, bit in _TO_EPOLL:
            if flags & event:
                mask |= bit
        wanted[fd] = wanted.get(fd, 0) | mask
    return wanted


def _new_epoll() -> _Epoll:
    try:
        return epoll()
    except OSError:
        return _PollInstead()


def _release(pump: Pump, ready: dict[int, int], token: object) -> None:
    with pump.lock:
        poller = pump.poller_or_none
        try:
            if poller is not None and poller.fd in ready:
                pump.process(poller.poll(0), token)
        finally:
            pump.unclaim(token)


def _key(socket: Any) -> Any:
    if isinstance(socket, Socket | int):
        return socket
    if hasattr(socket, "fileno"):
        return socket.fileno()
    raise TypeError(
        f"cannot poll {socket!r}: expected a zmq socket, a descriptor, or an object with fileno()"
    )


def _from_epoll(mask: int) -> int:
    events = 0
    for event, bit in _TO_EPOLL:
        if mask & bit:
            events |= event
    if mask & (os_select.EPOLLERR | os_select.EPOLLHUP):
        events |= _ERR
    return events


def zmq_poll(sockets: Iterable[tuple[Any, int]], timeout: float | None = -1) -> list[tuple[Any, int]]:
    """Poll (socket or descriptor, flags) pairs once; see ``Poller.poll``."""
    return poll_once(Poller(), sockets, timeout)


def poll_once(
    poller: Poller, sockets: Iterable[tuple[Any, int]], timeout: float | None
) -> list[tuple[Any, int]]:
    """``zmq_poll`` with a new poller of any class."""
    for socket, flags in sockets:
        poller.register(socket, flags)
    return poller.poll(timeout)


def select(
    rlist: Sequence[Any], wlist: Sequence[Any], xlist: Sequence[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """``select.select`` for sockets and descriptors. ``timeout`` is in seconds (None: no limit)."""
    return select_by(Poller(), rlist, wlist, xlist, timeout)


def select_by(
    poller: Poller, rlist: Sequence[Any], wlist: Sequence[Any], xlist: Sequence[Any], timeout: float | None
) -> tuple[list[Any], list[Any], list[Any]]:
    """``select`` with a new poller of any class."""
    milliseconds = -1 if timeout is None else timeout * 1000.0
    flags: dict[Any, int] = {}
    objects: dict[Any, Any] = {}
    for members, event in ((rlist, _IN), (wlist, _OUT), (xlist, _ERR)):
        for member in set(members):
            key = _key(member)
            objects.setdefault(key, member)
            flags[key] = flags.get(key, 0) | event
    for key, mask in flags.items():
        poller.register(objects[key], mask)
    found = {_key(what): events for what, events in poller.poll(milliseconds)}
    return (
        [member for member in rlist if found.get(_key(member), 0) & _IN],
        [member for member in wlist if found.get(_key(member), 0) & _OUT],
        [member for member in xlist if found.get(_key(member), 0) & _ERR],
    )
