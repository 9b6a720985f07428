"""Deprecated: tornado's own loop serves ZeroMQ sockets."""

from __future__ import annotations

import warnings

from tornado.ioloop import IOLoop, PeriodicCallback

from ._deprecated import DelayedCallback

__all__ = ["DelayedCallback", "IOLoop", "PeriodicCallback", "ZMQIOLoop", "install"]

ZMQIOLoop = IOLoop


def _warn() -> None:
    warnings.warn(
        "zmq.eventloop.ioloop is not needed any more: use tornado.ioloop", DeprecationWarning, stacklevel=3
    )


def install() -> None:
    """Does nothing, as nothing has to be installed."""
    _warn()


_warn()
