"""What a subscriber knows of the streams that it receives."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Stream:
    """One topic of one publisher, as received from its first message on."""

    first: int
    expected: int = field(init=False)
    received: int = 0
    missing: list[int] = field(default_factory=list)
    wrong: list[int] = field(
        default_factory=list
    )  # repeated, out of order, or with other content than was sent
    is_closed: bool = False

    def __post_init__(self) -> None:
        self.expected = self.first

    def take(self, number: int, is_right: bool) -> None:
        self.missing.extend(range(self.expected, number))
        if number < self.expected or not is_right:
            self.wrong.append(number)
        else:
            self.received += 1
        self.expected = max(self.expected, number + 1)

    def close(self, end: int) -> None:
        """The publisher says that ``end`` would be next: everything before it should be here."""
        self.missing.extend(range(self.expected, end))
        self.is_closed = True
