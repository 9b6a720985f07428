"""Intermediaries in a greenlet: the others run while it waits."""

from __future__ import annotations

# They wait by the poller of the sockets' class, so they are the same; these are pyzmq's names for them.
from ..proxy import device, proxy, proxy_steerable

__all__ = ["device", "proxy", "proxy_steerable"]
