"""Reading the events that a monitored socket reports (see ``Socket.get_monitor_socket``)."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Sequence
from typing import Any, Protocol, TypedDict, overload

from ..constants import Event

__all__ = ["parse_monitor_message", "recv_monitor_message"]

_EVENT_AND_VALUE = struct.Struct("=Hi")  # native byte order, no padding: the two ends share a machine
_NUMBER = struct.Struct("=Q")  # version 2


class MonitorMessage(TypedDict):
    """One event: what happened, a number whose meaning depends on it, and where."""

    event: Event
    value: Event
    endpoint: bytes


class MonitorMessageV2(MonitorMessage):
    """One event of version 2: any number of values, and both ends of the connection."""

    values: list[int]
    local: bytes
    remote: bytes


class _Socket(Protocol):
    def recv_multipart(self, flags: int = ...) -> list[bytes]: ...


class _AwaitableSocket(Protocol):
    def recv_multipart(self, flags: int = ...) -> Awaitable[list[bytes]]: ...


def parse_monitor_message(msg: Sequence[bytes]) -> MonitorMessage:
    """The event in the frames of a monitor message, as a dictionary.

    The keys are ``event``, ``value`` (a descriptor, an error number or an interval in milliseconds, depending
    on the event) and ``endpoint``. As in pyzmq the value too is an ``Event``; it equals, and behaves as, the
    plain integer. A message of version 2 (see ``Socket.monitor``) has in addition ``values`` (PIPES_STATS has two),
    ``local`` and ``remote``; its ``endpoint`` is that of the peer, or ours where there is no peer. Raises
    RuntimeError if this is no monitor message.
    """
    if len(msg) == 2 and len(msg[0]) == _EVENT_AND_VALUE.size:
        event, value = _EVENT_AND_VALUE.unpack(msg[0])
        return {"event": Event(event), "value": Event(value), "endpoint": msg[1]}
    if len(msg) >= 4 and all(len(frame) == _NUMBER.size for frame in msg[:-2]):
        event, count, *values = (_NUMBER.unpack(frame)[0] for frame in msg[:-2])
        if count == len(values) and count:
            return _version_2(event, values, msg[-2], msg[-1])
    raise RuntimeError(
        f"not a monitor message (version 1: 6 bytes, then an endpoint; version 2: numbers of 8 bytes, then two "
        f"endpoints): {msg!r}"
    )


def _version_2(event: int, values: list[int], local: bytes, remote: bytes) -> MonitorMessageV2:
    return {
        "event": Event(event),
        "value": Event(values[0]),
        "endpoint": remote or local,
        "values": values,
        "local": local,
        "remote": remote,
    }


@overload
def recv_monitor_message(socket: _Socket, flags: int = 0) -> MonitorMessage: ...
@overload
def recv_monitor_message(socket: _AwaitableSocket, flags: int = 0) -> Awaitable[MonitorMessage]: ...
def recv_monitor_message(socket: Any, flags: int = 0) -> MonitorMessage | Awaitable[MonitorMessage]:
    """Receive one event from a monitor socket; from an asyncio socket, something to await that gives it.

    Raises what ``socket.recv_multipart`` raises, and RuntimeError if it was no monitor message.

        monitor = socket.get_monitor_socket()
        print(recv_monitor_message(monitor)["event"])
    """
    message = socket.recv_multipart(flags)
    if isinstance(message, Awaitable):
        return _parse_later(message)
    return parse_monitor_message(message)


async def _parse_later(message: Awaitable[list[bytes]]) -> MonitorMessage:
    return parse_monitor_message(await message)
