"""A session joins one connection to one pipe.

The connect side's session outlives its connections: the pipe stays while the driver dials again, so what is queued is
delivered later. The accept side's session is born with its connection and dies with it.

Life of ``pipe``: on the connect side it exists from the start, unless IMMEDIATE asks for none before the handshake; on
the accept side it is made when the handshake is done. The session tells the pattern about attach, identify (every
handshake of the connect side) and hiccup (every one but the first).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice

from ..base.message import Message, PipeItem
from ..base.pipe import Pipe
from ..numbers import Event
from ..patterns.radio_dish import is_group_message
from ..patterns.req import reply_is_well_formed
from ..zmtp.connection import Connection, Failure
from .news import PeerFacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.options import SocketOptions
    from ..zmtp.raw import RawConnection
    from .socket_core import SocketCore


class Session:
    """One conversation partner of a socket. Everything here requires the socket's lock."""

    __slots__ = (
        "_hint",
        "_shape",
        "accepted",
        "arrived",
        "arrived_in_body",
        "conflates",
        "connection",
        "core",
        "endpoint",
        "failure",
        "fixed_routing_id",
        "handshakes",
        "help_handshake",
        "immediate",
        "is_live",
        "is_refused",
        "linger_ms",
        "link",
        "names",
        "peer_address",
        "pipe",
        "transport_properties",
    )

    def __init__(self, core: SocketCore, endpoint: str, *, accepted: bool, conflates: bool) -> None:
        self.core = core
        self.endpoint = endpoint
        self.accepted = accepted
        # Some types may only get messages of a certain shape; another one ends the conversation.
        self._shape: Callable[[PipeItem], bool] | None = None
        if core.type_name == "REQ":
            self._shape = partial(_is_reply, core.options)
        elif core.type_name == "DISH":
            self._shape = is_group_message
        self.connection: Connection | RawConnection | None = None
        self.link: object | None = None
        self.pipe: Pipe | None = None
        self.failure: Failure | None = None
        self.arrived = b""  # what was read and the connection does not have yet
        self.arrived_in_body = 0  # how much was read into a large frame that does not know it yet
        self.linger_ms: int | None = (
            None  # LINGER was over after this time: what is lost is lost by our own choice
        )
        self.handshakes = 0
        self.is_live = False  # handshake done, pipe attached: messages flow
        self.is_refused = False
        self.peer_address = ""
        self.transport_properties: dict[str, bytes] = {}  # what the transport knows about the peer: "TLS-…"
        self.names = ("", "")  # both ends of the stream as endpoints, once somebody wants to hear them
        self.immediate = bool(core.options.immediate)  # as it was at connect()
        self.conflates = conflates  # as CONFLATE was at bind() or connect()
        self.fixed_routing_id = b""  # CONNECT_ROUTING_ID, taken at connect()
        # The driver's way to the ZAP handler, and to where a call may block.
        self.help_handshake: Callable[[float], None] | None = None
        self._hint = ""

    # -- life of the connection ------------------------------------------------------------------------

    def open_pipe_early(self) -> None:
        """connect() without IMMEDIATE: messages queue before there is a connection."""
        self._open_pipe(self.fixed_routing_id)

    def start(
        self, connection: Connection | RawConnection, link: object, peer_address: str, now: float
    ) -> None:
        """A new conversation begins on a fresh stream; ``link`` is what moves its bytes."""
        self.connection = connection
        self.link = link
        if self.pipe is not None:
            self.pipe.link = link
        self.failure = None
        self.is_live = False
        self.peer_address = peer_address
        self.transport_properties = {}
        if connection.is_ready:  # a raw connection needs no handshake
            self._handshake_done(now)

    def bytes_received(self, data: bytes, now: float) -> int:
        """Bytes of the peer. Returns how many messages are new, and one for the peer itself.

        Never raises for what the peer sent.
        """
        connection = self.connection
        assert connection is not None
        connection.receive(data, now)
        self.arrived = b""
        return self._after_input(connection, now)

    def taken_alone(self, message: PipeItem, pipe: Pipe) -> None:
        """A message that the connection found by the short way is in the inbox."""
        if (
            self._shape is None
            or (type(message) is tuple and len(message) == 2 and not message[0])
            or self._shapes_are_fine(pipe, 1)
        ):
            self.core.pattern.readable(pipe)

    def body_received(self, count: int, now: float) -> int:
        """``count`` bytes were read straight into the memory of a large frame, and perhaps others (``arrived``)."""
        connection = self.connection
        assert connection is not None
        connection.body_received(count, now)
        self.arrived_in_body = 0
        if self.arrived:
            connection.receive(self.arrived, now)
            self.arrived = b""
        return self._after_input(connection, now)

    @property
    def can_go_on(self) -> bool:
        """True if ``mend`` can put in order what a signal handler interrupted."""
        connection = self.connection
        return connection is not None and self.is_live and connection.can_go_on

    def mend(self, now: float) -> int:
        """A step was interrupted: do what may have been left undone. Returns how many messages became readable."""
        connection, pipe = self.connection, self.pipe
        assert connection is not None
        if pipe is not None and pipe.inbox and pipe.is_open:
            if self._shape is not None and not self._shapes_are_fine(pipe, len(pipe.inbox)):
                return 0
            self.core.pattern.readable(pipe)
        connection.mend()
        count = 0
        if self.arrived_in_body:
            count += self.body_received(self.arrived_in_body, now)
        elif self.arrived:
            count += self.bytes_received(self.arrived, now)
        return count + self.deliver(now)

    def _after_input(self, connection: Connection | RawConnection, now: float) -> int:
        if not connection.is_ready:
            if not connection.waits_for_driver or self.help_handshake is None:
                return 0
            self.help_handshake(now)
            if not connection.is_ready:
                return 0
        if self.is_live:
            return self.deliver(now)
        self._handshake_done(now)
        return self.deliver(now) + self.is_live  # senders wait for a peer, too

    def go_on(self, now: float) -> int:
        """The ZAP handler decided, or an errand is done. Returns what ``bytes_received`` does."""
        connection = self.connection
        return 0 if connection is None else self._after_input(connection, now)

    def hint_at_end(self) -> tuple[str, bool]:
        """What the end of the connection in the middle of the handshake most likely means; is it news?"""
        hint = "" if self.connection is None else self.connection.hint_at_end
        is_new = hint not in ("", self._hint)
        self._hint = hint
        return hint, is_new

    def _handshake_done(self, now: float) -> None:
        connection = self.connection
        assert connection is not None
        pipe = self.pipe
        if pipe is None:
            pipe = self._open_pipe(self.fixed_routing_id or connection.peer_routing_id)
            if pipe is None:
                return
        if not self.accepted and not self.core.pattern.identify(pipe, connection.peer_routing_id):
            self._refuse(connection.peer_routing_id)
            return
        if self.handshakes and not self.immediate:
            self.core.pattern.hiccup(pipe)
        self.handshakes += 1
        # A peer may say of itself what it likes, but not what only the transport can know.
        properties = {
            name: value for name, value in connection.properties.items() if not _is_from_transport(name)
        }
        properties.update(connection.transport_properties)
        properties.update(self.transport_properties)
        if self.peer_address:
            properties["Peer-Address"] = self.peer_address.encode()
        pipe.properties = properties
        if self.core.shared is not None:
            connection.share(self.core.shared)
        self.is_live = True
        # libzmq does not report the handshakes of older peers, and raw connections have none.
        self.tell(Event.HANDSHAKE_SUCCEEDED, 0, is_extra=connection.version[0] < 3)

    def _open_pipe(self, routing_id: bytes) -> Pipe | None:
        pipe = self.core.new_pipe(self.endpoint, self.conflates)
        pipe.routing_id = routing_id
        pipe.link = self.link
        try:
            is_welcome = self.core.attach(pipe, connected_here=not self.accepted)
        except BaseException:  # a signal handler raised, and our user will try again
            self.core.undo_attach(pipe)
            raise
        if not is_welcome:
            self._refuse(routing_id)
            return None
        self.pipe = pipe
        return pipe

    def _refuse(self, routing_id: bytes) -> None:
        self.is_refused = True
        name = f"its routing id {routing_id!r} is taken" if routing_id else "the socket has its peer already"
        self.fail(f"{self.core.type_name} refuses another peer: {name}", "refused", retry=True)

    # -- what others want to know ----------------------------------------------------------------------

    def tell(
        self, event: int, value: int, reason: str = "", *, is_fault: bool = False, is_extra: bool = False
    ) -> None:
        """Note an event of this conversation, with what is known about the peer."""
        core = self.core
        if core.wants_news or is_fault:
            core.tell(
                event,
                value,
                self.endpoint,
                reason,
                peer=self.facts(),
                is_bound=self.accepted,
                is_fault=is_fault,
                is_extra=is_extra,
            )

    def facts(self) -> PeerFacts:
        """What is known about the peer now."""
        connection, pipe = self.connection, self.pipe
        local, remote = self.names
        if connection is None:
            return PeerFacts(local=local, remote=remote)
        config = connection.config
        return PeerFacts(
            routing_id=(b"" if pipe is None else pipe.routing_id) or connection.peer_routing_id,
            number=0 if pipe is None else pipe.server_id,
            user_id=connection.user_id,
            socket_type=connection.peer_socket_type,
            mechanism="" if config is None else config.mechanism,
            local=local,
            remote=remote,
        )

    # -- data ------------------------------------------------------------------------------------------

    def deliver(self, now: float) -> int:
        """Cut what was received into messages, as many as the pipe has room for. Returns how many."""
        pipe, connection = self.pipe, self.connection
        if pipe is None or connection is None or not pipe.is_open:
            return 0
        total = 0
        while True:
            room = pipe.inbox_limit - len(pipe.inbox)
            if room <= 0:
                return total
            count = connection.decode(pipe.inbox, room, now)
            total += count
            if count:
                if self._shape is not None and not self._shapes_are_fine(pipe, count):
                    return 0
                self.core.pattern.readable(pipe)
            # A pattern that takes messages at once (PUB: subscriptions) has made room again.
            if not connection.has_undecoded or not count or not pipe.is_open:
                return total

    def _shapes_are_fine(self, pipe: Pipe, count: int) -> bool:
        is_fine = self._shape
        assert is_fine is not None
        if count == 1 and is_fine(pipe.inbox[-1]):
            return True
        fresh: list[PipeItem] = list(islice(reversed(pipe.inbox), count))
        if all(map(is_fine, fresh)):
            return True
        for _ in range(count):
            pipe.inbox.pop()
        if self.core.type_name == "DISH":
            self.fail("the peer sent a DISH what is not a group and a body", "bad_group", retry=False)
        else:
            self.fail("the peer answered a REQ without the envelope of its request", "bad_reply", retry=False)
        return False

    def fail(self, reason: str, counter: str, *, retry: bool) -> None:
        """This side ends the conversation: the peer, or its place here, is not acceptable."""
        self.failure = Failure(
            reason=reason, kind="protocol", event="", value=0, retry=retry, counter=counter
        )

    @property
    def why_failed(self) -> Failure | None:
        """The failure that ends this conversation, if there is one."""
        if self.failure is not None:
            return self.failure
        return None if self.connection is None else self.connection.failure

    # -- the end of a connection -----------------------------------------------------------------------

    def connection_lost(self, *, final: bool) -> None:
        """The stream is gone. ``final``: there will be no other, so the pipe goes too."""
        connection, core = self.connection, self.core
        self.connection = None
        self.link = None
        self.arrived = b""
        self.arrived_in_body = 0
        self.help_handshake = None
        self.is_live = False
        if connection is not None:
            core.messages_in += connection.messages_in
            core.messages_out += connection.messages_out
            core.bytes_in += connection.bytes_in
            core.bytes_out += connection.bytes_out
            lost = connection.drop_output()
            if lost:
                core.drops["connection_lost" if self.linger_ms is None else "linger"] += lost
        else:
            lost = 0
        pipe = self.pipe
        if pipe is None:
            return
        pipe.link = None
        if final or self.accepted or self.immediate:
            lost += core.detach(pipe, "peer_gone" if self.linger_ms is None else "linger")
            self.pipe = None
            if lost:
                core.given_up(lost, self.endpoint, self.linger_ms or 0)
        else:
            if core.type_name in ("SUB", "XSUB", "DISH"):
                # Subscriptions and groups are replayed from the table when the next connection is up.
                core.drop_outbox(pipe, "connection_lost")
            core.pattern.hiccup_lost(pipe)


def _is_from_transport(name: str) -> bool:
    return name.upper().startswith(("TLS-", "WS-"))


def _is_reply(options: SocketOptions, message: PipeItem) -> bool:
    if isinstance(message, (bytes, tuple)):
        reply: Message = message
        return reply_is_well_formed(reply, bool(options.req_correlate))
    return False
