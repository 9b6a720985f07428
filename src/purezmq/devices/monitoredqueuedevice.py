"""Monitored queues as devices."""

from __future__ import annotations

from ..constants import SocketType
from .basedevice import ProcessDevice, ThreadDevice
from .monitoredqueue import monitored_queue
from .proxydevice import ProxyBase


class MonitoredQueueBase(ProxyBase):
    """What the monitored queues have in common: the prefixes of the copies that "mon" gets."""

    def __init__(
        self,
        in_type: int,
        out_type: int,
        mon_type: int = SocketType.PUB,
        in_prefix: bytes = b"in",
        out_prefix: bytes = b"out",
    ) -> None:
        super().__init__(in_type, out_type, mon_type)
        self._in_prefix = in_prefix
        self._out_prefix = out_prefix

    def run_device(self) -> None:
        """Forward, with marked copies to "mon"."""
        frontend, backend = self._open_both()
        monitored_queue(frontend, backend, self._open(self._mon), self._in_prefix, self._out_prefix)


class MonitoredQueue(MonitoredQueueBase):
    """A ``monitored_queue`` in the thread that calls ``start``."""


class ThreadMonitoredQueue(MonitoredQueueBase, ThreadDevice):
    """A ``monitored_queue`` in a thread."""


class ProcessMonitoredQueue(MonitoredQueueBase, ProcessDevice):
    """A ``monitored_queue`` in a process."""
