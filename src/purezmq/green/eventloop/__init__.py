"""The tornado loop under the name that it has in ``zmq.green``; see ``purezmq.eventloop``."""

from __future__ import annotations

from tornado.ioloop import IOLoop

__all__ = ["IOLoop"]
