"""What a socket can tell about its messages and its peers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from .drivers.line import Line
from .transports.inproc import InprocLink

if TYPE_CHECKING:
    from .base.pipe import Pipe
    from .core.session import Session
    from .drivers.pump import Pump


def stats_of(pump: Pump) -> dict[str, Any]:
    """The counters of a socket.

    ``messages_out`` and ``bytes_out`` count what was handed to a peer's connection, ``messages_in`` and ``bytes_in``
    what arrived from one (bytes of user data; over inproc the sender counts them, once per message). ``queue_out``
    and ``queue_in`` are the messages that wait in this process; inproc messages wait at their receiver.
    ``undelivered`` adds to ``queue_out`` what was sent and given up since. ``drops`` counts lost messages and
    ``failures`` bad connections, by reason. With pgm or epgm endpoints there is ``pgm`` as well: their packets by type,
    and those that were lost for good or were no good.
    """
    with pump.lock:
        core = pump.core
        live = [stream.session.connection for stream in pump.streams if stream.session.connection is not None]
        inproc = [link for link in pump.inproc_links.values() if link.peer_pump is not None]
        waiting = core.queued_out() + sum(connection.unsent_messages() for connection in live)
        drops = {**core.drops}
        for reason, count in core.pattern.drops.items():
            drops[reason] = drops.get(reason, 0) + count
        groups: list[Any] = [line for line in pump.connectors if hasattr(line, "counters")]
        found = {
            "messages_in": core.messages_in
            + sum(connection.messages_in for connection in live)
            + pump.inproc_messages_in
            + sum(_pushed_by_peer(link) for link in pump.inproc_links.values()),
            "messages_out": core.messages_out
            + sum(connection.messages_out for connection in live)
            + pump.inproc_messages_out
            + sum(pump.pushed_to(pipe) for pipe in pump.inproc_links),
            "bytes_in": core.bytes_in + sum(connection.bytes_in for connection in live),
            "bytes_out": core.bytes_out
            + sum(connection.bytes_out for connection in live)
            + pump.inproc_bytes_out,
            "queue_in": core.queued_in(),
            "queue_out": waiting,
            "undelivered": waiting + core.lost,
            "drops": drops,
            "failures": dict(pump.failures),
            "high_water_hits": core.high_water_hits,
            "reconnects": core.reconnects,
            "peers": sum(1 for stream in pump.streams if stream.session.is_live)
            + len(inproc)
            + sum(line.peer_count for line in groups),
        }
        if groups:
            found["pgm"] = dict(sum((line.counters() for line in groups), Counter()))
        return found


def _pushed_by_peer(link: InprocLink) -> int:
    return 0 if link.peer_pump is None else link.peer_pump.pushed_to(link.peer_pipe)


def peers_of(pump: Pump) -> list[dict[str, Any]]:
    """One dictionary per connection, those that are being made included."""
    with pump.lock:
        found = [entry for line in pump.connectors if line.stream is None for entry in _line(line)]
        found += [_streaming(stream.session) for stream in pump.streams]
        found += [_inproc(pipe, link) for pipe, link in pump.inproc_links.items()]
        return found


def _entry(endpoint: str, state: str, pipe: Pipe | None) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "state": state,
        "address": "",
        "socket_type": "",
        "routing_id": b"" if pipe is None else pipe.routing_id,
        "user_id": "",
        "mechanism": "",
        "version": "",
        "messages_in": 0,
        "messages_out": 0,
        "bytes_in": 0,
        "bytes_out": 0,
        "queue_in": 0 if pipe is None else len(pipe.inbox),
        "queue_out": 0 if pipe is None else len(pipe.outbox),
    }


def _line(line: Line) -> list[dict[str, Any]]:
    """A connector that is not connected has one entry; a line without a stream may have more to tell, or more peers."""
    entries = getattr(line, "peer_entries", None)
    basis = _entry(line.endpoint, line.state, line.pipe)
    return [basis] if entries is None else [basis | entry for entry in entries()]


def _streaming(session: Session) -> dict[str, Any]:
    entry = _entry(session.endpoint, "connected" if session.is_live else "handshaking", session.pipe)
    entry["address"] = session.peer_address
    if session.transport_properties:
        entry["tls"] = {
            name.removeprefix("TLS-"): value.decode("utf-8", "replace")
            for name, value in session.transport_properties.items()
        }
    connection = session.connection
    if connection is not None:
        facts = session.facts()
        entry["socket_type"] = facts.socket_type
        entry["routing_id"] = facts.routing_id
        entry["user_id"] = facts.user_id.decode("utf-8", "replace")
        entry["mechanism"] = facts.mechanism
        entry["version"] = ".".join(map(str, connection.version))
        entry["messages_in"] = connection.messages_in
        entry["messages_out"] = connection.messages_out
        entry["bytes_in"] = connection.bytes_in
        entry["bytes_out"] = connection.bytes_out
        entry["queue_out"] += connection.unsent_messages()
    return entry


def _inproc(pipe: Pipe, link: InprocLink) -> dict[str, Any]:
    peer = link.peer_pump
    entry = _entry(pipe.endpoint, "waiting" if peer is None else "connected", pipe)
    entry["messages_out"] = pipe.messages_pushed if link.pump is None else link.pump.pushed_to(pipe)
    entry["messages_in"] = _pushed_by_peer(link)
    if peer is not None:
        entry["queue_out"] = 0
        entry["socket_type"] = peer.core.type_name
        entry["address"] = "inproc"
    return entry
