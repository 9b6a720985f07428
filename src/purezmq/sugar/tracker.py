"""``zmq.sugar.tracker``: message trackers under pyzmq's name for their module."""

from __future__ import annotations

from ..tracker import FINISHED_TRACKER as _FINISHED_TRACKER
from ..tracker import MessageTracker

__all__ = ["_FINISHED_TRACKER", "MessageTracker"]
