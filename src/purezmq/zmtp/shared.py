"""Encoding once what several connections are about to send.

When a publisher flushes its pipes one after the other, the batches that their encoders take out of them are mostly the
same. Each encoder with a ``Shared`` looks there first: comparing two lists of the same objects costs a few nanoseconds a
message, encoding them ten times as much.
"""

from __future__ import annotations

from typing import Any


class Shared:
    """The batch that was encoded last, while it is likely to be asked for again. One per socket."""

    __slots__ = ("batch", "data", "headers", "is_wanted", "payload")

    def __init__(self) -> None:
        self.is_wanted = False  # several connections are being flushed
        self.batch: list[Any] | None = None
        self.headers: Any = None  # the table of frame headers that it was encoded with
        self.data = b""
        self.payload = 0  # bytes of user data

    def keep(self, batch: list[Any], headers: Any, data: bytes, payload: int) -> None:
        """Remember what an encoder made of a batch."""
        if self.is_wanted:
            self.batch = None  # for a signal handler that raises in between
            self.headers = headers
            self.data = data
            self.payload = payload
            self.batch = batch

    def end(self) -> None:
        """All connections have been flushed: give the memory back."""
        self.is_wanted = False
        self.batch = None
        self.data = b""
