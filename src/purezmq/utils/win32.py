"""Ctrl-C on Windows, where pyzmq needs help to interrupt a wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["allow_interrupt"]


class allow_interrupt:
    """A context manager in which Ctrl-C interrupts waits.

    Everywhere but on Windows it always does, and this does nothing, as in pyzmq.
    """

    def __init__(self, action: Callable[[], Any] | None = None) -> None:
        self.action = action

    def __enter__(self) -> None:
        return None

    def __exit__(self, *args: object) -> None:
        return None
