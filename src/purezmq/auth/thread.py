"""An authenticator with a thread of its own."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any

from ..constants import PollEvent, SocketType
from ..context import Context
from ..error import ZMQError
from ..poll import Poller
from ..socket import Socket
from .base import Authenticator

_STOP = b"stop"


class ThreadAuthenticator(Authenticator):
    """An ``Authenticator`` that works in the background from ``start`` to ``stop``.

    It may be configured before and after ``start``, from any thread. Stop it before its context ends.

        >>> auth = ThreadAuthenticator(ctx)
        >>> auth.start()
        >>> auth.configure_plain(passwords={"alice": "…"})
    """

    def __init__(self, context: Context[Any] | None = None, encoding: str = "utf-8", log: Any = None) -> None:
        super().__init__(context, encoding, log)
        self.pipe: Socket[Any] | None = None
        self.pipe_endpoint = ""
        self.thread: Thread | None = None

    def start(self) -> None:
        """Become the context's ZAP handler, and serve it. Raises ZMQError (EADDRINUSE) if it has one."""
        if self.is_alive():
            return
        super().start()
        self.pipe_endpoint = f"inproc://{id(self)}.inproc"
        self.pipe = self.context.socket(SocketType.PAIR, Socket)
        self.pipe.linger = 1
        self.pipe.bind(self.pipe_endpoint)
        far_end: Socket[Any] = self.context.socket(SocketType.PAIR, Socket)
        far_end.linger = 1
        far_end.connect(self.pipe_endpoint)
        self.thread = Thread(target=self._run, args=(far_end,), name="ZMQauth", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Stop, and wait for the thread."""
        pipe, self.pipe = self.pipe, None
        if pipe is not None:
            try:
                pipe.send(_STOP)
            except ZMQError:
                pass  # the context ended first, and the thread with it
            thread = self.thread
            if thread is not None:
                thread.join()
            pipe.close()
        self.thread = None
        super().stop()

    def is_alive(self) -> bool:
        """True while the thread serves."""
        return self.thread is not None and self.thread.is_alive()

    def _run(self, stop: Socket[Any]) -> None:
        requests = self.zap_socket
        assert requests is not None
        poller = Poller()
        poller.register(stop, PollEvent.POLLIN)
        poller.register(requests, PollEvent.POLLIN)
        # Only for callbacks that are coroutines; everything else never waits.
        loop = asyncio.new_event_loop()
        try:
            while True:
                ready = dict(poller.poll())
                if stop in ready:
                    return
                if requests in ready:
                    loop.run_until_complete(self.handle_zap_message(requests.recv_multipart()))
        except ZMQError:
            self.log.debug("stopped: the context ended")
        finally:
            loop.close()
            stop.close()


__all__ = ["ThreadAuthenticator"]
