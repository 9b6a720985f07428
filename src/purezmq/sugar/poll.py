"""``zmq.sugar.poll``: the poller under pyzmq's name for its module."""

from __future__ import annotations

from ..poll import Poller, select

__all__ = ["Poller", "select"]
