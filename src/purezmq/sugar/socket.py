"""``zmq.sugar.socket``: the socket class under pyzmq's name for its module."""

from __future__ import annotations

from typing import TypeAlias

from ..socket import Socket, _SocketContext

__all__ = ["Socket", "SyncSocket", "_SocketContext"]

SyncSocket: TypeAlias = Socket[bytes]
