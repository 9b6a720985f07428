"""REP: answers one request at a time.

A machine of two states. *Idle* (``_envelope`` is None): only recv is legal. *Asked*: only send is legal, and
the reply goes to whoever asked, behind the envelope that came with the request: all parts up to the first
empty one.
"""

from __future__ import annotations

from ..base.message import Message, Part, Parts, PipeItem
from ..base.pipe import Pipe
from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import SocketOption
from . import pattern
from .fair_queue import FairQueue
from .pattern import Pattern, register
from .peer_names import PeerNames
from .room import has_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from ..base.options import SocketOptions

_DELIMITER: Parts = (b"",)


class Rep(Pattern):
    """The answering side of request-reply."""

    __slots__ = ("_asking_pipe", "_envelope", "_in", "_names")

    socket_type = SocketType.REP
    live_options: ClassVar[dict[int, str]] = {SocketOption.ROUTER_HANDOVER: "router_handover"}

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._in = FairQueue(self.drops)
        self._names = PeerNames(first_id)
        self._envelope: Parts | None = None
        self._asking_pipe: Pipe | None = None

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        # A connected peer's routing id may not be known yet; nothing arrives from it before identify().
        if not connected_here and not self._name(pipe, pipe.routing_id):
            return False
        return super().attach(pipe, connected_here)

    def identify(self, pipe: Pipe, routing_id: bytes) -> bool:
        return pipe not in self.pipes or self._names.has(pipe) or self._name(pipe, routing_id)

    def detach(self, pipe: Pipe) -> None:
        self._names.forget(pipe)
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        self._in.activate(pipe)

    def try_send(self, message: Message) -> bool:
        envelope = self._envelope
        pipe = self._asking_pipe
        if envelope is None or pipe is None:
            raise error_for(Errno.EFSM, "this REP socket has no request to answer: call recv() before send()")
        self._envelope = None
        self._asking_pipe = None
        # A reply never blocks: one slow or vanished client must not stop a server from serving the others.
        if pipe not in self.pipes:
            self.drop("unroutable", message)
        elif (pipe.write_blocked or len(pipe.outbox) >= pipe.outbox_limit) and not has_room(pipe):
            self.drop("no_room", message)
        elif envelope is _DELIMITER and type(message) is bytes:
            pipe.push((b"", message))
        else:
            pipe.push(pattern.with_envelope(envelope, message))
        return True

    def try_recv(self) -> Message | None:
        if self._envelope is not None:
            raise error_for(
                Errno.EFSM,
                "this REP socket has not answered its last request: call send() before the next recv()",
            )
        if not self._in.active:
            return None
        while True:
            item = self._in.take()
            if item is None:
                return None
            if type(item) is tuple and len(item) == 2 and not item[0] and type(item[1]) is bytes:
                # From a REQ: nothing but the delimiter and one part.
                self._envelope = _DELIMITER
                self._asking_pipe = self.last_pipe = self._in.last_pipe
                return item[1]
            count = envelope_length(item)
            if count:
                assert isinstance(item, tuple)
                self._envelope = item[:count]
                self._asking_pipe = self.last_pipe = self._in.last_pipe
                request = pattern.without_envelope(item, count)
                return request if type(request) is bytes else pattern.as_message(request)
            self._drop_malformed(item)

    def may_send(self, first: Part) -> bool:
        if self._envelope is None:
            raise error_for(Errno.EFSM, "this REP socket has no request to answer: call recv() before send()")
        return True

    def can_send(self) -> bool:
        return self._envelope is not None

    def can_recv(self) -> bool:
        if self._envelope is not None:
            return False
        while True:
            item = self._in.peek()
            if item is None:
                return False
            if envelope_length(item):
                return True
            self._in.take()
            self._drop_malformed(item)

    @property
    def duty(self) -> str:
        return "" if self._envelope is None else "it has not answered its last request: call send()"

    def _name(self, pipe: Pipe, routing_id: bytes) -> bool:
        if self._names.claim(pipe, routing_id):
            return True
        if not self.options.router_handover:
            return False
        self.to_close.append(self._names.take_over(pipe, routing_id))
        return True

    def _drop_malformed(self, item: PipeItem) -> None:
        # The empty message of PROBE_ROUTER asks nothing, so nothing is lost with it.
        if item != b"":
            self.drop("malformed", item)


register(Rep)


def envelope_length(item: PipeItem) -> int:
    """How many parts make up the envelope of a request, delimiter included. 0: this is no request."""
    if not isinstance(item, tuple):
        return 0
    for index in range(len(item) - 1):  # a delimiter at the very end leaves no request
        if not item[index]:
            return index + 1
    return 0
