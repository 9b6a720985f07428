"""An authenticator that works in an asyncio event loop."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

from ..constants import Flag, SocketOption
from ..context import Context
from ..error import Again, ZMQError
from .base import Authenticator


class AsyncioAuthenticator(Authenticator):
    """An ``Authenticator`` that works in the event loop in which it was started, from ``start`` to ``stop``.

    The context may be an ordinary one or an asynchronous one. Stop it before the context and the loop end.

        >>> auth = AsyncioAuthenticator(ctx)
        >>> auth.start()  # in a coroutine
        >>> auth.configure_plain(passwords={"alice": "…"})
    """

    def __init__(
        self, context: Context[Any] | None = None, loop: Any = None, encoding: str = "utf-8", log: Any = None
    ) -> None:
        super().__init__(context, encoding, log)
        if loop is not None:
            warnings.warn(
                f"{type(self).__name__}(loop) is deprecated and ignored: the loop is the one that runs at start()",
                DeprecationWarning,
                stacklevel=2,
            )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd = -1
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Become the context's ZAP handler, and serve it from the running event loop.

        Raises RuntimeError outside of one, and ZMQError (EADDRINUSE) if the context has a handler.
        """
        if self._loop is not None:
            return
        loop = asyncio.get_running_loop()
        super().start()
        assert self.zap_socket is not None
        self._loop = loop
        self._fd = int(self.zap_socket.get(SocketOption.FD))
        loop.add_reader(self._fd, self._requests_came)

    def stop(self) -> None:
        """Stop being the ZAP handler. Questions that are not answered yet stay so, and their peers stay out."""
        loop, self._loop = self._loop, None
        if loop is not None:
            if not loop.is_closed():
                loop.remove_reader(self._fd)
            for task in self._tasks:
                task.cancel()
            self._tasks.clear()
        super().stop()

    def _requests_came(self) -> None:
        """The descriptor is readable, and stays so as long as there are requests."""
        socket, loop = self.zap_socket, self._loop
        if socket is None or loop is None:
            return
        try:
            message = socket.recv_multipart(Flag.DONTWAIT)
        except Again:
            return
        except ZMQError:
            self.log.debug("stopped: the context ended")
            self.stop()
            return
        # A REP takes the next request when it has answered this one; until then the descriptor would wake us in vain.
        loop.remove_reader(self._fd)
        task = loop.create_task(self.handle_zap_message(message))
        self._tasks.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._loop is None or task.cancelled():
            return
        error = task.exception()
        if error is not None and not isinstance(error, ZMQError):
            self.log.error("cannot answer a ZAP request", exc_info=error)
        self._loop.add_reader(self._fd, self._requests_came)


__all__ = ["AsyncioAuthenticator"]
