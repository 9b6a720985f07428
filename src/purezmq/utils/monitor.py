"""Reading the events that a monitored socket reports (see ``Socket.get_monitor_socket``)."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Sequence
from typing import Any, Protocol, TypedDict, overload

from ..constants import Event

__all__ = ["parse_monitor_message", "recv_monitor_message"]

_EVENT_AND_VALUE = struct.Struct("=Hi")  # native byte order, no padding: the two ends share a machine


class MonitorMessage(TypedDict):
    """One event: what happened, a number whose meaning depends on it, and where."""

    event: Event
    value: Event
    endpoint: bytes


class _Socket(Protocol):
    def recv_multipart(self, flags: int = ...) -> list[bytes]: ...


class _AwaitableSocket(Protocol):
    def recv_multipart(self, flags: int = ...) -> Awaitable[list[bytes]]: ...


def parse_monitor_message(msg: Sequence[bytes]) -> MonitorMessage:
    """The event in the two frames of a monitor message, as a dictionary.

    The keys are ``event``, ``value`` (a descriptor, an error number or an interval in milliseconds, depending
    on the event) and ``endpoint``. As in pyzmq the value too is an ``Event``; it equals, and behaves as, the
    plain integer. Raises RuntimeError if this is no monitor message.
    """
    if len(msg) != 2 or len(msg[0]) != _EVENT_AND_VALUE.size:
        raise RuntimeError(f"not a monitor message (a frame of 6 bytes, then an endpoint): {msg!r}")
    event, value = _EVENT_AND_VALUE.unpack(msg[0])
    return {"event": Event(event), "value": Event(value), "endpoint": msg[1]}


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
