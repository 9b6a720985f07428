"""Deprecated; see ``purezmq.eventloop.ioloop``."""

from __future__ import annotations

from ...eventloop.ioloop import DelayedCallback, IOLoop, PeriodicCallback, ZMQIOLoop, install

__all__ = ["DelayedCallback", "IOLoop", "PeriodicCallback", "ZMQIOLoop", "install"]
