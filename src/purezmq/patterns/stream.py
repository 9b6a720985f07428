"""STREAM: raw TCP peers, told apart by generated routing ids. Messages are pairs: routing id and data."""

from __future__ import annotations

from ..base.message import Message, Part
from ..base.pipe import Pipe
from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import SocketOption
from .fair_queue import FairQueue
from .pattern import Pattern, register, with_envelope, without_envelope
from .peer_names import PeerNames
from .room import has_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from ..base.options import SocketOptions


class Stream(Pattern):
    """A ROUTER without ZMTP. An empty message says that a connection came or went, and asks to close one."""

    __slots__ = ("_in", "_names", "_present")

    socket_type = SocketType.STREAM
    is_raw = True
    parts_per_message = 2  # SNDMORE on the data means nothing
    live_options: ClassVar[dict[int, str]] = {SocketOption.STREAM_NOTIFY: "stream_notify"}

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._in = FairQueue(self.drops)
        self._names = PeerNames(first_id)
        self._present: set[Pipe] = set()  # the pipes behind which there is a connection now

    def has_peer(self, routing_id: bytes) -> bool:
        """True if a peer has this name: connect() must not give it to another (CONNECT_ROUTING_ID)."""
        return self._names.find(routing_id) is not None

    def has_room_for(self, routing_id: bytes) -> bool:
        """True if a message to this peer would not have to wait. Raises ZMQError (EHOSTUNREACH) for an unknown one."""
        return has_room(self._find(routing_id))

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        # Nobody announces anything: a name is CONNECT_ROUTING_ID or generated, and good before there is a
        # connection.
        if not self._names.claim(pipe, pipe.routing_id if connected_here else b""):
            return False
        self.pipes[pipe] = connected_here
        # As libzmq: the option tells the name of the newest peer, which a client needs for its first message.
        self.options.routing_id = pipe.routing_id
        if not connected_here:
            self._arrived(pipe)
        return super().attach(pipe, connected_here)

    def identify(self, pipe: Pipe, routing_id: bytes) -> bool:
        self._arrived(pipe)
        return True

    def hiccup_lost(self, pipe: Pipe) -> None:
        self._left(pipe)

    def hiccup(self, pipe: Pipe) -> None:
        self._arrived(pipe)

    def detach(self, pipe: Pipe) -> None:
        self._left(pipe)
        self._names.forget(pipe)
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        self._in.activate(pipe)

    def _find(self, routing_id: Part) -> Pipe:
        name = bytes(routing_id)
        pipe = self._names.find(name)
        if pipe is None:
            raise error_for(Errno.EHOSTUNREACH, f"no connection has the routing id {name!r}: it was closed")
        return pipe

    def may_send(self, first: Part) -> bool:
        return has_room(self._find(first))

    def try_send(self, message: Message) -> bool:
        if isinstance(message, bytes) or len(message) != 2:
            raise error_for(
                Errno.EINVAL, "a STREAM message has two parts: the routing id of the peer, and the data"
            )
        pipe = self._find(message[0])
        if not message[1]:
            self._close(pipe)
            return True
        if not has_room(pipe):
            return False
        pipe.push(without_envelope(message, 1))
        return True

    def try_recv(self) -> Message | None:
        data = self._in.take()
        if data is None:
            return None
        pipe = self.last_pipe = self._in.last_pipe
        assert pipe is not None
        return with_envelope((pipe.routing_id,), data)

    def can_send(self) -> bool:
        return True

    def can_recv(self) -> bool:
        return self._in.has_items()

    def _close(self, pipe: Pipe) -> None:
        # The user ended it, so no notification follows; from here on the name leads nowhere.
        self._present.discard(pipe)
        self._names.forget(pipe)
        self.to_close.append(pipe)

    def _arrived(self, pipe: Pipe) -> None:
        if pipe in self.pipes and pipe not in self._present:
            self._present.add(pipe)
            self._notify(pipe)

    def _left(self, pipe: Pipe) -> None:
        if pipe in self._present:
            self._present.remove(pipe)
            self._notify(pipe)

    def _notify(self, pipe: Pipe) -> None:
        if self.options.stream_notify:
            pipe.inbox.append(b"")
            self._in.activate(pipe)


register(Stream)
