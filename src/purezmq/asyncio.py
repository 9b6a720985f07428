"""asyncio: sockets, contexts and pollers whose calls are awaited.

>>> import purezmq as zmq, purezmq.asyncio
>>> async def serve():
...     async with zmq.asyncio.Context() as ctx, ctx.socket(zmq.REP) as server:
...         server.bind("tcp://127.0.0.1:5555")
...         async for request in server:
...             await server.send(request)

Any asyncio loop that can watch descriptors will do, uvloop among them, and several in several threads. The event loop
does the sockets' I/O itself; while it is busy, or stopped, the context's I/O thread does.
"""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

from ._async_context import AsyncContext
from ._future import _AsyncPoller, _AsyncSocket

__all__ = ["Context", "Poller", "ProactorSelectorThreadWarning", "Socket", "ZMQEventLoop", "install"]


class ProactorSelectorThreadWarning(RuntimeWarning):
    """Never given: nothing here needs a selector thread. Programs filter it by name."""


class Poller(_AsyncPoller):
    """Waits for several sockets and descriptors: ``events = await poller.poll(1000)``."""


class Socket(_AsyncSocket):
    """A ØMQ socket for asyncio.

    ``send``, ``recv``, their relatives and ``poll`` return awaitables, which are Futures: they need not be awaited at
    once, or at all. Everything else is as in ``purezmq.Socket``.

        >>> message = await socket.recv(timeout=1000)
        >>> await socket.send_multipart([b"topic", message])
    """

    _poller_class = Poller


class Context(AsyncContext[Socket]):
    """A context that makes asynchronous sockets. ``Context(ctx)`` shares an ordinary one."""

    _instance = None
    _socket_class = Socket

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


_is_deprecation_told = False


def _tell_deprecation() -> None:
    global _is_deprecation_told
    if not _is_deprecation_told:
        _is_deprecation_told = True
        warnings.warn(
            "ZMQEventLoop and install() do nothing: these sockets work with every asyncio event loop",
            DeprecationWarning,
            stacklevel=3,
        )


class ZMQEventLoop(asyncio.SelectorEventLoop):
    """An ordinary event loop. Deprecated: any will do."""

    def __init__(self, selector: Any = None) -> None:
        _tell_deprecation()
        super().__init__(selector)


def install() -> None:
    """Does nothing. Deprecated: these sockets work with every asyncio event loop."""
    _tell_deprecation()
