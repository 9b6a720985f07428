"""The calls that are made for every message without the cost of their signatures, and a look at many messages.

``send`` and ``recv`` have many arguments that hardly anybody gives, and so have those for several parts. The compiled
twin of this module, _quick.pyx, puts a method in front of each that knows the plain call, such as ``send(data)`` or
``recv()``, on an open lane, and passes on every other one. In Python there is nothing to gain, so here they stay as
they are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Messages = list[Any] | tuple[Any, ...]

    Method = TypeVar("Method", bound=Callable[..., Any])


def quick_send(ordinary: Method) -> Method:
    """``ShortWays.send``, or a quicker method that does the same."""
    return ordinary


def quick_recv(ordinary: Method) -> Method:
    """``ShortWays.recv``, or a quicker method that does the same."""
    return ordinary


def quick_send_multipart(ordinary: Method) -> Method:
    """``ShortWays.send_multipart``, or a quicker method that does the same."""
    return ordinary


def quick_recv_multipart(ordinary: Method) -> Method:
    """``ShortWays.recv_multipart``, or a quicker method that does the same."""
    return ordinary


def all_bytes(messages: Messages) -> bool:
    """Whether all of these are ``bytes`` and nothing else (no subclass either)."""
    return set(map(type, messages)) <= {bytes}
