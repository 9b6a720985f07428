"""What all socket types have in common, and the table of them.

A pattern is the behaviour of one socket type and nothing else: it decides which pipe a message goes to, which
pipe the next one comes from, and what is added, stripped or refused on the way. It never waits, never sees a
byte of ZMTP, and is always called with the lock of its socket held.

When the core calls what, for one pipe:

* ``attach``: once. A connected pipe arrives when ``connect()`` makes it, before there is any connection (with
  IMMEDIATE=1 and over inproc: when there is one); an accepted pipe arrives after its handshake.
* ``identify``: a connected pipe's first handshake is done (inproc: right after ``attach``).
* ``hiccup_lost``: the connection behind a connected pipe broke (or never became one), and the pipe waits for the
  next.
* ``hiccup``: a later handshake of a connected pipe is done. The core has cleared the outbox of SUB and XSUB.
* ``readable``: the inbox has news.
* ``writable``: the outbox has reached its low-water mark after ``write_blocked`` was set.
* ``detach``: nothing more goes to the pipe, and nobody is told of it again. What is left in its inbox can still be
  received. The other calls may come once more for a detached pipe, and do nothing then.
"""

from __future__ import annotations

from collections import Counter, deque

from ..base.message import Message, Part, Parts, PipeItem, Subscription, TrackedMessage, was_sent
from ..base.pipe import Pipe
from ..constants import Errno, SocketType
from ..error import error_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from ..base.options import SocketOptions


class Pattern:
    """The rules of one socket type. This base is a socket that can neither send nor receive."""

    __slots__ = ("drops", "last_pipe", "options", "pipes", "to_close")

    socket_type: ClassVar[SocketType] = SocketType.PAIR  # every type says its own
    # Parts after which a message is complete whatever SNDMORE says; 0: the first part without SNDMORE
    # completes it.
    parts_per_message: ClassVar[int] = 0
    # Its user answers one request after the other: answers may wait while there are requests to receive.
    gathers_answers: ClassVar[bool] = False
    # What peers say decides where messages go: it is listened to before a message is sent.
    hears_first: ClassVar[bool] = False
    # Messages have one part: what else arrives is dropped, also when it was popped by the lane.
    is_single_part: ClassVar[bool] = False
    # Its peers speak no ZMTP.
    is_raw: ClassVar[bool] = False
    # Takes part in CONFLATE; the other types take the option and make no use of it, as in libzmq.
    conflates: ClassVar[bool] = False
    # The options that work on a living socket: number -> the attribute of ``options`` that holds the value.
    live_options: ClassVar[dict[int, str]] = {}

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        self.options = options
        self.drops: Counter[str] = Counter()  # every message that was thrown away, by reason
        self.last_pipe: Pipe | None = None  # where the message of the last try_recv came from
        self.pipes: dict[Pipe, bool] = {}  # the attached pipes -> connected_here
        self.to_close: list[Pipe] = []  # pipes that the core shall end, after their outbox has left

    # Pipes come and go.

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        """Take a new pipe. False: the pattern refuses it, and the caller closes it."""
        self.pipes[pipe] = connected_here
        if pipe.inbox:
            self.readable(pipe)
        return True

    def identify(self, pipe: Pipe, routing_id: bytes) -> bool:
        """A handshake of a connected pipe told the peer's routing id. False: the pipe is refused."""
        return True

    def hiccup_lost(self, pipe: Pipe) -> None:
        """The connection behind a connected pipe broke."""

    def hiccup(self, pipe: Pipe) -> None:
        """The connection behind a connected pipe is there again."""

    def detach(self, pipe: Pipe) -> None:
        """Forget a pipe. Whole messages in its inbox can still be received."""
        self.pipes.pop(pipe, None)

    def readable(self, pipe: Pipe) -> None:
        """The inbox of a pipe has news. A type that never receives throws them away: nobody else would."""
        inbox = pipe.inbox
        while inbox:
            self.drop("unexpected", inbox.popleft())

    def writable(self, pipe: Pipe) -> None:
        """A pipe that was full has reached its low-water mark."""
        pipe.write_blocked = False

    # Messages.

    def try_send(self, message: Message) -> bool:
        """Send one whole message. False: would block. Raises ZMQError if the type or its state forbids it."""
        raise error_for(Errno.ENOTSUP, f"{self.name} sockets only receive: call recv()")

    def try_recv(self) -> Message | None:
        """One whole message, or None if there is none. Raises ZMQError if the type or its state forbids it."""
        raise error_for(Errno.ENOTSUP, f"{self.name} sockets only send: call send()")

    def can_send(self) -> bool:
        """POLLOUT. Where it is always set, try_send may still refuse: wait for writable(), not for this."""
        return False

    def may_send(self, first: Part) -> bool:
        """Whether a message of several parts may begin with this one; types that wait for room say no without it.

        Raises ZMQError if the type or its state forbids sending.
        """
        raise error_for(Errno.ENOTSUP, f"{self.name} sockets only receive: call recv()")

    def can_recv(self) -> bool:
        """POLLIN: try_recv would return a message."""
        return False

    def settle(self) -> None:
        """Put everything that was sent into the pipes. For types that gather first."""

    # Lanes: what the core may do without asking, until the next call of any other method here.

    def lane_in(self) -> deque[PipeItem] | None:
        """The inbox from which plain pops now equal try_recv (``last_pipe`` is set for them), or None.

        Items that are not ``bytes`` have to go through ``as_message``, and where ``is_single_part`` those of several
        parts have to be dropped.
        """
        return None

    def lane_out(self) -> Pipe | None:
        """The only pipe a message can go to now, below its limit; or None."""
        return None

    def named_lane(self) -> tuple[deque[PipeItem], bytes] | None:
        """Like ``lane_in`` where messages come with the name of their peer: the inbox, and that name."""
        return None

    def routes(self) -> dict[bytes, Pipe] | None:
        """Where messages may go without asking ``try_send``, by their first part, which is not sent; or None."""
        return None

    # Options.

    def set_option(self, number: int, value: int | bytes) -> bool:
        """Set an option that this pattern obeys while it lives. False: it has no such option."""
        name = self.live_options.get(number)
        if name is None:
            return False
        setattr(self.options, name, value)
        self.options_changed()
        return True

    def options_changed(self) -> None:
        """Look at the options again. For options that are looked at when they matter, nothing is to be done."""

    @property
    def topics_count(self) -> int:
        """The number of distinct topics subscribed to. Raises ZMQError where there are no topics."""
        raise error_for(
            Errno.EINVAL, f"{self.name} sockets have no topics: TOPICS_COUNT is for PUB, SUB, XPUB and XSUB"
        )

    def subscriber_count(self, topic: bytes) -> int:
        """How many peers would get a message of this topic; b"": how many have subscribed to anything at all.

        Raises ZMQError where there are no subscribers.
        """
        raise error_for(
            Errno.ENOTSUP, f"{self.name} sockets have no subscribers: only those that publish have"
        )

    @property
    def duty(self) -> str:
        """What the user has to do before anything else can happen, in words; "" if there is no such thing."""
        return ""

    @property
    def name(self) -> str:
        """The name of the socket type, for texts."""
        return self.socket_type.name

    # For subclasses.

    def drop(self, reason: str, message: PipeItem) -> None:
        """Count a message as thrown away, and give its memory back."""
        self.drops[reason] += 1
        was_sent(message)

    def greet(self, pipe: Pipe) -> None:
        """The messages that a new peer gets before any other: HELLO_MSG, then the probe of PROBE_ROUTER."""
        if self.options.hello_msg:
            pipe.push(self.options.hello_msg)
        if self.options.probe_router:
            pipe.push(b"")

    def greet_again(self, pipe: Pipe) -> None:
        """HELLO_MSG for a new connection behind an old pipe: ahead of what waits there, but not twice."""
        hello = self.options.hello_msg
        if hello and not (pipe.outbox and pipe.outbox[0] is hello):
            pipe.outbox.appendleft(hello)
            if not pipe.dirty:
                pipe.dirty = True
                pipe.dirty_list.append(pipe)


def as_message(item: PipeItem) -> Message:
    """What a user gets for an item that is not ``bytes``: one part always comes as ``bytes``."""
    if type(item) is tuple:
        return item if len(item) > 1 else bytes(item[0])
    if isinstance(item, Subscription):
        # Only inproc, which checks no socket types, lets a subscriber meet something that is no publisher.
        return item.as_message()
    return item


def with_envelope(envelope: Parts, message: PipeItem) -> Parts:
    """The message with parts put before it."""
    if isinstance(message, bytes):
        return (*envelope, message)
    if type(message) is TrackedMessage:
        return TrackedMessage(envelope + message, message.on_sent)
    if isinstance(message, Subscription):
        return (*envelope, message.as_message())
    return envelope + message


def without_envelope(message: Parts, count: int) -> Message:
    """The message without its first ``count`` parts; at least one part is left."""
    if type(message) is TrackedMessage:
        return TrackedMessage(message[count:], message.on_sent)
    if len(message) == count + 1:
        part = message[count]
        if type(part) is bytes:
            return part
    return message[count:]


# The file that has a socket type's rules.
_FILES = {
    SocketType.PAIR: "pair",
    SocketType.PUB: "pub",
    SocketType.SUB: "sub",
    SocketType.REQ: "req",
    SocketType.REP: "rep",
    SocketType.DEALER: "dealer",
    SocketType.ROUTER: "router",
    SocketType.PULL: "pipeline",
    SocketType.PUSH: "pipeline",
    SocketType.XPUB: "pub",
    SocketType.XSUB: "sub",
    SocketType.STREAM: "stream",
    SocketType.SERVER: "client_server",
    SocketType.CLIENT: "client_server",
    SocketType.GATHER: "scatter_gather",
    SocketType.SCATTER: "scatter_gather",
    SocketType.PEER: "peer",
    SocketType.CHANNEL: "channel",
    SocketType.RADIO: "radio_dish",
    SocketType.DISH: "radio_dish",
    SocketType.DGRAM: "dgram",
}

_rules: dict[int, type[Pattern]] = {}


def register(rules: type[Pattern]) -> None:
    """These are the rules of their ``socket_type``. (No class decorator: compiled classes take none.)"""
    _rules[rules.socket_type] = rules


def import_all() -> None:
    """Import the rules of every socket type."""
    for name in set(_FILES.values()):
        __import__(f"{__package__}.{name}")


def pattern_for(socket_type: int) -> type[Pattern]:
    """The rules of a socket type. Raises ZMQError (EINVAL) for a number that has none."""
    rules = _rules.get(socket_type)
    if rules is not None:
        return rules
    try:
        known = SocketType(socket_type)
    except ValueError:
        raise error_for(
            Errno.EINVAL, f"{socket_type!r} is not a socket type: use one of zmq.SocketType"
        ) from None
    __import__(f"{__package__}.{_FILES[known]}")
    return _rules[known]
