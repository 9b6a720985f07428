"""What went wrong last at each endpoint, in words, for those who ask why nothing moves."""

from __future__ import annotations

import errno
import os

_MOST_ENDPOINTS = 64


class Troubles:
    """The last trouble of each endpoint. Requires the pump's lock."""

    __slots__ = ("_text_of",)

    def __init__(self) -> None:
        self._text_of: dict[str, str] = {}

    def note(self, endpoint: str, text: str) -> None:
        """Remember this one; of too many endpoints the oldest are forgotten."""
        self._text_of.pop(endpoint, None)
        if len(self._text_of) >= _MOST_ENDPOINTS:
            del self._text_of[next(iter(self._text_of))]
        self._text_of[endpoint] = text

    def forget(self, endpoint: str) -> None:
        """It is over, or begins anew."""
        self._text_of.pop(endpoint, None)

    def about(self, endpoint: str) -> str:
        """The last one; "" if there was none."""
        return self._text_of.get(endpoint, "")

    def all(self) -> list[tuple[str, str]]:
        """(endpoint, text), the newest last."""
        return list(self._text_of.items())


def text_of(number: int) -> str:
    """An error number of the system in words, with its name: "Connection refused (ECONNREFUSED)"."""
    name = errno.errorcode.get(number)
    return f"{os.strerror(number)} ({name})" if name else os.strerror(number)
