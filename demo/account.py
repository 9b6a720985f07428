"""The account: for every stream of messages, how many were sent, how many received, and which are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

HEADINGS = ("stage", "messages", "sent", "received", "missing")
SHOWN_OF_A_LIST = 10


@dataclass(frozen=True)
class Row:
    """One stream of messages. Complaints name what is missing, came twice or came out of nowhere."""

    stage: str
    messages: str
    sent: int
    received: int
    complaints: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return self.sent == self.received and not self.complaints


@dataclass
class Account:
    """All rows, and whatever else went wrong."""

    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.rows.append(row)

    def compare(self, stage: str, messages: str, sent: Iterable[str], received: Iterable[str]) -> None:
        """Add a row for messages that were written down one by one at both ends."""
        at_sender, at_receiver = Counter(sent), Counter(received)
        complaints = []
        for what, names in (
            ("missing", at_sender - at_receiver),
            ("received but not sent", at_receiver - at_sender),
        ):
            if names:
                complaints.append(f"{what}: {shortened(names.elements())}")
        self.add(Row(stage, messages, at_sender.total(), at_receiver.total(), tuple(complaints)))

    def fail(self, stage: str, why: str) -> None:
        self.failures.append(f"{stage}: {why}")

    @property
    def is_complete(self) -> bool:
        return not self.failures and bool(self.rows) and all(row.is_complete for row in self.rows)

    def complaints(self) -> list[str]:
        found = list(self.failures)
        for row in self.rows:
            found += [f"{row.stage}, {row.messages}: {complaint}" for complaint in row.complaints]
            if not row.is_complete and not row.complaints:
                found.append(f"{row.stage}, {row.messages}: sent {row.sent}, received {row.received}")
        return found

    def table(self) -> str:
        cells = [
            (row.stage, row.messages, f"{row.sent}", f"{row.received}", f"{max(0, row.sent - row.received)}")
            for row in self.rows
        ]
        widths = [max(len(line[i]) for line in [HEADINGS, *cells]) for i in range(len(HEADINGS))]

        def aligned(line: tuple[str, ...]) -> str:
            words = [
                cell.ljust(w) if i < 2 else cell.rjust(w)
                for i, (cell, w) in enumerate(zip(line, widths, strict=True))
            ]
            return "  ".join(words).rstrip()

        return "\n".join([aligned(HEADINGS), aligned(tuple("-" * w for w in widths)), *map(aligned, cells)])


def shortened(names: Iterable[str]) -> str:
    """The first few of many names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - SHOWN_OF_A_LIST} more" if len(every) > SHOWN_OF_A_LIST else ""
    return ", ".join(every[:SHOWN_OF_A_LIST]) + more


def described(drops: dict[str, dict[str, int]]) -> str:
    """What a relay's two sockets have dropped, by their own count."""
    found = [
        f"{n} at its {side} ({why})" for side, reasons in drops.items() for why, n in reasons.items() if n
    ]
    return ", ".join(found) or "nothing"
