"""Tornado: ``eventloop.zmqstream`` and ``eventloop.future``. It needs tornado, and any of tornado's loops will do."""

from __future__ import annotations

from tornado.ioloop import IOLoop

__all__ = ["IOLoop"]
