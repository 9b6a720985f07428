"""Proxies as devices: "in", "out", and a socket "mon" that gets a copy of every message."""

from __future__ import annotations

from typing import Any

from .._proxy import proxy
from ..constants import SocketType
from .basedevice import Device, ProcessDevice, ThreadDevice
from .end import End


class ProxyBase(Device):
    """What the proxies have in common: the socket "mon"."""

    def __init__(self, in_type: int, out_type: int, mon_type: int = SocketType.PUB) -> None:
        super().__init__(in_type=in_type, out_type=out_type)
        self._mon = End(mon_type)

    def bind_mon(self, addr: str) -> None:
        """Bind the socket "mon" to an endpoint when the device starts."""
        self._mon.bind(addr)

    def bind_mon_to_random_port(self, addr: str, *args: Any, **kwargs: Any) -> int:
        """Bind the socket "mon" to a port that is free now, and return it."""
        return self._mon.bind_to_random_port(addr, *args, **kwargs)

    def connect_mon(self, addr: str) -> None:
        """Connect the socket "mon" to an endpoint when the device starts."""
        self._mon.connect(addr)

    def setsockopt_mon(self, opt: int, value: Any) -> None:
        """Set an option of the socket "mon" before it is bound or connected."""
        self._mon.setsockopt(opt, value)

    def run_device(self) -> None:
        """Forward, with copies to "mon"."""
        proxy(*self._open_both(), self._open(self._mon))


class Proxy(ProxyBase):
    """A ``proxy`` in the thread that calls ``start``."""


class ThreadProxy(ProxyBase, ThreadDevice):
    """A ``proxy`` in a thread."""


class ProcessProxy(ProxyBase, ProcessDevice):
    """A ``proxy`` in a process."""
