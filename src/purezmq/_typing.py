"""The typing helper that pyzmq offers to libraries which support older Pythons."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["TypeAlias"]
