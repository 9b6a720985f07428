"""What programs for very old versions of tornado and pyzmq import."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from tornado.ioloop import IOLoop, PeriodicCallback

__all__ = ["DelayedCallback", "IOLoop", "ZMQIOLoop", "install"]

ZMQIOLoop = IOLoop


class DelayedCallback(PeriodicCallback):
    """Calls once, ``callback_time`` milliseconds after ``start``. Deprecated: ``IOLoop.call_later`` does it."""

    def __init__(self, callback: Callable[[], Any], callback_time: float, io_loop: Any = None) -> None:
        warnings.warn(
            "DelayedCallback is deprecated; use IOLoop.call_later", DeprecationWarning, stacklevel=2
        )

        def call_once() -> Any:
            self.stop()
            return callback()

        super().__init__(call_once, callback_time)


def install() -> None:
    """Does nothing, as nothing has to be installed."""
