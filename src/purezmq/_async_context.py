"""What the contexts of asyncio and anyio share: ``async with`` closes everything without blocking the loop."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from .context import Context
from .socket import Socket

# Between looks at what a terminating context still delivers.
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.001, 0.05

SocketT = TypeVar("SocketT", bound="Socket[Any]")


class AsyncContext(Context[SocketT]):
    """A context for ``async with``."""

    async def _sleep(self, seconds: float) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        """Close all sockets and terminate the context, without blocking the loop while messages are delivered."""
        if self._closed:
            return
        self._before_exit(exc_type)
        self._close_sockets(None)
        pause = _FIRST_PAUSE_S
        while not self.term(0):
            await self._sleep(pause)
            pause = min(2 * pause, _LAST_PAUSE_S)
