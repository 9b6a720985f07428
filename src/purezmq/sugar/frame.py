"""``zmq.sugar.frame``: the message classes under pyzmq's name for their module."""

from __future__ import annotations

from ..frame import Frame, Message

__all__ = ["Frame", "Message"]
