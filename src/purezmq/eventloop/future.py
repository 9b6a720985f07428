"""Sockets for coroutines in tornado's loop: those of ``purezmq.asyncio``, which know tornado's loop, too.

>>> async def echo(socket):
...     while True:
...         await socket.send_multipart(await socket.recv_multipart())
"""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

from tornado.ioloop import IOLoop

from .._future import _AsyncPoller, _AsyncSocket
from ..context import Context as _Context

__all__ = ["CancelledError", "Context", "Poller", "Socket"]

CancelledError = asyncio.CancelledError


class Poller(_AsyncPoller):
    """Waits for several sockets and descriptors: ``events = await poller.poll(1000)``."""

    def _default_loop(self) -> Any:
        return IOLoop.current()


class Socket(_AsyncSocket):
    """A ØMQ socket whose ``send``, ``recv``, their relatives and ``poll`` return Futures."""

    _poller_class = Poller

    def _default_loop(self) -> Any:
        return IOLoop.current()


class Context(_Context[Socket]):
    """A context that makes such sockets."""

    _instance = None
    _socket_class = Socket
    io_loop: Any = None  # of no effect: the current loop is used

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.pop("io_loop", None) is not None:
            warnings.warn(
                "Context(io_loop) does nothing: the current loop is used", DeprecationWarning, stacklevel=2
            )
        super().__init__(*args, **kwargs)
