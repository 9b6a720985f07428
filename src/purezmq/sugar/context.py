"""``zmq.sugar.context``: the context class under pyzmq's name for its module."""

from __future__ import annotations

from typing import Any, TypeAlias

from ..context import Context
from ..socket import Socket

__all__ = ["Context", "SyncContext"]

SyncContext: TypeAlias = Context[Socket[Any]]
