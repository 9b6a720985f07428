"""ROUTER: the first part of a message names the peer, in both directions.

A connected pipe may be attached before its peer is known. Until ``identify`` (or a CONNECT_ROUTING_ID) gives
it a name it can neither be addressed nor read, and ``pipe.routing_id`` is empty.
"""

from __future__ import annotations

from collections import deque

from ..base.message import Message, Part, PipeItem
from ..base.pipe import Pipe
from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import RouterNotify, SocketOption
from .fair_queue import FairQueue
from .pattern import Pattern, register, with_envelope, without_envelope
from .peer_names import PeerNames
from .room import has_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from ..base.options import SocketOptions


class Router(Pattern):
    """Sends to whom it is told, and tells whom it received from."""

    __slots__ = ("_in", "_names", "_present")

    socket_type = SocketType.ROUTER
    gathers_answers = True

    live_options: ClassVar[dict[int, str]] = {
        SocketOption.ROUTER_MANDATORY: "router_mandatory",
        SocketOption.ROUTER_HANDOVER: "router_handover",
        SocketOption.ROUTER_NOTIFY: "router_notify",
        SocketOption.PROBE_ROUTER: "probe_router",
        SocketOption.HELLO_MSG: "hello_msg",
        SocketOption.DISCONNECT_MSG: "disconnect_msg",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._in = FairQueue(self.drops)
        self._names = PeerNames(first_id)
        self._present: set[Pipe] = (
            set()
        )  # the peers of which ROUTER_NOTIFY has said, or would have, that they are there

    def has_peer(self, routing_id: bytes) -> bool:
        """True if a peer has this name: connect() must not give it to another (CONNECT_ROUTING_ID)."""
        return self._names.find(routing_id) is not None

    def has_room_for(self, routing_id: bytes) -> bool:
        """True if a message to this peer would not have to wait. Raises ZMQError (EHOSTUNREACH) for an unknown one."""
        pipe = self._names.find(routing_id)
        if pipe is None:
            raise error_for(Errno.EHOSTUNREACH, f"no peer has the routing id {routing_id!r}")
        return has_room(pipe)

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        is_known = bool(pipe.routing_id) or not connected_here
        if is_known and not self._name(pipe, pipe.routing_id):
            return False
        self.greet(pipe)
        self.pipes[pipe] = connected_here
        if not connected_here:
            self._arrived(pipe)
        return super().attach(pipe, connected_here)

    def identify(self, pipe: Pipe, routing_id: bytes) -> bool:
        if pipe not in self.pipes:
            return True
        if not self._names.has(pipe) and not self._name(pipe, routing_id):
            return False
        self._arrived(pipe)
        if pipe.inbox:
            self.readable(pipe)
        return True

    def hiccup_lost(self, pipe: Pipe) -> None:
        self._left(pipe)

    def hiccup(self, pipe: Pipe) -> None:
        self.greet_again(pipe)
        self._arrived(pipe, is_first=False)

    def detach(self, pipe: Pipe) -> None:
        self._left(pipe)
        if self.options.disconnect_msg and self.pipes.get(pipe) is False:  # only accepted peers
            self._deliver(pipe, self.options.disconnect_msg)
        self._names.forget(pipe)
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        if pipe.routing_id:
            self._in.activate(pipe)

    def _find(self, routing_id: Part) -> Pipe | None:
        pipe = self._names.find(routing_id if isinstance(routing_id, bytes) else bytes(routing_id))
        if pipe is None and self.options.router_mandatory:
            raise error_for(
                Errno.EHOSTUNREACH,
                f"no peer has the routing id {bytes(routing_id)!r}: it is not connected (yet), or left",
            )
        return pipe

    def may_send(self, first: Part) -> bool:
        pipe = self._find(first)
        return pipe is None or not self.options.router_mandatory or has_room(pipe)

    def try_send(self, message: Message) -> bool:
        if isinstance(message, bytes) or len(message) < 2:
            # libzmq consumes a lone routing id without a word; here at least it is counted.
            self.drop("no_body", message)
            return True
        pipe = self._find(message[0])
        if pipe is None:
            self.drop("unroutable", message)
            return True
        # The two tests are has_room(), without the call as long as there is room.
        if (pipe.write_blocked or len(pipe.outbox) >= pipe.outbox_limit) and not has_room(pipe):
            if self.options.router_mandatory:
                return False
            self.drop("no_room", message)
            return True
        pipe.push(without_envelope(message, 1))
        return True

    def try_recv(self) -> Message | None:
        message = self._in.take()
        if message is None:
            return None
        pipe = self.last_pipe = self._in.last_pipe
        assert pipe is not None
        return with_envelope((pipe.routing_id,), message)

    def can_send(self) -> bool:
        if not self.options.router_mandatory:
            return True
        for pipe in self.pipes:
            if pipe.routing_id and has_room(pipe):
                return True
        return False

    def can_recv(self) -> bool:
        return self._in.has_items()

    def named_lane(self) -> tuple[deque[PipeItem], bytes] | None:
        lane = self._in.lane()
        if lane is None:
            return None
        pipe = self.last_pipe = self._in.last_pipe
        assert pipe is not None
        return lane, pipe.routing_id

    def routes(self) -> dict[bytes, Pipe]:
        return self._names.by_name

    def _name(self, pipe: Pipe, routing_id: bytes) -> bool:
        """Give a pipe its name. False: another has it, and keeps it."""
        if self._names.claim(pipe, routing_id):
            return True
        if not self.options.router_handover:
            return False
        # What the old owner sent already is still received, under its new name. Its connection is of no use
        # any more; libzmq leaves it open and mute.
        self.to_close.append(self._names.take_over(pipe, routing_id))
        return True

    def _arrived(self, pipe: Pipe, is_first: bool = True) -> None:
        if pipe in self.pipes and pipe not in self._present:
            self._present.add(pipe)
            if self.options.router_notify & RouterNotify.CONNECT:
                self._deliver(pipe, b"", is_first)

    def _left(self, pipe: Pipe) -> None:
        if pipe in self._present:
            self._present.remove(pipe)
            if self.options.router_notify & RouterNotify.DISCONNECT:
                self._deliver(pipe, b"")

    def _deliver(self, pipe: Pipe, message: bytes, is_first: bool = False) -> None:
        """Let the user receive a message that the peer did not send, before or after all that it did send."""
        if is_first:
            pipe.inbox.appendleft(message)
        else:
            pipe.inbox.append(message)
        self._in.activate(pipe)


register(Router)
