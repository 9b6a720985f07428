"""Devices with two sockets, and the ways to run any device."""

from __future__ import annotations

import multiprocessing
import threading
import time
from typing import Any, ClassVar

from .._proxy import device
from ..constants import DeviceType, Errno
from ..context import Context
from ..error import ZMQError
from ..socket import Socket
from .end import End


class Device:
    """A proxy between a socket "in" and a socket "out", which are made when it runs.

    ``device_type`` (QUEUE, FORWARDER, STREAMER) means nothing; the socket types say it all. What the two sockets shall
    bind, connect and set is noted beforehand with ``bind_in``, ``connect_out``, ``setsockopt_in``, … and done by
    ``start``. The end of the context is the regular end of a device: ``done`` is true afterwards.

    Raises TypeError without both socket types. This class runs in the thread that calls ``start``.
    """

    context_factory: Any = Context.instance  # what makes the context, or finds it
    daemon: bool = True  # a device in the background does not keep the program alive
    launcher: Any = None  # the thread or process of a device in the background

    def __init__(
        self, device_type: int = DeviceType.QUEUE, in_type: int | None = None, out_type: int | None = None
    ) -> None:
        if in_type is None:
            raise TypeError("in_type must be specified")
        if out_type is None:
            raise TypeError("out_type must be specified")
        self.device_type = device_type
        self.in_type = in_type
        self.out_type = out_type
        self.done = False
        self._in = End(in_type)
        self._out = End(out_type)
        self._sockets: list[Socket[Any]] = []
        self._context: Context[Any] | None = None

    # What to do with the sockets.

    def bind_in(self, addr: str) -> None:
        """Bind the socket "in" to an endpoint when the device starts."""
        self._in.bind(addr)

    def bind_in_to_random_port(self, addr: str, *args: Any, **kwargs: Any) -> int:
        """Bind the socket "in" to a port that is free now, and return it. Arguments as ``bind_to_random_port``'s."""
        return self._in.bind_to_random_port(addr, *args, **kwargs)

    def connect_in(self, addr: str) -> None:
        """Connect the socket "in" to an endpoint when the device starts."""
        self._in.connect(addr)

    def setsockopt_in(self, opt: int, value: Any) -> None:
        """Set an option of the socket "in" before it is bound or connected."""
        self._in.setsockopt(opt, value)

    def bind_out(self, addr: str) -> None:
        """Bind the socket "out" to an endpoint when the device starts."""
        self._out.bind(addr)

    def bind_out_to_random_port(self, addr: str, *args: Any, **kwargs: Any) -> int:
        """Bind the socket "out" to a port that is free now, and return it."""
        return self._out.bind_to_random_port(addr, *args, **kwargs)

    def connect_out(self, addr: str) -> None:
        """Connect the socket "out" to an endpoint when the device starts."""
        self._out.connect(addr)

    def setsockopt_out(self, opt: int, value: Any) -> None:
        """Set an option of the socket "out" before it is bound or connected."""
        self._out.setsockopt(opt, value)

    # Running.

    def start(self) -> None:
        """Run the device. In the foreground it returns when the device has ended."""
        self.run()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the device has ended, ``timeout`` seconds at most."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.done and (deadline is None or time.monotonic() < deadline):
            time.sleep(0.005)

    def run(self) -> None:
        """Make the sockets, forward until the context ends, and close them. Raises ZMQError for everything else."""
        try:
            self.run_device()
        except ZMQError as error:
            if error.errno not in (Errno.ETERM, Errno.ENOTSOCK):
                raise
        finally:
            for socket in self._sockets:
                socket.close()
            self._sockets.clear()
            self.done = True

    def run_device(self) -> None:
        """Forward with fresh sockets, until something raises. For subclasses; use ``start``."""
        device(self.device_type, *self._open_both())

    def _open_both(self) -> tuple[Socket[Any], Socket[Any]]:
        """The sockets "in" and "out". With an ``out_type`` below 0 there is one that is both."""
        frontend = self._open(self._in)
        return frontend, frontend if self.out_type < 0 else self._open(self._out)

    def _open(self, end: End) -> Socket[Any]:
        if self._context is None:
            self._context = self.context_factory()
        socket: Socket[Any] = self._context.socket(end.socket_type)
        self._sockets.append(socket)
        end.prepare(socket)
        return socket


class BackgroundDevice(Device):
    """A device that ``start`` leaves running in the background. The subclasses say where."""

    _launch_class: ClassVar[Any] = None

    def start(self) -> None:
        """Start the device, and return at once."""
        self.launcher = self._launch_class(target=self.run)
        self.launcher.daemon = self.daemon
        self.launcher.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the device has ended, ``timeout`` seconds at most."""
        self.launcher.join(timeout)


class ThreadDevice(BackgroundDevice):
    """A device in a thread. It ends when its context, ``Context.instance()`` as a rule, is terminated."""

    _launch_class = threading.Thread


class ProcessDevice(BackgroundDevice):
    """A device in a process of its own, with a context of its own: use endpoints that other processes can reach.

    It ends with this process if it is a daemon, which is the rule; ``launcher.terminate()`` ends it before.
    """

    _launch_class = multiprocessing.Process
    context_factory = Context
