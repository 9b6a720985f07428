"""ZeroMQ for greenlets (gevent): ``import purezmq.green as zmq``.

Everything is as in ``purezmq``, but whoever waits in a socket, a poller or a proxy lets the other greenlets run. It
does not matter whether gevent has patched the standard library, and it works in every thread that has a hub. Timeouts
(RCVTIMEO, SNDTIMEO, ``timeout=``) hold, and ``gevent.Timeout`` and ``kill`` may interrupt any wait: no message is lost.
"""

from __future__ import annotations

from .. import *  # noqa: F403
from .. import __all__ as __all__
from .core import _Context as Context  # type: ignore[assignment]  # noqa: F401
from .core import _Socket as Socket  # type: ignore[assignment]  # noqa: F401
from .device import device as device  # type: ignore[assignment]
from .device import proxy as proxy
from .device import proxy_steerable as proxy_steerable
from .poll import _Poller as Poller  # noqa: F401
from .poll import select as select
from .poll import zmq_poll as zmq_poll
