"""What the options of one socket command said."""

from __future__ import annotations

from dataclasses import dataclass, field

from .forms import Form
from .targets import Target


@dataclass(frozen=True, slots=True)
class Settings:
    """The parsed command line of a socket command."""

    targets: list[Target]
    files: list[str]
    form: Form = field(default_factory=Form)
    count: int | None = None
    timeout_ms: int | None = None  # None: wait for ever
    linger_ms: int | None = None  # None: the default of closing()
    quiet: bool = False
    verbose: bool = False
    topics: tuple[bytes, ...] = ()
    rate: float | None = None
    wait: int = 0
    drop: bool = False
    echo: bool = False
    reply: bytes | None = None
    command: tuple[str, ...] = ()  # of --exec

    @property
    def timeout_s(self) -> float | None:
        """The timeout in seconds."""
        return None if self.timeout_ms is None else self.timeout_ms / 1000
