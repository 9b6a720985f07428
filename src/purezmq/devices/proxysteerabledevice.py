"""Steerable proxies as devices: a proxy with a socket "ctrl" that takes commands."""

from __future__ import annotations

from typing import Any

from .._proxy import proxy_steerable
from ..constants import SocketType
from .basedevice import ProcessDevice, ThreadDevice
from .end import End
from .proxydevice import ProxyBase


class ProxySteerableBase(ProxyBase):
    """What the steerable proxies have in common: the socket "ctrl".

    ``proxy_steerable`` tells the commands. Without ``ctrl_type`` there is no such socket, and nothing to steer.
    """

    def __init__(
        self,
        in_type: int,
        out_type: int,
        mon_type: int = SocketType.PUB,
        ctrl_type: int | None = None,
    ) -> None:
        super().__init__(in_type, out_type, mon_type)
        self._ctrl = None if ctrl_type is None else End(ctrl_type)

    @property
    def _control_end(self) -> End:
        if self._ctrl is None:
            raise TypeError("this device has no control socket: make it with ctrl_type")
        return self._ctrl

    def bind_ctrl(self, addr: str) -> None:
        """Bind the socket "ctrl" to an endpoint when the device starts."""
        self._control_end.bind(addr)

    def bind_ctrl_to_random_port(self, addr: str, *args: Any, **kwargs: Any) -> int:
        """Bind the socket "ctrl" to a port that is free now, and return it."""
        return self._control_end.bind_to_random_port(addr, *args, **kwargs)

    def connect_ctrl(self, addr: str) -> None:
        """Connect the socket "ctrl" to an endpoint when the device starts."""
        self._control_end.connect(addr)

    def setsockopt_ctrl(self, opt: int, value: Any) -> None:
        """Set an option of the socket "ctrl" before it is bound or connected."""
        self._control_end.setsockopt(opt, value)

    def run_device(self) -> None:
        """Forward and obey, until TERMINATE, KILL or the end of the context."""
        frontend, backend = self._open_both()
        capture = self._open(self._mon)
        proxy_steerable(frontend, backend, capture, None if self._ctrl is None else self._open(self._ctrl))


class ProxySteerable(ProxySteerableBase):
    """A ``proxy_steerable`` in the thread that calls ``start``."""


class ThreadProxySteerable(ProxySteerableBase, ThreadDevice):
    """A ``proxy_steerable`` in a thread."""


class ProcessProxySteerable(ProxySteerableBase, ProcessDevice):
    """A ``proxy_steerable`` in a process."""
