"""Transcripts of libzmq peers (tests/vectors), and a plain parser of what is in them.

The parser is written for clarity and shares nothing with the code under test.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parents[1] / "vectors"

SIDES = {"connecter": "client", "binder": "server"}


def load(name: str) -> dict[str, Any]:
    vector: dict[str, Any] = json.loads((DIRECTORY / f"{name}.json").read_text())
    return vector


def as_bytes(value: object) -> bytes:
    """An option value: text, or {"hex": …} where it is not plain ASCII."""
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    assert isinstance(value, str)
    return value.encode("latin-1")


@dataclass
class Frame:
    flags: int
    body: bytes
    start: int  # where it stands in its direction of the connection

    @property
    def is_command(self) -> bool:
        return bool(self.flags & 4)

    @property
    def has_more(self) -> bool:
        return bool(self.flags & 1)


class Stream:
    """One direction of one connection: the opening, then complete frames, READY or the identity being the first."""

    def __init__(self, data: bytes, kind: str) -> None:
        self.data = data
        self.opening = {"3": 64, "2": 12, "1rev0": 12, "1": 0}.get(kind, len(data))
        self.frames: list[Frame] = []
        parse = _old_frame if kind.startswith("1") else _frame
        position = self.opening
        while (frame := parse(data, position)) is not None:
            self.frames.append(frame[0])
            position = frame[1]

    @property
    def traffic(self) -> list[Frame]:
        """What was sent after the handshake."""
        return self.frames[1:]


def kind_of(one: bytes, other: bytes) -> str:
    """The protocol two sides ended up with: "3", "2", "1rev0" (versioned 1.0) or "1"; "9" if it stayed open."""
    return min(_kind(one), _kind(other))


def _kind(data: bytes) -> str:
    if not data:
        return "9"
    if data[0] != 0xFF or (len(data) >= 10 and not data[9] & 1):
        return "1"
    if len(data) < 11:
        return "9"
    return {0: "1rev0", 1: "2"}.get(data[10], "3")


def _frame(data: bytes, start: int) -> tuple[Frame, int] | None:
    flags = data[start] if start < len(data) else 0
    width = 8 if flags & 2 else 1
    if start + 1 + width > len(data):
        return None
    length = int.from_bytes(data[start + 1 : start + 1 + width], "big")
    body = start + 1 + width
    if body + length > len(data):
        return None
    return Frame(flags, data[body : body + length], start), body + length


def _old_frame(data: bytes, start: int) -> tuple[Frame, int] | None:
    if start >= len(data):
        return None
    width = 9 if data[start] == 0xFF else 1
    if start + width >= len(data):
        return None
    length = int.from_bytes(data[start + 1 : start + 9], "big") if width == 9 else data[start]
    flags = start + width
    if length == 0 or flags + length > len(data):
        return None
    return Frame(data[flags] & 1, data[flags + 1 : flags + length], start), flags + length


def messages_of(frames: list[Frame]) -> list[bytes | tuple[bytes, ...]]:
    """Complete messages, as they stand in a pipe; commands are skipped."""
    messages: list[bytes | tuple[bytes, ...]] = []
    parts: list[bytes] = []
    for frame in frames:
        if frame.is_command:
            continue
        parts.append(frame.body)
        if not frame.has_more:
            messages.append(parts[0] if len(parts) == 1 else tuple(parts))
            parts = []
    return messages


class Body:
    """A frame as the api section of a vector gives it: in full, or by length and digest."""

    def __init__(self, recorded: str | dict[str, Any]) -> None:
        self.recorded = recorded

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, bytes):
            return NotImplemented
        if isinstance(self.recorded, str):
            return bytes.fromhex(self.recorded) == other
        return (
            len(other) == self.recorded["len"]
            and hashlib.sha256(other).hexdigest() == self.recorded["sha256"]
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Body({self.recorded!r})"


def api_messages(vector: dict[str, Any], operation: str, side: str) -> list[list[Body]]:
    """What the application of one side sent or received, without what failed or never came."""
    return [
        [Body(frame) for frame in step["frames"]]
        for step in vector["api"]
        if step["op"] == operation and step["side"] == side and "frames" in step and "error" not in step
    ]


def is_subsequence(shorter: list[Any], longer: list[Any]) -> bool:
    rest = iter(longer)
    return all(any(wanted == found for found in rest) for wanted in shorter)
