"""RADIO and DISH: a message goes to every peer that joined its group, by exact name.

In a pipe a message is two parts, the group and the body, which is also how it travels. Users see one part, and the
group as a property of the Frame (``GroupMessage``).
"""

from __future__ import annotations

from collections import Counter

from ..base.message import (
    GroupChange,
    GroupMessage,
    Message,
    Part,
    Parts,
    PipeItem,
    Subscription,
    TrackedMessage,
    was_sent,
)
from ..base.pipe import Pipe
from ..constants import Errno, SocketType
from ..error import error_for
from ..numbers import SocketOption
from .distributor import Distributor
from .pattern import Pattern, register, with_envelope
from .single_part import one_part, refuse_parts
from .subscriber import Subscriber

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from ..base.options import SocketOptions

GROUP_SIZE_MAX = 255  # bytes; over udp the size travels in one byte
UDP_SIZE_MAX = 8192  # of a datagram: libzmq's receive buffer


def check_group(group: bytes) -> None:
    """Raise ZMQError (EINVAL) for what can be no group."""
    if len(group) > GROUP_SIZE_MAX:
        raise error_for(Errno.EINVAL, f"a group has at most {GROUP_SIZE_MAX} bytes, not {len(group)}")


def is_group_message(item: PipeItem) -> bool:
    """True for what a RADIO may send to a DISH: a group and one body."""
    return isinstance(item, tuple) and len(item) == 2 and len(item[0]) <= GROUP_SIZE_MAX


class Radio(Pattern):
    """Sends to the members of a group and never blocks (without XPUB_NODROP)."""

    __slots__ = ("_members", "_out", "_to_all")

    socket_type = SocketType.RADIO
    is_single_part = True
    hears_first = True
    live_options: ClassVar[dict[int, str]] = {SocketOption.XPUB_NODROP: "xpub_nodrop"}

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._out = Distributor(self.drops)
        # How often each peer joined: two JOINs need two LEAVEs, and the message goes out once.
        self._members: dict[bytes, Counter[Pipe]] = {}
        self._to_all: set[Pipe] = set()  # udp, where nobody can say what it wants

    def send_everything_to(self, pipe: Pipe) -> None:
        """This pipe gets the messages of all groups."""
        self._to_all.add(pipe)

    def detach(self, pipe: Pipe) -> None:
        self._to_all.discard(pipe)
        for group in [group for group, members in self._members.items() if pipe in members]:
            del self._members[group][pipe]
            if not self._members[group]:
                del self._members[group]
        super().detach(pipe)

    def readable(self, pipe: Pipe) -> None:
        inbox = pipe.inbox
        while inbox:
            item = inbox.popleft()
            if not isinstance(item, Subscription):
                self.drop("unexpected", item)
            elif type(item) is GroupChange and pipe in self.pipes:
                self._change(pipe, item.subscribe, item.topic)

    def _change(self, pipe: Pipe, join: bool, group: bytes) -> None:
        members = self._members.get(group)
        if join:
            if members is None:
                members = self._members[group] = Counter()
            members[pipe] += 1
        elif members is not None and pipe in members:
            members[pipe] -= 1
            if not members[pipe]:
                del members[pipe]
                if not members:
                    del self._members[group]

    def try_send(self, message: Message) -> bool:
        group = b""
        if type(message) is GroupMessage:
            group, message = message.group, message.message
        one_part(self.name, message)
        pipes: list[Pipe] = [*self._members.get(group, ()), *self._to_all]
        if not pipes:
            was_sent(message)
            return True
        if self._to_all:
            check_datagram(1 + len(group) + len(message if isinstance(message, bytes) else message[0]))
        if self.options.xpub_nodrop and not self._out.have_room(pipes):
            return False
        self._out.send(pipes, with_envelope((group,), message))
        return True

    def may_send(self, first: Part) -> bool:
        refuse_parts(self.name)

    def can_send(self) -> bool:
        return True

    def subscriber_count(self, topic: bytes) -> int:
        if topic:
            return len(self._members.get(topic, ())) + len(self._to_all)
        return len({pipe for members in self._members.values() for pipe in members} | self._to_all)


register(Radio)


def check_datagram(size: int) -> None:
    """Raise ZMQError (EMSGSIZE) for what does not fit into a datagram."""
    if size > UDP_SIZE_MAX:
        raise error_for(
            Errno.EMSGSIZE,
            f"the datagram would have {size} bytes, and over udp:// {UDP_SIZE_MAX} are allowed",
        )


class Dish(Subscriber):
    """Receives the messages of the groups that it joined."""

    __slots__ = ("_groups",)

    socket_type = SocketType.DISH
    is_single_part = True

    def __init__(self, options: SocketOptions, first_id: int) -> None:
        super().__init__(options, first_id)
        self._groups: dict[bytes, None] = {}  # in the order of joining

    def join(self, group: bytes) -> None:
        """Receive the messages of a group. Raises ZMQError (EINVAL)."""
        check_group(group)
        if group in self._groups:
            raise error_for(Errno.EINVAL, f"this DISH socket is in group {group!r} already")
        self._groups[group] = None
        self._tell(GroupChange(True, group))

    @property
    def duty(self) -> str:
        return "" if self._groups else "it has joined no group, so it receives nothing: call join()"

    def leave(self, group: bytes) -> None:
        """Receive them no more. Raises ZMQError (EINVAL)."""
        if group not in self._groups:
            raise error_for(Errno.EINVAL, f"this DISH socket is not in group {group!r}")
        del self._groups[group]
        self._tell(GroupChange(False, group))

    def _tell(self, change: GroupChange) -> None:
        for pipe in self._present():
            pipe.push(change)

    def _tell_all(self, pipe: Pipe) -> None:
        for group in self._groups:
            pipe.push(GroupChange(True, group))

    def may_send(self, first: Part) -> bool:
        return self.try_send(b"")

    def try_send(self, message: Message) -> bool:
        raise error_for(Errno.ENOTSUP, "DISH sockets only receive: join(group)")

    def can_send(self) -> bool:
        return False

    def try_recv(self) -> Message | None:
        while True:
            item = self._in.take()
            if item is None:
                return None
            if self._is_wanted(item):
                self.last_pipe = self._in.last_pipe
                assert isinstance(item, tuple)
                return _for_user(item)
            self._drop(item)

    def can_recv(self) -> bool:
        while True:
            item = self._in.peek()
            if item is None:
                return False
            if self._is_wanted(item):
                return True
            self._in.take()
            self._drop(item)

    def _is_wanted(self, item: PipeItem) -> bool:
        return isinstance(item, tuple) and is_group_message(item) and bytes(item[0]) in self._groups

    def _drop(self, item: PipeItem) -> None:
        # Only inproc, which checks no socket types, and udp bring what has no group.
        self.drop("filtered" if is_group_message(item) else "malformed", item)


register(Dish)


def _for_user(item: Parts) -> Message:
    body: Message = item[1:]
    if type(item) is TrackedMessage:
        body = TrackedMessage(item[1:], item.on_sent)
    return GroupMessage(body, bytes(item[0]))
