"""``socket.explain()``: why nothing moves, in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base.pipe import UNLIMITED, Pipe
from .drivers.conditions import peer_count
from .drivers.connector import Connector

if TYPE_CHECKING:
    from .drivers.line import Line
    from .drivers.pump import Pump

_MOST_LINES = 20
_PUBLISHERS = ("PUB", "XPUB", "RADIO")


def explain(pump: Pump) -> str:
    """One line for everything that stands in the way; the first one says how many peers there are. Takes the lock."""
    with pump.lock:
        name = pump.core.type_name
        if pump.closed:
            return f"{name}: the socket is closed"
        if pump.terminating:
            return f"{name}: the context was terminated: close the socket"
        pump.process(pump.look())
        lines = [f"{name}: {_how_many(pump)}"]
        lines += _endpoints(pump)
        lines += _state(pump)
        lines += _queues(pump)
        if len(lines) == 1:
            lines.append("nothing stands in the way")
        surplus = len(lines) - _MOST_LINES
        if surplus > 1:
            lines[_MOST_LINES:] = [f"… and {surplus} more"]
        return "\n".join(lines)


def about_endpoint(pump: Pump, endpoint: str) -> str:
    """What is known about the connection to one endpoint. Requires the lock."""
    for line in pump.connectors:
        if line.text == endpoint and not line.is_bound:
            return _line(line)
    for pipe, link in pump.inproc_links.items():
        if pipe.endpoint == endpoint and link.connected_here:
            return "connected" if link.peer_pump is not None else "nobody has bound this name yet"
    why = pump.troubles.about(endpoint)
    return f"given up: {why}" if why else "not connected to this endpoint"


def _how_many(pump: Pump) -> str:
    count = peer_count(pump)
    if not count:
        # Datagrams and multicast go to whoever listens.
        open_lines = [line for line in pump.connectors if line.stream is None and line.state == "connected"]
        return "its transport knows no connections" if open_lines else "nobody is connected"
    return "1 peer is connected" if count == 1 else f"{count} peers are connected"


# -- endpoints ----------------------------------------------------------------------------------------


def _endpoints(pump: Pump) -> Iterator[str]:
    names = [name for name, owner in pump.hub.bound_names.copy().items() if owner is pump]
    known = {line.endpoint for line in pump.connectors}
    if not (pump.connectors or pump.listeners or names or pump.inproc_links):
        yield "it is neither bound nor connected: call bind() or connect()"
    for line in pump.connectors:
        if line.state != "connected":
            yield f"{line.endpoint}: {_line(line)}"
    for pipe, link in pump.inproc_links.items():
        if link.peer_pump is None:
            yield f"{pipe.endpoint}: nobody has bound this name yet"
    live = {stream.session.endpoint for stream in pump.streams if stream.session.is_live}
    begun = [s.session for s in pump.streams if s.session.accepted and not s.session.is_live]
    for endpoint in pump.listeners:
        known.add(endpoint)
        waiting = sum(1 for session in begun if session.endpoint == endpoint)
        if waiting:
            yield f"{endpoint}: {waiting} in the middle of the handshake"
        if endpoint not in live:
            trouble = pump.troubles.about(endpoint)
            last = f"; the last one that tried: {trouble}" if trouble else ""
            yield f"{endpoint}: listening, and nobody is connected{last}"
    for name in names:
        if not any(link.peer_pump and not link.connected_here for link in pump.inproc_links.values()):
            yield f"inproc://{name}: bound, and nobody is connected"
    for endpoint, trouble in pump.troubles.all():
        if endpoint not in known and endpoint not in live:
            yield f"{endpoint}: given up: {trouble}"


def _line(line: Line) -> str:
    """What a connecting endpoint is doing, and why it is not further."""
    if not isinstance(line, Connector):
        return line.state
    state = line.state
    if state == "connected":
        return state
    if state == "handshaking":
        return "connected, and in the middle of the handshake" + _tries(line)
    if state == "connecting":
        trouble = f"; the last attempt: {line.trouble}" if line.trouble else ""
        return f"the connection is being made{trouble}{_tries(line)}"
    return f"{line.trouble}{_tries(line)}"


def _tries(line: Connector) -> str:
    count = line.attempts
    soon = line.next_attempt_in(time.monotonic())
    when = "" if soon is None else f", the next in {soon * 1000:.0f} ms"
    return f"; {count} attempts{when}" if count != 1 else f"; 1 attempt{when}"


# -- states and queues --------------------------------------------------------------------------------


def _state(pump: Pump) -> Iterator[str]:
    pattern = pump.core.pattern
    if pattern.duty:
        yield pattern.duty
    if pump.core.type_name in _PUBLISHERS and peer_count(pump) and not pattern.subscriber_count(b""):
        yield "nobody has subscribed to anything, so messages go nowhere"


def _queues(pump: Pump) -> Iterator[str]:
    for pipe in pump.core.pipes:
        peer = _peer(pump, pipe)
        waiting, arrived = len(pipe.outbox), len(pipe.inbox)
        if waiting >= pipe.outbox_limit or pipe.write_blocked:
            yield f"{peer}: the queue is full with {waiting} messages that it does not take (SNDHWM)"
        elif waiting and not _is_connected(pump, pipe):
            yield f"{peer}: {waiting} messages wait for the connection"
        if arrived >= pipe.inbox_limit and pipe.inbox_limit < UNLIMITED:
            yield f"{peer}: {arrived} messages wait for recv(), and no more are read from it (RCVHWM)"
        elif arrived:
            yield f"{peer}: {arrived} messages wait for recv()"


def _is_connected(pump: Pump, pipe: Pipe) -> bool:
    link = pump.inproc_links.get(pipe)
    return pipe.link is not None if link is None else link.peer_pump is not None


def _peer(pump: Pump, pipe: Pipe) -> str:
    """A name for the peer behind a pipe."""
    for stream in pump.streams:
        if stream.session.pipe is pipe:
            address = stream.session.peer_address
            return f"{pipe.endpoint} ({address})" if address and stream.session.accepted else pipe.endpoint
    return pipe.endpoint or "a peer"
