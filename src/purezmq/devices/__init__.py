"""Devices: a proxy with its sockets, as one object that runs in the foreground, in a thread or in a process.

>>> from purezmq.devices import ThreadProxy
>>> proxy = ThreadProxy(zmq.ROUTER, zmq.DEALER)
>>> proxy.bind_in("tcp://*:5555")
>>> proxy.bind_out("tcp://*:5556")
>>> proxy.start()
"""

from __future__ import annotations

from .._proxy import device, proxy, proxy_steerable
from .basedevice import BackgroundDevice, Device, ProcessDevice, ThreadDevice
from .monitoredqueue import monitored_queue
from .monitoredqueuedevice import MonitoredQueue, ProcessMonitoredQueue, ThreadMonitoredQueue
from .proxydevice import ProcessProxy, Proxy, ThreadProxy
from .proxysteerabledevice import ProcessProxySteerable, ProxySteerable, ThreadProxySteerable

__all__ = [
    "BackgroundDevice",
    "Device",
    "MonitoredQueue",
    "ProcessDevice",
    "ProcessMonitoredQueue",
    "ProcessProxy",
    "ProcessProxySteerable",
    "Proxy",
    "ProxySteerable",
    "ThreadDevice",
    "ThreadMonitoredQueue",
    "ThreadProxy",
    "ThreadProxySteerable",
    "device",
    "monitored_queue",
    "proxy",
    "proxy_steerable",
]
