"""What stands in ``pump.connectors``: one side of a conversation that the socket keeps up by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..base.pipe import Pipe
    from .streams import StreamHandler


class Line(Protocol):
    """A connector, or what a transport that opens itself leaves in its place. Requires the pump's lock."""

    is_bound: bool  # it is ended by unbind, not by disconnect
    is_open: bool
    retire_at: float  # set when it has to end: when to give up delivering

    @property
    def text(self) -> str:
        """The endpoint as the user wrote it (bind: as LAST_ENDPOINT tells it)."""

    @property
    def endpoint(self) -> str:
        """The endpoint in events and peers()."""

    @property
    def stream(self) -> StreamHandler | None:
        """The connected stream, if this is a line of that kind; it has its own place in ``pump.streams``."""

    @property
    def pipe(self) -> Pipe | None:
        """The pipe to the peer (or to all peers), if there is one."""

    @property
    def state(self) -> str:
        """What it is doing, for peers(): "connecting", "waiting", "handshaking" or "connected"."""

    @property
    def has_unsent(self) -> bool:
        """True while something that the application sent has not left this process."""

    @property
    def unsent(self) -> int:
        """Messages that have not left completely."""

    def give_up(self) -> None:
        """End at once; what is queued is lost (and counted)."""

    def go_on(self) -> None:
        """A step was interrupted, perhaps in the middle of one of our moves: make sure that there is a next one."""

    def wake_at(self, when: float | None) -> None:
        """Ask for ``on_timer`` at this monotonic time."""


class PausedReader(Protocol):
    """What stands in ``pump.paused``: it does not read, because the application has no room. Requires the lock."""

    @property
    def pipe(self) -> Pipe | None:
        """The pipe whose inbox is full."""

    def resume(self, now: float) -> None:
        """There is room again: deliver what was kept back, then read on."""
