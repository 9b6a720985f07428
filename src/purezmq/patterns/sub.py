"""SUB and XSUB: receive from all publishers what was subscribed to.

Every publisher is told every topic, and filters; SUB filters again, since what was on its way when a topic
was dropped must not come through. Subscriptions go upstream whatever the high-water mark says (libzmq drops
them silently there).
"""

from __future__ import annotations

from collections import deque

from ..base.message import Message, Part, Parts, PipeItem, Subscription, TrackedMessage, was_sent
from ..base.pipe import Pipe
from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import SocketOption
from .distributor import Distributor, shared_by
from .filtered_lane import FilteredLane
from .pattern import as_message, register
from .subscriber import Subscriber
from .subscriptions import TopicFilter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from ..base.options import SocketOptions


class Xsub(Subscriber):
    """Subscribes by sending messages that begin with 0x01 or 0x00, and receives unfiltered."""

    __slots__ = ("_filter", "_out")

    socket_type = SocketType.XSUB
    live_options: ClassVar[dict[int, str]] = {
        SocketOption.ONLY_FIRST_SUBSCRIBE: "only_first_subscribe",
        SocketOption.XSUB_VERBOSE_UNSUBSCRIBE: "xsub_verbose_unsubscribe",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._out = Distributor(self.drops)
        self._filter = TopicFilter()

    def try_send(self, message: Message) -> bool:
        if isinstance(message, bytes):
            if not message or message[0] > 1:
                self._send_user_message(message)
            elif self._subscribe(message[0] == 1, message[1:]):
                self._push_to_all(message)
            return True
        return self._send_parts(message)

    def try_recv(self) -> Message | None:
        message = self._in.take()
        if message is None:
            return None
        self.last_pipe = self._in.last_pipe
        return message if type(message) is bytes else as_message(message)

    def may_send(self, first: Part) -> bool:
        return True

    def can_send(self) -> bool:
        return True

    def can_recv(self) -> bool:
        return self._in.has_items()

    def lane_in(self) -> deque[PipeItem] | None:
        lane = self._in.lane()
        self.last_pipe = self._in.last_pipe
        return lane

    @property
    def topics_count(self) -> int:
        return len(self._filter)

    def _tell_all(self, pipe: Pipe) -> None:
        """Tell one publisher all topics, each once."""
        for topic in self._filter.topics():
            pipe.push(Subscription(True, topic))

    def _subscribe(self, subscribe: bool, topic: bytes) -> bool:
        """Change the own table. True: the publishers must hear of it."""
        if subscribe:
            # Every subscription goes upstream, known ones as well: an XPUB_VERBOSE there counts on it.
            self._filter.add(topic)
            return True
        return self._filter.remove(topic) or bool(self.options.xsub_verbose_unsubscribe)

    def _send_parts(self, message: Parts) -> bool:
        """Send a multipart message: each part may be a subscription, and needless cancellations are left out."""
        kept: list[Part] = []
        may_subscribe = True
        has_subscription = False
        for index, part in enumerate(message):
            is_subscription = may_subscribe and len(part) > 0 and part[0] <= 1
            if index == 0 and self.options.only_first_subscribe:
                may_subscribe = is_subscription
            if is_subscription:
                has_subscription = True
                if not self._subscribe(part[0] == 1, bytes(part[1:])):
                    continue
            kept.append(part)
        if not has_subscription:
            self._send_user_message(message)
        elif len(kept) == len(message):
            self._push_to_all(message)
        else:
            # What is left are short parts of a rare message: copying them ends the interest in the original.
            copies = tuple([bytes(part) for part in kept])
            was_sent(message)
            if copies:
                self._push_to_all(copies[0] if len(copies) == 1 else copies)
        return True

    def _send_user_message(self, message: Message) -> None:
        if self.pipes:
            self._out.send(self.pipes, message)
        else:
            self.drop("unroutable", message)

    def _push_to_all(self, change: PipeItem) -> None:
        """Tell all publishers of a change, full or not."""
        pipes = self._present()
        if type(change) is TrackedMessage:
            if not pipes:
                was_sent(change)
                return
            change = shared_by(change, len(pipes))
        for pipe in pipes:
            pipe.push(change)


register(Xsub)


class Sub(Xsub):
    """Subscribes by options, and receives only what matches (with INVERT_MATCHING: what does not)."""

    __slots__ = ("_accepts_all", "_invert", "_lane")

    socket_type = SocketType.SUB
    conflates = True
    live_options: ClassVar[dict[int, str]] = {
        SocketOption.INVERT_MATCHING: "invert_matching",
    }

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._lane: FilteredLane | None = None
        self.options_changed()

    @property
    def duty(self) -> str:
        if len(self._filter) or self._invert:
            return ""
        return "it has subscribed to nothing, so it receives nothing: call subscribe()"

    def may_send(self, first: Part) -> bool:
        return self.try_send(b"")

    def try_send(self, message: Message) -> bool:
        raise error_for(
            Errno.ENOTSUP, "SUB sockets only receive: subscribe with the SUBSCRIBE option, or use XSUB"
        )

    def try_recv(self) -> Message | None:
        while True:
            message = self._in.take()
            if message is None:
                return None
            if not isinstance(message, bytes):
                message = as_message(message)
                is_wanted = self._accepts_all or self._accepts(message)
            else:
                is_wanted = self._accepts_all or self._filter.matches(message) != self._invert
            if is_wanted:
                self.last_pipe = self._in.last_pipe
                return message
            self.drop("filtered", message)

    def can_send(self) -> bool:
        return False

    def can_recv(self) -> bool:
        while True:
            item = self._in.peek()
            if item is None:
                return False
            if self._accepts_all or self._accepts(as_message(item)):
                return True
            self._in.take()
            self.drop("filtered", item)

    def lane_in(self) -> Any:
        inbox = self._in.lane()
        self.last_pipe = self._in.last_pipe
        if inbox is None or self._accepts_all:
            return inbox
        if self._invert:
            return None
        lane = self._lane
        if lane is None or lane.inbox is not inbox:
            lane = self._lane = FilteredLane(self._filter, inbox)
        return lane

    def set_option(self, number: int, value: int | bytes) -> bool:
        if number == SocketOption.SUBSCRIBE or number == SocketOption.UNSUBSCRIBE:
            assert isinstance(value, bytes)
            subscribe = number == SocketOption.SUBSCRIBE
            if self._subscribe(subscribe, value):
                self._push_to_all(Subscription(subscribe, value))
            self.options_changed()
            return True
        return super().set_option(number, value)

    def options_changed(self) -> None:
        self._invert = bool(self.options.invert_matching)
        self._accepts_all = self._filter.has_all and not self._invert

    def _accepts(self, message: Message) -> bool:
        first = message[0] if isinstance(message, tuple) else message
        return self._filter.matches(first if isinstance(first, bytes) else bytes(first)) != self._invert


register(Sub)
