"""What XSUB, SUB and DISH share: they tell every publisher what they want, and a new connection all of it anew."""

from __future__ import annotations

from ..base.pipe import Pipe
from .fair_queue import FairQueue
from .pattern import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.options import SocketOptions


class Subscriber(Pattern):
    """Receives from all publishers in turn."""

    __slots__ = ("_absent", "_in")

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._in = FairQueue(self.drops)
        # Pipes between two connections. They will be told everything anew, so changes need not pile up for them.
        self._absent: set[Pipe] = set()

    def _tell_all(self, pipe: Pipe) -> None:
        """Tell one publisher everything that is wanted."""
        raise NotImplementedError

    def _present(self) -> list[Pipe]:
        """The pipes that have to hear of a change."""
        return [pipe for pipe in self.pipes if pipe not in self._absent]

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        self._tell_all(pipe)
        return super().attach(pipe, connected_here)

    def identify(self, pipe: Pipe, routing_id: bytes) -> bool:
        if pipe in self._absent:  # the first attempts to connect failed, and took what was said along
            self.hiccup(pipe)
        return True

    def hiccup_lost(self, pipe: Pipe) -> None:
        if pipe in self.pipes:
            self._absent.add(pipe)

    def hiccup(self, pipe: Pipe) -> None:
        self._absent.discard(pipe)
        if pipe in self.pipes:
            self._tell_all(pipe)

    def detach(self, pipe: Pipe) -> None:
        self._absent.discard(pipe)
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        self._in.activate(pipe)
