"""REQ: asks one peer at a time, and receives the answer from that peer only.

A machine of two states. *Idle* (``_request`` is None): only send is legal. *Asked*: only recv is legal; with
REQ_RELAXED send is legal as well and abandons the request. A send that would block changes nothing, and
neither does looking (``can_recv``). What comes in that is not the reply waited for is thrown away.
"""

from __future__ import annotations

from struct import Struct

from ..base.message import Message, Part, Parts, PipeItem
from ..base.pipe import Pipe
from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import SocketOption
from .load_balancer import LoadBalancer
from .pattern import Pattern, as_message, register, with_envelope, without_envelope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from ..base.options import SocketOptions

_DELIMITER: Parts = (b"",)
# Peers send a request id back as they got it, so its byte order is nobody's business; libzmq uses the host's.
_REQUEST_ID = Struct("=I")


def reply_is_well_formed(message: PipeItem, correlate: bool = False) -> bool:
    """True if a REQ connection may accept this message: ``[b"", body…]`` or ``[4 bytes, b"", body…]``.

    Anything else is a protocol error of the peer. Like libzmq this accepts both forms whether REQ_CORRELATE
    is on (``correlate``) or not: the option may have changed since the request left.
    """
    if not isinstance(message, tuple):
        return False
    if len(message) >= 2 and not message[0]:
        return True
    return len(message) >= 3 and len(message[0]) == _REQUEST_ID.size and not message[1]


class Req(Pattern):
    """The asking side of request-reply."""

    __slots__ = ("_asked_pipe", "_next_id", "_out", "_request")

    socket_type = SocketType.REQ
    live_options: ClassVar[dict[int, str]] = {
        SocketOption.REQ_CORRELATE: "req_correlate",
        SocketOption.REQ_RELAXED: "req_relaxed",
        SocketOption.PROBE_ROUTER: "probe_router",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._out = LoadBalancer(self.drops)
        self._next_id = first_id & 0xFFFFFFFF
        self._request: Parts | None = None  # the envelope of the request that waits for its reply
        self._asked_pipe: Pipe | None = None  # where that went to; None: gone, a reply may come from anywhere

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        if self.options.probe_router:
            pipe.push(b"")
        super().attach(pipe, connected_here)
        self._out.attach(pipe)
        return True

    def detach(self, pipe: Pipe) -> None:
        if pipe in self.pipes:
            self._out.detach(pipe)
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        """There is no round: the reply can only come from the pipe that was asked. Others have nothing to say."""
        asked = self._asked_pipe
        if pipe is asked:
            return
        if self._request is None or (asked is not None and (asked in self.pipes or asked.inbox)):
            self._drop_stale_from(pipe)

    def writable(self, pipe: Pipe) -> None:
        if pipe in self.pipes:
            self._out.activate(pipe)

    def _check_turn(self) -> None:
        if self._request is not None and not self.options.req_relaxed:
            raise error_for(
                Errno.EFSM,
                "this REQ socket waits for the reply to its last request: call recv() before the next send() "
                "(or set REQ_RELAXED to give up on the reply)",
            )

    def may_send(self, first: Part) -> bool:
        self._check_turn()
        return self._out.has_room()

    def try_send(self, message: Message) -> bool:
        if self._request is not None:
            self._check_turn()
        envelope = _DELIMITER
        if self.options.req_correlate:
            self._next_id = (self._next_id + 1) & 0xFFFFFFFF
            envelope = (_REQUEST_ID.pack(self._next_id), b"")
        # Whatever is here already cannot be the reply to a request that has not left yet.
        self._drop_stale()
        if type(message) is bytes and envelope is _DELIMITER:
            request: Parts = (b"", message)
        else:
            request = with_envelope(envelope, message)
        if not self._out.send(request):
            return False
        self._request = envelope
        self._asked_pipe = self._out.last_pipe
        return True

    def try_recv(self) -> Message | None:
        request = self._request
        if request is None:
            raise error_for(Errno.EFSM, "this REQ socket has asked nothing: call send() before recv()")
        while True:
            pipe = self._next_pipe()
            if pipe is None:
                return None
            item = pipe.inbox.popleft()
            if type(item) is tuple and len(item) == 2 and request is _DELIMITER and not item[0]:
                reply: Message = item[1] if type(item[1]) is bytes else bytes(item[1])
            elif _answers(item, request):
                assert isinstance(item, tuple)
                reply = as_message(without_envelope(item, len(request)))
            else:
                self.drop("stale_reply", item)
                continue
            self.last_pipe = pipe
            self._request = None
            self._asked_pipe = None
            return reply

    def _next_pipe(self) -> Pipe | None:
        """The pipe whose inbox may hold the reply now: the asked one, or if that is gone any."""
        asked = self._asked_pipe
        if asked is not None:
            # A reply that the asked peer sent before it left is still in its inbox, and still the only right one.
            if asked.inbox:
                return asked
            if asked in self.pipes:
                return None
            self._asked_pipe = None
        for pipe in self.pipes:
            if pipe.inbox:
                return pipe
        return None

    def can_send(self) -> bool:
        return (self._request is None or bool(self.options.req_relaxed)) and self._out.has_room()

    def can_recv(self) -> bool:
        request = self._request
        if request is None:
            return False
        while True:
            pipe = self._next_pipe()
            if pipe is None:
                return False
            if _answers(pipe.inbox[0], request):
                return True
            self.drop("stale_reply", pipe.inbox.popleft())

    @property
    def duty(self) -> str:
        if self._request is None:
            return "it has asked nothing: call send() before recv()"
        where = ""
        if self._asked_pipe is not None and self._asked_pipe.endpoint:
            where = f" from {self._asked_pipe.endpoint}"
        way_out = (
            "" if self.options.req_relaxed else ", or set REQ_RELAXED to give up on replies that do not come"
        )
        return (
            f"it waits for the reply to its last request{where}: call recv() before the next send(){way_out}"
        )

    def _drop_stale(self) -> None:
        for pipe in self.pipes:
            if pipe.inbox:
                self._drop_stale_from(pipe)

    def _drop_stale_from(self, pipe: Pipe) -> None:
        while pipe.inbox:
            self.drop("stale_reply", pipe.inbox.popleft())


register(Req)


def _answers(item: PipeItem, request: Parts) -> bool:
    """True if the item is a reply to the request with this envelope."""
    count = len(request)
    if not isinstance(item, tuple) or len(item) <= count:
        return False
    return item[0] == request[0] and (count == 1 or item[1] == request[1])
