"""Waiting for peers, subscribers and connections, in the thread that asks for it."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

from .base.endpoint import parse_endpoint
from .drivers import conditions, endpoints, exchange
from .error import ZMQError, error_for
from .explaining import about_endpoint, explain

if TYPE_CHECKING:
    from .drivers.pump import Pump


def wait_for_peers(pump: Pump, n: int, timeout_ms: int | None) -> int:
    """Wait for ``n`` connected peers; returns how many there are. Raises Again."""
    check_number(n)
    if not exchange.until(pump, lambda pump: conditions.peer_count(pump) >= n, _seconds(timeout_ms)):
        raise too_few_peers(pump, n, timeout_ms)
    with pump.lock:
        return conditions.peer_count(pump)


def wait_for_subscribers(pump: Pump, n: int, topic: bytes, timeout_ms: int | None) -> int:
    """Wait for ``n`` subscribers of a topic; returns how many there are. Raises Again, or ZMQError (ENOTSUP)."""
    check_number(n)
    if not exchange.until(
        pump, lambda pump: conditions.subscriber_count(pump, topic) >= n, _seconds(timeout_ms)
    ):
        raise too_few_subscribers(pump, n, topic, timeout_ms)
    with pump.lock:
        return conditions.subscriber_count(pump, topic)


def connect_and_wait(pump: Pump, addr: str | bytes, timeout_ms: int) -> None:
    """Connect, and wait for the handshake. Raises Again, or ZMQError at once if there is no hope."""
    endpoints.connect(pump, addr)
    endpoint = parse_endpoint(addr, for_bind=False).text
    try:
        if not exchange.until(pump, lambda pump: is_decided(pump, endpoint), _seconds(timeout_ms)):
            raise not_connected(pump, endpoint, timeout_ms)
        check_connected(pump, endpoint)
    except BaseException:
        with contextlib.suppress(ZMQError):  # it has given up already, or the socket is closed
            endpoints.disconnect(pump, endpoint)
        raise


def is_decided(pump: Pump, endpoint: str) -> bool:
    """True when the attempt to connect has succeeded, or will never. Requires the pump's lock."""
    return conditions.connection_state(pump, endpoint) != conditions.PENDING


def check_connected(pump: Pump, endpoint: str) -> None:
    """Raise the error for an attempt to connect that was given up."""
    with pump.lock:
        if conditions.connection_state(pump, endpoint) == conditions.CONNECTED:
            return
        why = pump.troubles.about(endpoint)
    number = errno.EACCES if "refused the connection" in why else errno.ECONNABORTED
    raise error_for(number, f"cannot connect: {why or 'the connection was ended'} (addr={endpoint!r})")


def not_connected(pump: Pump, endpoint: str, timeout_ms: int) -> ZMQError:
    """The error for a connection that was not there in time."""
    with pump.lock:
        why = about_endpoint(pump, endpoint)
    return error_for(errno.EAGAIN, f"no connection within {timeout_ms} ms: {why} (addr={endpoint!r})")


def too_few_peers(pump: Pump, n: int, timeout_ms: int | None) -> ZMQError:
    """The error for peers that were not there in time."""
    with pump.lock:
        count = conditions.peer_count(pump)
    return error_for(errno.EAGAIN, f"{count} of {n} peers within {timeout_ms} ms. {explain(pump)}")


def too_few_subscribers(pump: Pump, n: int, topic: bytes, timeout_ms: int | None) -> ZMQError:
    """The error for subscribers that were not there in time."""
    with pump.lock:
        count = conditions.subscriber_count(pump, topic)
    what = f"subscribers of {topic!r}" if topic else "subscribers"
    return error_for(errno.EAGAIN, f"{count} of {n} {what} within {timeout_ms} ms. {explain(pump)}")


def check_number(n: int) -> None:
    """Raise ValueError for a number that nobody can mean."""
    if n < 0:
        raise ValueError(f"n={n}: the number to wait for cannot be negative")


def _seconds(timeout_ms: int | None) -> float | None:
    return None if timeout_ms is None else exchange.seconds(timeout_ms)
