"""``ZMQStream`` under the name that it has in ``zmq.green``."""

from __future__ import annotations

from ...eventloop.zmqstream import ZMQStream

__all__ = ["ZMQStream"]
