"""The built-in intermediary: whole messages from one socket to another, both ways."""

from __future__ import annotations

from typing import Any, NoReturn

from .constants import PollEvent
from .drivers import exchange
from .error import Again
from .poll import Poller
from .socket import Socket

_IN, _OUT = int(PollEvent.POLLIN), int(PollEvent.POLLOUT)
# Messages forwarded in one direction before the other has its turn.
_SHARE = 200


def proxy(frontend: Socket[Any], backend: Socket[Any], capture: Socket[Any] | None = None) -> NoReturn:
    """Forward messages between two sockets, and a copy of each to ``capture``, until the context ends.

    A message is taken only when the other side has room for it, so that senders feel the back-pressure. For
    ROUTER/DEALER, XSUB/XPUB, PULL/PUSH and whatever else fits. Raises ContextTerminated at its end.
    """
    ways = [(frontend, backend), (backend, frontend)] if frontend is not backend else [(frontend, backend)]
    ways = [(source, target) for source, target in ways if _can_receive(source)]
    poller = Poller()
    try:
        while True:
            _wait(poller, ways)
            for source, target in ways:
                _forward(source, target, capture)
    finally:
        poller._close()


def device(device_type: int, frontend: Socket[Any], backend: Socket[Any]) -> NoReturn:
    """The old name of ``proxy``; the type (QUEUE, FORWARDER, STREAMER) means nothing."""
    proxy(frontend, backend)


def _can_receive(socket: Socket[Any]) -> bool:
    return socket._type_name not in ("PUSH", "PUB")


def _wait(poller: Poller, ways: list[tuple[Socket[Any], Socket[Any]]]) -> None:
    """Wait until a message can go some way: there is one, and room for it."""
    wanted: dict[Any, int] = {}
    for source, _ in ways:
        wanted[source] = wanted.get(source, 0) | _IN
    while True:
        for socket in [socket for socket, _ in poller.sockets]:
            if socket not in wanted:
                poller.unregister(socket)
        for socket, flags in wanted.items():
            poller.register(socket, flags)
        events = dict(poller.poll())
        wanted = {}
        for source, target in ways:
            if not events.get(source, 0) & _IN:
                wanted[source] = wanted.get(source, 0) | _IN
            elif target.poll(0, _OUT):
                return
            else:
                wanted[target] = wanted.get(target, 0) | _OUT


def _forward(source: Socket[Any], target: Socket[Any], capture: Socket[Any] | None) -> None:
    """Move messages while there are any and room for them, up to a fair share."""
    take, give = source._pump, target._pump
    for _ in range(_SHARE):
        with give.lock:
            give.check_alive()
            if not give.events_known() & _OUT:
                return
        try:
            message = exchange.recv_from(take, wait=False)[0]
        except Again:
            return
        if capture is not None:
            exchange.send(capture._pump, message, timeout_ms=-1)
        exchange.send(give, message, timeout_ms=-1)
