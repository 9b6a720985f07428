"""A proxy whose copies tell which way a message went."""

from __future__ import annotations

from typing import Any, NoReturn

from .._proxy import forward_forever, ways_between
from ..socket import Socket


def monitored_queue(
    in_socket: Socket[Any],
    out_socket: Socket[Any],
    mon_socket: Socket[Any],
    in_prefix: bytes = b"in",
    out_prefix: bytes = b"out",
) -> NoReturn:
    """Forward messages between two sockets until the context ends.

    ``mon_socket`` gets a copy of each with a first part that says where it came from. Between two ROUTER sockets the
    first two parts of a message change places: what arrives is ``[sender, receiver, ...]``, what leaves
    ``[receiver, sender, ...]``, so that the one is found and can answer the other.

    Raises TypeError for prefixes that are not bytes, ContextTerminated at the end.
    """
    for prefix in (in_prefix, out_prefix):
        if not isinstance(prefix, bytes):
            raise TypeError(f"a prefix is bytes, got: {prefix!r}")
    swaps_ids = in_socket._type_name == out_socket._type_name == "ROUTER"
    ways = ways_between(in_socket, out_socket)
    for way in ways:
        way.prefix = in_prefix if way.source is in_socket else out_prefix
        way.swaps_ids = swaps_ids
    forward_forever(ways, mon_socket)


__all__ = ["monitored_queue"]
