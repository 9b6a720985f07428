"""The routing ids by which a ROUTER, REP or STREAM socket tells its peers apart."""

from __future__ import annotations

from ..base.pipe import Pipe


class PeerNames:
    """Routing id -> pipe. Every pipe in here has its name in ``pipe.routing_id``, and no two share one."""

    __slots__ = ("_next_id", "by_name")

    def __init__(self, first_id: int) -> None:
        self.by_name: dict[bytes, Pipe] = {}
        self._next_id = first_id & 0xFFFFFFFF

    def find(self, routing_id: bytes) -> Pipe | None:
        """The pipe with this name, or None."""
        return self.by_name.get(routing_id)

    def has(self, pipe: Pipe) -> bool:
        """True if this pipe was given a name here."""
        return self.by_name.get(pipe.routing_id) is pipe

    def claim(self, pipe: Pipe, routing_id: bytes) -> bool:
        """Name a pipe; an empty routing id means a generated one. False: another pipe has that name."""
        if not routing_id:
            routing_id = self._generate()
        elif routing_id in self.by_name:
            return False
        pipe.routing_id = routing_id
        self.by_name[routing_id] = pipe
        return True

    def take_over(self, pipe: Pipe, routing_id: bytes) -> Pipe:
        """Give a name that is in use to another pipe. The old owner gets a generated one, and is returned."""
        old_owner = self.by_name.pop(routing_id)
        self.claim(old_owner, b"")
        self.claim(pipe, routing_id)
        return old_owner

    def forget(self, pipe: Pipe) -> None:
        """The pipe can no longer be found; it keeps its name for what is still in its inbox."""
        if self.has(pipe):
            del self.by_name[pipe.routing_id]

    def _generate(self) -> bytes:
        """Five bytes, as libzmq makes them: a zero, which no announced id should begin with, and a counter."""
        while True:
            routing_id = b"\x00" + self._next_id.to_bytes(4, "big")
            self._next_id = (self._next_id + 1) & 0xFFFFFFFF
            # The counter may have wrapped around, and a peer may announce what it likes: libzmq trusts both.
            if routing_id not in self.by_name:
                return routing_id
