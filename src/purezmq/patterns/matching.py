"""Which topics a message begins with; matching.pyx is the same, compiled.

``lengths`` are those of the topics that begin with the first byte of the message, in ascending order: one look-up each.
"""

from __future__ import annotations

from ..base.pipe import Pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    # A pipe, and the messages that it gets.
    Share = tuple[Pipe, list[Any]]

_NO_LENGTHS: tuple[int, ...] = ()


def is_wanted(topics: dict[bytes, int], lengths: tuple[int, ...], first_part: bytes) -> bool:
    """True if one of the topics is a prefix of this."""
    for length in lengths:
        # If the part is shorter than that, it is looked up as a whole: a hit is then a topic equal to it.
        if first_part[:length] in topics:
            return True
    return False


def wanted_by(
    pipes_of: dict[bytes, tuple[Pipe, ...]],
    lengths: tuple[int, ...],
    found: tuple[Pipe, ...],
    first_part: bytes,
) -> Collection[Pipe]:
    """The pipes of all topics that are a prefix of this, and those in ``found``; each once."""
    merged: dict[Pipe, None] | None = None
    size = len(first_part)
    for length in lengths:
        if length > size:
            break
        pipes = pipes_of.get(first_part[:length])
        if pipes is None:
            continue
        if merged is not None:
            merged.update(dict.fromkeys(pipes))
        elif found:
            merged = dict.fromkeys(found)
            merged.update(dict.fromkeys(pipes))
        else:
            found = pipes
    return found if merged is None else merged


def share_out(
    pipes_of: dict[bytes, tuple[Pipe, ...]],
    lengths_by_byte: list[tuple[int, ...]],
    found: tuple[Pipe, ...],
    messages: list[Any],
) -> list[Share]:
    """Who gets what of these messages. If all are wanted by the same pipes, the list is ``messages`` itself."""
    wanted: list[Collection[Pipe]] = []
    is_same = True
    for message in messages:
        first_part = message if type(message) is bytes else message[0]
        lengths = lengths_by_byte[first_part[0]] if first_part else _NO_LENGTHS
        pipes = wanted_by(pipes_of, lengths, found, first_part)
        if is_same and wanted and pipes is not wanted[-1]:
            is_same = False
        wanted.append(pipes)
    if not wanted:
        return []
    if is_same:
        return [(pipe, messages) for pipe in wanted[0]]
    share_of: dict[Pipe, list[Any]] = {}
    for message, pipes in zip(messages, wanted, strict=True):
        for pipe in pipes:
            share = share_of.get(pipe)
            if share is None:
                share_of[pipe] = [message]
            else:
                share.append(message)
    return list(share_of.items())
