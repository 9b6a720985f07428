"""One socket of a device, before it exists: its type, and what is to be done with it."""

from __future__ import annotations

from typing import Any

from ..constants import SocketType
from ..context import Context
from ..error import ZMQBindError
from ..socket import Socket

_MOST_ATTEMPTS = 5


class End:
    """Notes what a socket shall bind, connect and set, and does it to a fresh one."""

    def __init__(self, socket_type: int) -> None:
        self.socket_type = socket_type
        self._binds: list[str] = []
        self._connects: list[str] = []
        self._options: list[tuple[int, Any]] = []

    def bind(self, addr: str) -> None:
        """Bind to this endpoint."""
        self._binds.append(addr)

    def connect(self, addr: str) -> None:
        """Connect to this endpoint."""
        self._connects.append(addr)

    def setsockopt(self, opt: int, value: Any) -> None:
        """Set this option, before anything is bound or connected."""
        self._options.append((opt, value))

    def bind_to_random_port(self, addr: str, *args: Any, **kwargs: Any) -> int:
        """Bind to a port of ``addr`` that is free now, and return it.

        The port is given back until the device starts; another program may take it in between. Raises ZMQBindError when
        none is found that is not noted already.
        """
        context: Context[Any] = Context()
        with context:
            for _ in range(_MOST_ATTEMPTS):
                with context.socket(SocketType.PUSH) as probe:
                    port = int(probe.bind_to_random_port(addr, *args, **kwargs))
                if f"{addr}:{port}" not in self._binds:
                    self._binds.append(f"{addr}:{port}")
                    return port
        raise ZMQBindError("Could not find a random port that this device does not use already.")

    def prepare(self, socket: Socket[Any]) -> None:
        """Set, bind and connect the socket."""
        for option, value in self._options:
            socket.setsockopt(option, value)
        for addr in self._binds:
            socket.bind(addr)
        for addr in self._connects:
            socket.connect(addr)
