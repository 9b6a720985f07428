"""The service of one socket in one event loop of anyio's: asyncio's or trio's.

Calls wait in queues, first come first served, and only the first of a queue tries. One of the tasks that wait,
whichever is there first, leads: it claims the socket, waits for the poller's descriptor, and handles what is ready,
while the others sleep. When it leaves, with its message or because it was cancelled, the next one leads. A message is
taken by the task that gets it, with nothing to wait for in between, so that cancelling loses nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import anyio

from ._attempts import Attempt
from .drivers import inproc_ends
from .drivers.guest import Guest
from .drivers.pump import Pump

# A sender that waits for an inproc reader looks by itself after this many seconds: see exchange.py.
_LOOK_FOR_ROOM_S = 0.02


class Ticket:
    """A call's place in a queue."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = anyio.Event()

    def call_up(self) -> None:
        """Let the task look again."""
        self._event.set()

    async def wait(self) -> None:
        """Sleep until called up."""
        await self._event.wait()
        self._event = anyio.Event()


class TaskService(Guest):
    """Serves a socket in a loop, in whichever task leads. Belongs to the loop's thread, but for ``look_again``."""

    __slots__ = ("_call_soon", "_is_gone", "_leader", "pollers", "pump", "receivers", "senders")

    def __init__(self, pump: Pump, call_soon: Callable[[Callable[[], None]], object]) -> None:
        super().__init__()
        self.pump = pump
        self.receivers: deque[Ticket] = deque()
        self.senders: deque[Ticket] = deque()
        self.pollers: deque[Ticket] = deque()  # these do not wait for each other
        self._call_soon = call_soon
        self._leader: Ticket | None = None
        self._is_gone = False

    @property
    def is_gone(self) -> bool:
        return self._is_gone

    def look_again(self) -> None:
        try:
            self._call_soon(self._come)
        except RuntimeError:  # the loop is over: asyncio's error, and the parent of trio's
            self._is_gone = True

    def _come(self) -> None:
        pump = self.pump
        with pump.lock:
            if self in pump.guests:
                self.absences = 0
                if not pump.finished:
                    pump.claim(self)
                pump.wake()  # the leader sleeps at the descriptor

    async def wait(self, queue: deque[Ticket], attempt: Attempt) -> Any:
        """Try until it works, in turn. Raises what the attempt raises."""
        ticket = Ticket()
        queue.append(ticket)
        try:
            while True:
                done = self._try_in_turn(ticket, queue, attempt)
                if done is None:
                    if self._leader is not None:
                        await self._sleep(ticket, queue)
                    else:
                        done = await self._lead(ticket, queue, attempt)
                if done is not None:
                    return done[0]
        finally:
            queue.remove(ticket)
            self._call_up()

    def _try_in_turn(self, ticket: Ticket, queue: deque[Ticket], attempt: Attempt) -> Any:
        return attempt() if queue is self.pollers or queue[0] is ticket else None

    async def _sleep(self, ticket: Ticket, queue: deque[Ticket]) -> None:
        if queue is self.senders and self.pump.inproc_links:
            with anyio.move_on_after(_LOOK_FOR_ROOM_S):
                await ticket.wait()
        else:
            await ticket.wait()

    async def _lead(self, ticket: Ticket, queue: deque[Ticket], attempt: Attempt) -> Any:
        """Do the socket's I/O once. Returns what the attempt did if it could be done before that."""
        pump = self.pump
        self._leader = ticket
        try:
            with pump.lock:
                pump.check_alive()
                fd = pump.poller.fd
                pump.guests.add(self)
                pump.claim(self)
                # What arrived before the claim wakes nobody.
                pump.process(pump.look(), self)
            self._call_up(ticket)
            done = self._try_in_turn(ticket, queue, attempt)
            if done is not None:
                return done
            if self.senders and pump.inproc_links:
                with anyio.move_on_after(_LOOK_FOR_ROOM_S):
                    await anyio.wait_readable(fd)
                with pump.lock:
                    inproc_ends.find_room(pump)
            else:
                await anyio.wait_readable(fd)
            with pump.lock:
                self.absences = 0
                pump.claim(self)
                pump.process(pump.look(), self)
                pump.used = True
            return None
        finally:
            self._leader = None
            with pump.lock:
                pump.guests.discard(self)
                pump.unclaim(self)

    def _call_up(self, caller: Ticket | None = None) -> None:
        """Something may have changed for those who are next."""
        for queue in (self.receivers, self.senders):
            if queue and queue[0] is not caller:
                queue[0].call_up()
                if queue[0] is self._leader:
                    self.pump.wake()  # it sleeps at the descriptor
        for ticket in self.pollers:
            ticket.call_up()


def service_here(pump: Pump) -> TaskService:
    """The running loop's service for this socket, made when it is first needed. Raises RuntimeError without a loop."""
    loop, call_soon = _running_loop()
    service = pump.services.get(loop)
    if service is None or service.is_gone:
        for other in [other for other, service in pump.services.items() if service.is_gone]:
            del pump.services[other]
        service = pump.services[loop] = TaskService(pump, call_soon)
    return service


def _running_loop() -> tuple[Any, Callable[[Callable[[], None]], object]]:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        import trio

        token = trio.lowlevel.current_trio_token()
        return token, token.run_sync_soon
    return loop, loop.call_soon_threadsafe
