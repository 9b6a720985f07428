"""What one can wait for besides messages. Plain questions about a pump, for every kind of waiting.

Everything here requires the pump's lock. A thread waits with ``exchange.until``. Whoever waits in another way asks
again after each step of the pump, and counts itself in ``pump.watchers`` and ``core.wants_news``: then ``pump.wake`` is
called also when somebody else did the I/O.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .pump import Pump

CONNECTED = "connected"
PENDING = "pending"
GIVEN_UP = "given up"


def peer_count(pump: Pump) -> int:
    """How many peers are connected: their handshakes are done and messages flow. Of multicast, the known sources."""
    return (
        sum(1 for stream in pump.streams if stream.session.is_live)
        + sum(1 for link in pump.inproc_links.values() if link.peer_pump is not None)
        + sum(getattr(line, "peer_count", 0) for line in pump.connectors)
    )


def subscriber_count(pump: Pump, topic: bytes) -> int:
    """How many peers would get a message of this topic; b"": how many have subscribed. Raises ZMQError (ENOTSUP)."""
    return pump.core.pattern.subscriber_count(topic)


def connection_state(pump: Pump, endpoint: str) -> str:
    """What became of connect(): CONNECTED, PENDING or GIVEN_UP.

    An endpoint that knows no connections (of a datagram transport) is CONNECTED as soon as it exists.
    """
    lines = [line for line in pump.connectors if line.text == endpoint and not line.is_bound]
    if lines:
        return CONNECTED if all(line.state == CONNECTED for line in lines) else PENDING
    links = [
        link
        for pipe, link in pump.inproc_links.items()
        if link.connected_here and pipe.endpoint == endpoint and pipe.is_open
    ]
    if links:
        return CONNECTED if all(link.peer_pump is not None for link in links) else PENDING
    return GIVEN_UP
