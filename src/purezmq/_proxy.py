"""The built-in intermediary: whole messages from one socket to another, both ways."""

from __future__ import annotations

import struct

from .base.message import Message, size_of
from .drivers import exchange
from .drivers.log import logger
from .error import Again
from .numbers import PollEvent
from .patterns.pattern import with_envelope
from .poll import Poller
from .socket import Socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

_IN, _OUT = int(PollEvent.POLLIN), int(PollEvent.POLLOUT)
# Messages forwarded in one direction before the other has its turn.
_SHARE = 200

_SEND_ONLY = frozenset({"PUSH", "PUB", "SCATTER", "RADIO"})
_RECEIVE_ONLY = frozenset({"PULL", "SUB", "GATHER", "DISH"})


def proxy(frontend: Socket[Any], backend: Socket[Any], capture: Socket[Any] | None = None) -> NoReturn:
    """Forward messages between two sockets, and a copy of each to ``capture``, until the context ends.

    A message is taken only when the other side has room for it, so that senders feel the back-pressure. For
    ROUTER/DEALER, XSUB/XPUB, PULL/PUSH and whatever else fits. Raises ContextTerminated at its end.
    """
    forward_forever(ways_between(frontend, backend), capture)


def device(device_type: int, frontend: Socket[Any], backend: Socket[Any]) -> NoReturn:
    """The old name of ``proxy``; the type (QUEUE, FORWARDER, STREAMER) means nothing."""
    proxy(frontend, backend)


def proxy_steerable(
    frontend: Socket[Any],
    backend: Socket[Any],
    capture: Socket[Any] | None = None,
    control: Socket[Any] | None = None,
) -> None:
    """A ``proxy`` that obeys the commands that arrive at ``control``: a PAIR, REP, PULL, SUB or DEALER socket.

    * ``b"PAUSE"``: forward nothing, so that messages wait in the sockets and their senders. ``b"RESUME"``: go on.
    * ``b"STATISTICS"``: reply with eight numbers, each a part of 8 bytes (unsigned, in the byte order of this machine):
      messages and bytes that the frontend has received, and sent; then the same of the backend. A message of several
      parts counts once. A control socket that cannot send replies nothing.
    * ``b"TERMINATE"``: forward what is there already, as far as it can leave without waiting, and return.
      ``b"KILL"``: return at once.

    A REP control socket replies to the other commands with an empty message, and to unknown ones, too, which are
    logged and otherwise ignored. Raises ContextTerminated if the context ends first.

        >>> threading.Thread(target=zmq.proxy_steerable, args=(frontend, backend, None, control)).start()
        >>> steering.send(b"TERMINATE")
    """
    if control is None:
        proxy(frontend, backend, capture)
    _Steered(frontend, backend, capture, control).run()


class Way:
    """One direction of a proxy.

    ``prefix`` is put before the copies for the capture socket. ``swaps_ids``: the first two parts change places, so
    that between two ROUTERs the first part names who gets the message, and the second who sent it.
    """

    __slots__ = ("byte_count", "is_counted", "message_count", "prefix", "source", "swaps_ids", "target")

    def __init__(
        self,
        source: Socket[Any],
        target: Socket[Any],
        *,
        is_counted: bool = False,
        prefix: bytes | None = None,
        swaps_ids: bool = False,
    ) -> None:
        self.source = source
        self.target = target
        self.is_counted = is_counted
        self.prefix = prefix
        self.swaps_ids = swaps_ids
        self.message_count = 0
        self.byte_count = 0

    def forward(self, capture: Socket[Any] | None, most: int = _SHARE) -> None:
        """Move messages while there are any and room for them, up to a fair share."""
        take, give = self.source._pump, self.target._pump
        for _ in range(most):
            if give is not take:  # what answers itself becomes writable by receiving
                with give.lock:
                    give.check_alive()
                    if not give.events_known() & _OUT:
                        return
            try:
                message = exchange.recv_from(take, wait=False)[0]
            except Again:
                return
            if self.swaps_ids and isinstance(message, tuple) and len(message) > 1:
                message = (message[1], message[0], *message[2:])
            if capture is not None:
                exchange.send(capture._pump, self._copy(message), timeout_ms=-1)
            exchange.send(give, message, timeout_ms=-1)
            if self.is_counted:
                self.message_count += 1
                self.byte_count += size_of(message)

    def _copy(self, message: Message) -> Message:
        return message if self.prefix is None else with_envelope((self.prefix,), message)


def ways_between(frontend: Socket[Any], backend: Socket[Any], *, is_counted: bool = False) -> list[Way]:
    """The directions in which messages can go: to the backend first."""
    pairs = [(frontend, backend), (backend, frontend)] if frontend is not backend else [(frontend, backend)]
    return [
        Way(source, target, is_counted=is_counted)
        for source, target in pairs
        if source._type_name not in _SEND_ONLY
    ]


def forward_forever(ways: list[Way], capture: Socket[Any] | None) -> NoReturn:
    """Forward until something raises: the end of the context, as a rule."""
    poller = new_poller(ways[0].source)
    try:
        while True:
            _wait(poller, ways)
            for way in ways:
                way.forward(capture)
    finally:
        poller._close()


def new_poller(socket: Socket[Any]) -> Poller:
    """The kind of poller that suits those who wait in this socket: threads, or greenlets."""
    poller: Poller = (socket._waiting_poller_class or Poller)()
    return poller


def _wait(poller: Poller, ways: list[Way], control: Socket[Any] | None = None) -> bool:
    """Wait until a message can go some way: there is one, and room for it. True: a command has arrived instead."""
    wanted: dict[Any, int] = {}
    for way in ways:
        wanted[way.source] = wanted.get(way.source, 0) | _IN
    while True:
        if control is not None:
            wanted[control] = wanted.get(control, 0) | _IN
        for socket in [socket for socket, _ in poller.sockets]:
            if socket not in wanted:
                poller.unregister(socket)
        for socket, flags in wanted.items():
            poller.register(socket, flags)
        events = dict(poller.poll())
        if control is not None and events.get(control, 0) & _IN:
            return True
        wanted = {}
        for way in ways:
            if not events.get(way.source, 0) & _IN:
                wanted[way.source] = wanted.get(way.source, 0) | _IN
            elif way.target is way.source or way.target.poll(0, _OUT):
                return False
            else:
                wanted[way.target] = wanted.get(way.target, 0) | _OUT


# The states of a steerable proxy.
_ACTIVE, _PAUSED, _TERMINATED = range(3)


class _Steered:
    """A proxy with a control socket."""

    def __init__(
        self,
        frontend: Socket[Any],
        backend: Socket[Any],
        capture: Socket[Any] | None,
        control: Socket[Any],
    ) -> None:
        self._ends = (frontend, backend)
        self._ways = ways_between(frontend, backend, is_counted=True)
        self._capture = capture
        self._control = control
        self._state = _ACTIVE

    def run(self) -> None:
        """Forward and obey until TERMINATE or KILL."""
        poller = new_poller(self._ends[0])
        try:
            while self._state is not _TERMINATED:
                ways = self._ways if self._state is _ACTIVE else []
                if _wait(poller, ways, self._control):
                    self._obey(self._control.recv_multipart())
                    continue
                for way in ways:
                    way.forward(self._capture)
        finally:
            poller._close()

    def _obey(self, parts: list[bytes]) -> None:
        command = parts[0] if len(parts) == 1 else b""
        if command == b"STATISTICS":
            if self._control._type_name not in _RECEIVE_ONLY:
                self._control.send_multipart(self._statistics())
            return
        if command == b"PAUSE":
            self._state = _PAUSED
        elif command == b"RESUME":
            self._state = _ACTIVE
        elif command == b"TERMINATE":
            if self._state is _ACTIVE:
                for way in self._ways:
                    way.forward(self._capture, way.source.stats()["queue_in"])
            self._state = _TERMINATED
        elif command == b"KILL":
            self._state = _TERMINATED
        else:
            logger().warning("a steerable proxy knows no command %r; it goes on as before", parts)
        if self._control._type_name == "REP":
            self._control.send(b"")

    def _statistics(self) -> list[bytes]:
        numbers: list[int] = []
        for end in self._ends:
            received = [way for way in self._ways if way.source is end]
            sent = [way for way in self._ways if way.target is end]
            for ways in (received, sent):
                numbers += (sum(way.message_count for way in ways), sum(way.byte_count for way in ways))
        return [struct.pack("=Q", number) for number in numbers]
