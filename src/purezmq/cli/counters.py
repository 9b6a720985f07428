"""What a command counted, in words."""

from __future__ import annotations

from time import monotonic


class Counters:
    """Messages and bytes in both directions since the command began."""

    __slots__ = ("bytes_received", "bytes_sent", "dropped", "received", "sent", "started")

    def __init__(self) -> None:
        self.sent = self.received = 0
        self.bytes_sent = self.bytes_received = 0
        self.dropped = 0
        self.started = monotonic()

    def summary(self, sends: bool, receives: bool) -> str:
        """One line for people."""
        seconds = max(monotonic() - self.started, 1e-9)
        texts = []
        if sends:
            texts.append(f"sent {amount(self.sent, self.bytes_sent)}, {self.sent / seconds:,.0f} msg/s")
        if receives:
            texts.append(
                f"received {amount(self.received, self.bytes_received)}, {self.received / seconds:,.0f} msg/s"
            )
        if self.dropped:
            texts.append(f"dropped {self.dropped:,}")
        return f"{'; '.join(texts)} in {seconds:.2f} s"


def amount(messages: int, size: int) -> str:
    """'3 messages (1.2 kB)'."""
    return f"{messages:,} message{'' if messages == 1 else 's'} ({readable_size(size)})"


def readable_size(size: float) -> str:
    """A number of bytes with a unit."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
