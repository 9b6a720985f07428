"""Intermediaries in a greenlet: the others run while it waits."""

from __future__ import annotations

from typing import Any, NoReturn

# They wait by the poller of the sockets' class, so they are the same functions here.
from .._proxy import proxy, proxy_steerable
from .poll import _Poller as Poller

__all__ = ["Poller", "device", "proxy", "proxy_steerable"]


def device(device_type: int, isocket: Any, osocket: Any) -> NoReturn:
    """The old name of ``proxy``; the type (QUEUE, FORWARDER, STREAMER) means nothing."""
    proxy(isocket, osocket)
