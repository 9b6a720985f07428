"""PUB and XPUB: a message goes to every peer that subscribed to a prefix of its first part.

What subscribers send is taken out of their inboxes at once, whether anybody receives or not: a subscription
has to work without the help of the application. So ``pipe.in_active`` is never set here, and every arrival is
announced.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from ..base.message import Message, Part, Parts, Subscription, was_sent
from ..base.pipe import Pipe, limit_of
from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import SocketOption
from .distributor import Distributor
from .gathered import Gathered
from .pattern import Pattern, register
from .subscriptions import LAST_REMOVED, OTHERS_REMAIN, TopicTable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from ..base.options import SocketOptions
    from .matching import Share


class Pub(Pattern):
    """Publishes and never blocks (without XPUB_NODROP). What subscribers send besides subscriptions is dropped."""

    __slots__ = (
        "_invert",
        "_is_plain",
        "_no_drop",
        "_only_first",
        "_out",
        "_table",
        "_to_all",
        "gathered",
        "hears_now",
    )

    socket_type = SocketType.PUB
    conflates = True
    hears_first = True
    live_options: ClassVar[dict[int, str]] = {
        SocketOption.INVERT_MATCHING: "invert_matching",
        SocketOption.ONLY_FIRST_SUBSCRIBE: "only_first_subscribe",
        SocketOption.XPUB_NODROP: "xpub_nodrop",
        SocketOption.XPUB_WELCOME_MSG: "xpub_welcome_msg",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._out = Distributor(self.drops)
        self._table = TopicTable()
        self.gathered = Gathered(self.drops, self._match_all)
        # What is gathered now was sent after the subscriptions that are being read.
        self.hears_now = False
        self._to_all: set[Pipe] = set()  # these get everything, without having asked for it
        self.options_changed()

    def attach(self, pipe: Pipe, connected_here: bool) -> bool:
        if pipe.conflates:
            self._out.conflate = True
        if self.options.xpub_welcome_msg:
            pipe.push(self.options.xpub_welcome_msg)
        return super().attach(pipe, connected_here)

    def send_everything_to(self, pipe: Pipe) -> None:
        """There is nobody behind this pipe who could subscribe: a multicast group."""
        self.settle()
        self._to_all.add(pipe)
        self.options_changed()

    def detach(self, pipe: Pipe) -> None:
        self.settle()
        self._table.remove_pipe(pipe)
        if pipe in self._to_all:
            self._to_all.remove(pipe)
            self.options_changed()
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        if pipe not in self.pipes:
            return  # an inproc peer's news crossed with its end
        if not self.hears_now:
            self.settle()
        inbox = pipe.inbox
        while inbox:
            item = inbox.popleft()
            if isinstance(item, Subscription):
                self._apply(pipe, item.subscribe, item.topic)
            elif not isinstance(item, bytes):
                self._apply_parts(pipe, item)
                was_sent(item)
            elif item and item[0] <= 1:
                self._apply(pipe, item[0] == 1, item[1:])
            else:
                self._user_message(pipe, item)

    def settle(self) -> None:
        self.gathered.hand_out()

    def lane_out(self) -> Pipe | None:
        return self.gathered.box if self._has_lane() else None

    def _has_lane(self) -> bool:
        return self._is_plain and not self._out.conflate

    def _match_all(self, messages: list[Any]) -> list[Share]:
        """Who gets what of messages that went by the lane."""
        if self._has_lane():
            return self._table.match_all(messages)
        # The lane ended in the moment in which they were sent.
        for message in messages:
            if not self._send_now(message):
                self.drop("no_room", message)
        return []

    def try_send(self, message: Message) -> bool:
        gathered = self.gathered
        if gathered.box.outbox or gathered.batch or gathered.shares:
            gathered.hand_out()
        return self._send_now(message)

    def _send_now(self, message: Message) -> bool:
        first = message if type(message) is bytes else message[0]
        pipes = self._table.match(first if type(first) is bytes else bytes(first))
        if not self._is_plain:
            pipes = self._select(pipes)
            if self._no_drop and not self._out.have_room(pipes):
                return False
            self._selected()
        if pipes:
            self._out.send(pipes, message)
        else:
            was_sent(message)
        return True

    def may_send(self, first: Part) -> bool:
        return True

    def can_send(self) -> bool:
        return True

    def room(self, most: int) -> int:
        return min(most, 1) if self.options.xpub_nodrop else most

    def options_changed(self) -> None:
        self.settle()
        options = self.options
        self.gathered.box.outbox_limit = limit_of(options.sndhwm)
        self._invert = bool(options.invert_matching)
        self._no_drop = bool(options.xpub_nodrop)
        self._only_first = bool(options.only_first_subscribe)
        self._is_plain = not (self._invert or self._no_drop or self._to_all)

    @property
    def topics_count(self) -> int:
        return len(self._table)

    def subscriber_count(self, topic: bytes) -> int:
        if not topic:
            return len(self.pipes) if self._invert else self._table.subscriber_count
        matching_count = len(self._table.match(topic))
        return len(self.pipes) - matching_count if self._invert else matching_count + len(self._to_all)

    def _apply_parts(self, pipe: Pipe, parts: Parts) -> None:
        """Every part of a multipart message that looks like a subscription is one; the others are the user's.

        With ONLY_FIRST_SUBSCRIBE the first part decides whether any is. A subscription that the user hears of
        ends the message that its part was in, as in libzmq.
        """
        user_parts: list[bytes] = []
        may_subscribe = True
        for index, any_part in enumerate(parts):
            part = bytes(any_part)
            is_subscription = may_subscribe and part != b"" and part[0] <= 1
            if index == 0 and self._only_first:
                may_subscribe = is_subscription
            if not is_subscription:
                user_parts.append(part)
            elif self._apply(pipe, part[0] == 1, part[1:], tuple(user_parts)):
                user_parts.clear()
        if user_parts:
            self._user_message(pipe, user_parts[0] if len(user_parts) == 1 else tuple(user_parts))

    # What XPUB does otherwise.

    def _select(self, matching: Collection[Pipe]) -> Collection[Pipe]:
        """The pipes to send to, given those that match. Only asked if the options make a difference."""
        if self._invert:
            return [pipe for pipe in self.pipes if pipe not in matching]
        return [*matching, *self._to_all] if self._to_all else matching

    def _selected(self) -> None:
        """The message goes out to the pipes that _select() returned."""

    def _apply(self, pipe: Pipe, subscribe: bool, topic: bytes, before: Parts = ()) -> bool:
        """Apply a subscription or cancellation. True: the user hears of it, and of the parts before it."""
        if subscribe:
            self._table.add(topic, pipe)
        else:
            self._table.remove(topic, pipe)
        return False

    def _user_message(self, pipe: Pipe, message: Message) -> None:
        """A subscriber sent something that is no subscription."""
        self.drop("unexpected", message)


register(Pub)


# Notifications that nobody receives: enough for every topic of a large network, and still a bound.
_MOST_NOTICES = 1 << 20


class _Notice:
    """Something that the user of an XPUB socket can receive."""

    __slots__ = ("is_request", "message", "pipe")

    def __init__(self, message: Message, pipe: Pipe | None, is_request: bool) -> None:
        self.message = message
        self.pipe = pipe  # the subscriber; None: it is gone
        self.is_request = is_request


class Xpub(Pub):
    """A PUB whose user receives the subscriptions, may decide on them, and receives what XSUB users send."""

    __slots__ = (
        "_is_manual",
        "_notices",
        "_requested",
        "_requester",
        "_to_requester",
        "_user_message_count",
        "_verbose",
        "_verboser",
    )

    socket_type = SocketType.XPUB
    conflates = False
    live_options: ClassVar[dict[int, str]] = {
        **Pub.live_options,
        SocketOption.XPUB_VERBOSE: "xpub_verbose",
        SocketOption.XPUB_VERBOSER: "xpub_verboser",
        SocketOption.XPUB_MANUAL: "xpub_manual",
        SocketOption.XPUB_MANUAL_LAST_VALUE: "xpub_manual_last_value",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        self._notices: deque[_Notice] = deque()
        self._user_message_count = 0  # among them
        self._requested = TopicTable()  # XPUB_MANUAL: what was asked for, granted or not
        self._requester: Pipe | None = None  # XPUB_MANUAL: the peer whose request was received last
        super().__init__(options, first_id)

    def detach(self, pipe: Pipe) -> None:
        self.settle()
        requested = self._requested.remove_pipe(pipe)
        removed = self._table.remove_pipe(pipe)
        if self._is_manual:
            for topic, _ in requested:
                self._notify(False, topic, None)
        else:
            for topic, result in removed:
                if result == LAST_REMOVED or self._verboser:
                    self._notify(False, topic, None)
        if pipe is self._requester:
            self._requester = None
        super().detach(pipe)

    def try_recv(self) -> Message | None:
        if not self._notices:
            return None
        notice = self._notices.popleft()
        self.last_pipe = notice.pipe
        if notice.is_request:
            self._requester = notice.pipe if notice.pipe in self.pipes else None
        else:
            self._user_message_count -= 1
        return notice.message

    def can_recv(self) -> bool:
        return bool(self._notices)

    def set_option(self, number: int, value: int | bytes) -> bool:
        if number in (SocketOption.SUBSCRIBE, SocketOption.UNSUBSCRIBE):
            assert isinstance(value, bytes)
            self._grant(number == SocketOption.SUBSCRIBE, value)
            return True
        if not super().set_option(number, value):
            return False
        options = self.options
        # libzmq keeps other switches than it has options: each of these sets two of them.
        if number == SocketOption.XPUB_VERBOSE:
            options.xpub_verboser = 0
        elif number == SocketOption.XPUB_VERBOSER:
            options.xpub_verbose = options.xpub_verboser
        elif number == SocketOption.XPUB_MANUAL_LAST_VALUE:
            options.xpub_manual = options.xpub_manual_last_value
        self.options_changed()
        return True

    def options_changed(self) -> None:
        super().options_changed()
        options = self.options
        self._verboser = bool(options.xpub_verboser)
        self._verbose = self._verboser or bool(options.xpub_verbose)
        self._to_requester = bool(options.xpub_manual_last_value)
        self._is_manual = self._to_requester or bool(options.xpub_manual)
        self._is_plain = self._is_plain and not self._to_requester

    def _select(self, matching: Collection[Pipe]) -> Collection[Pipe]:
        pipes = Pub._select(self, matching)
        requester = self._requester
        if self._to_requester and requester is not None:
            return (requester,) if requester in pipes else ()
        return pipes

    def _selected(self) -> None:
        if self._to_requester:
            self._requester = None  # the message after the first one goes to everybody again

    def _apply(self, pipe: Pipe, subscribe: bool, topic: bytes, before: Parts = ()) -> bool:
        table = self._requested if self._is_manual else self._table
        if subscribe:
            is_news = table.add(topic, pipe) or self._verbose
        else:
            # A cancellation of something unknown is passed on as well: libzmq does.
            is_news = table.remove(topic, pipe) != OTHERS_REMAIN or self._verboser
        if self._is_manual or is_news:
            self._notify(subscribe, topic, pipe, before)
            return True
        return False

    def _user_message(self, pipe: Pipe, message: Message) -> None:
        # Subscriptions behind it have to be applied even if nobody receives, so reading on is a must and the limit is
        # here. libzmq has none.
        if self._user_message_count >= limit_of(self.options.rcvhwm):
            self.drop("no_room", message)
            return
        self._user_message_count += 1
        self._notices.append(_Notice(message, pipe, False))

    def _notify(self, subscribe: bool, topic: bytes, pipe: Pipe | None, before: Parts = ()) -> None:
        notification = Subscription(subscribe, topic).as_message()
        message = (*before, notification) if before else notification
        if len(self._notices) >= _MOST_NOTICES:
            self.drop("no_room", message)
            return
        self._notices.append(_Notice(message, pipe, True))

    def _grant(self, subscribe: bool, topic: bytes) -> None:
        """XPUB_MANUAL: the user decides on the request received last. If its peer is gone, nothing happens."""
        if not self._is_manual:
            raise error_for(
                Errno.EINVAL,
                "SUBSCRIBE and UNSUBSCRIBE on an XPUB socket answer the last request: set XPUB_MANUAL first",
            )
        if self._requester is None:
            return
        self.settle()
        if subscribe:
            self._table.add(topic, self._requester)
        else:
            self._table.remove(topic, self._requester)


register(Xpub)
