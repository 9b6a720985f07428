"""Contexts and sockets for greenlets."""

from __future__ import annotations

import time
from typing import Any

import gevent

from ..context import Context
from ..socket import Socket
from .poll import _Poller
from .waiting import wait_in_hub

_FIRST_LOOK_S = 0.001
_LAST_LOOK_S = 0.05


class _Socket(Socket[bytes]):
    """A socket in which greenlets wait."""

    _repr_cls = "zmq.green.Socket"
    _poller_class = _waiting_poller_class = _Poller

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pump.wait_instead = wait_in_hub


class _Context(Context[_Socket]):
    """A context whose sockets are for greenlets, and whose end greenlets can await."""

    _instance = None
    _socket_class = _Socket

    def term(self, timeout: float | None = None) -> bool:
        """End the context; see ``Context.term``. The other greenlets run meanwhile, and may close their sockets."""
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = _FIRST_LOOK_S
        while not super().term(0):
            if deadline is not None and time.monotonic() >= deadline:
                return False
            gevent.sleep(pause)
            pause = min(2 * pause, _LAST_LOOK_S)
        return True
