"""RADIO, DISH and DGRAM: the rules."""

from __future__ import annotations

import pytest

from purezmq.base.message import GroupChange, GroupMessage, Subscription
from purezmq.constants import Errno, SocketType
from purezmq.error import ZMQError

from .helpers import arrive, join, make, new_pipe


def radio(**options):
    return make(SocketType.RADIO, **options)


def dish(*groups):
    pattern = make(SocketType.DISH)
    for group in groups:
        pattern.join(group)
    return pattern


def refusal(call, *args):
    with pytest.raises(ZMQError) as caught:
        call(*args)
    return caught.value.errno


def changes(pipe):
    found = [(item.subscribe, item.topic) for item in pipe.outbox]
    assert all(type(item) is GroupChange for item in pipe.outbox)
    pipe.outbox.clear()
    return found


def test_a_message_goes_to_the_members_of_its_group():
    pattern = radio()
    first, second, third = (join(pattern) for _ in range(3))
    arrive(pattern, first, GroupChange(True, b"a"))
    arrive(pattern, second, GroupChange(True, b"a"), GroupChange(True, b"b"))
    assert pattern.try_send(GroupMessage(b"body", b"a"))
    assert pattern.try_send(GroupMessage(b"other", b"b"))
    assert pattern.try_send(GroupMessage(b"nobody", b"ab"))
    assert list(first.outbox) == [(b"a", b"body")]
    assert list(second.outbox) == [(b"a", b"body"), (b"b", b"other")]
    assert not third.outbox


def test_two_joins_need_two_leaves_and_the_message_goes_once():
    pattern = radio()
    pipe = join(pattern)
    arrive(pattern, pipe, GroupChange(True, b"g"), GroupChange(True, b"g"))
    pattern.try_send(GroupMessage(b"1", b"g"))
    arrive(pattern, pipe, GroupChange(False, b"g"))
    pattern.try_send(GroupMessage(b"2", b"g"))
    arrive(pattern, pipe, GroupChange(False, b"g"), GroupChange(False, b"g"))
    pattern.try_send(GroupMessage(b"3", b"g"))
    assert list(pipe.outbox) == [(b"g", b"1"), (b"g", b"2")]


def test_plain_bytes_go_to_the_empty_group():
    pattern = radio()
    pipe = join(pattern)
    pattern.try_send(b"before")
    arrive(pattern, pipe, GroupChange(True, b""))
    pattern.try_send(b"after")
    assert list(pipe.outbox) == [(b"", b"after")]


def test_a_full_pipe_misses_the_message():
    pattern = radio()
    pipe = join(pattern, limit=1)
    arrive(pattern, pipe, GroupChange(True, b"g"))
    assert pattern.try_send(GroupMessage(b"1", b"g"))
    assert pattern.try_send(GroupMessage(b"2", b"g"))
    assert list(pipe.outbox) == [(b"g", b"1")]
    assert pattern.drops == {"no_room": 1}


def test_with_nodrop_it_blocks():
    pattern = radio(xpub_nodrop=1)
    pipe = join(pattern, limit=1)
    arrive(pattern, pipe, GroupChange(True, b"g"))
    assert pattern.try_send(GroupMessage(b"1", b"g"))
    assert not pattern.try_send(GroupMessage(b"2", b"g"))
    assert pattern.try_send(GroupMessage(b"2", b"others"))


def test_a_member_that_left_is_forgotten():
    pattern = radio()
    pipe = join(pattern)
    arrive(pattern, pipe, GroupChange(True, b"g"))
    assert pattern.subscriber_count(b"g") == 1
    pattern.detach(pipe)
    assert pattern.subscriber_count(b"g") == 0
    assert pattern.try_send(GroupMessage(b"1", b"g"))
    assert not pipe.outbox


def test_a_radio_takes_one_part_and_ignores_messages_and_subscriptions():
    pattern = radio()
    pipe = join(pattern)
    assert refusal(pattern.try_send, (b"a", b"b")) == Errno.EINVAL
    assert refusal(pattern.may_send, b"a") == Errno.EINVAL
    arrive(pattern, pipe, b"message", Subscription(True, b""), (b"a", b"b"))
    assert pattern.drops == {"unexpected": 2}
    pattern.try_send(b"x")
    assert not pipe.outbox


def test_a_pipe_that_gets_everything_limits_the_size():
    pattern = radio()
    pipe = new_pipe()
    pattern.send_everything_to(pipe)
    assert pattern.attach(pipe, True)
    assert pattern.try_send(GroupMessage(bytes(8192 - 4), b"abc"))
    assert refusal(pattern.try_send, GroupMessage(bytes(8192 - 3), b"abc")) == Errno.EMSGSIZE
    assert len(pipe.outbox) == 1


def test_a_dish_gets_the_groups_it_joined():
    pattern = dish(b"a", b"")
    pipe = join(pattern)
    assert changes(pipe) == [(True, b"a"), (True, b"")]
    arrive(pattern, pipe, (b"a", b"1"), (b"b", b"2"), (b"", b"3"))
    assert pattern.can_recv()
    got = [pattern.try_recv(), pattern.try_recv()]
    assert [(bytes(m[0]), m.group) for m in got] == [(b"1", b"a"), (b"3", b"")]
    assert not pattern.can_recv()
    assert pattern.try_recv() is None
    assert pattern.drops == {"filtered": 1}


def test_joining_twice_and_leaving_unknown_groups_is_refused():
    pattern = dish(b"a")
    assert refusal(pattern.join, b"a") == Errno.EINVAL
    assert refusal(pattern.leave, b"b") == Errno.EINVAL
    assert refusal(pattern.join, bytes(256)) == Errno.EINVAL
    pattern.join(bytes(255))
    pattern.leave(b"a")
    assert refusal(pattern.leave, b"a") == Errno.EINVAL


def test_what_was_on_its_way_when_a_group_was_left_does_not_come_through():
    pattern = dish(b"a")
    pipe = join(pattern)
    arrive(pattern, pipe, (b"a", b"late"))
    pattern.leave(b"a")
    assert not pattern.can_recv()
    assert pattern.drops == {"filtered": 1}


def test_groups_are_told_again_after_a_reconnect():
    pattern = dish(b"a", b"b")
    pipe = join(pattern, connected_here=True)
    assert changes(pipe) == [(True, b"a"), (True, b"b")]
    pattern.hiccup_lost(pipe)
    pattern.leave(b"a")
    pattern.join(b"c")
    assert changes(pipe) == []
    pattern.hiccup(pipe)
    assert changes(pipe) == [(True, b"b"), (True, b"c")]


def test_a_dish_does_not_send_and_drops_what_has_no_group():
    pattern = dish(b"a")
    pipe = join(pattern)
    assert refusal(pattern.try_send, b"x") == Errno.ENOTSUP
    assert refusal(pattern.may_send, b"x") == Errno.ENOTSUP
    assert not pattern.can_send()
    arrive(pattern, pipe, b"x", (b"a", b"b", b"c"), Subscription(True, b""))
    assert not pattern.can_recv()
    assert pattern.drops == {"malformed": 3}


def test_a_dgram_takes_an_address_and_a_body():
    pattern = make(SocketType.DGRAM)
    pipe = join(pattern)
    assert pattern.try_send((b"127.0.0.1:5555", b"body"))
    assert pattern.try_send((b"[::1]:5555\0", b"body"))
    for wrong in (b"body", (b"127.0.0.1:5555",), (b"127.0.0.1:5555", b"a", b"b")):
        assert refusal(pattern.try_send, wrong) == Errno.EINVAL
    for address in (b"", b"127.0.0.1", b"127.0.0.1:0", b"127.0.0.1:65536", b"host:5555", b":5555", b"\xff:1"):
        assert refusal(pattern.try_send, (address, b"body")) == Errno.EINVAL
    assert refusal(pattern.try_send, (b"127.0.0.1:5555", bytes(8193))) == Errno.EMSGSIZE
    assert len(pipe.outbox) == 2
    assert not pattern.attach(new_pipe(), False)


def test_without_a_group_every_peer_counts_that_joined_any():
    radio = make(SocketType.RADIO)
    first, second, _ = (join(radio) for _ in range(3))
    arrive(radio, first, GroupChange(True, b"a"), GroupChange(True, b"b"))
    arrive(radio, second, GroupChange(True, b"a"))
    assert radio.subscriber_count(b"") == 2
    assert radio.subscriber_count(b"b") == 1


def test_the_duty_of_a_dish_is_to_join():
    dish = make(SocketType.DISH)
    assert "call join()" in dish.duty
    dish.join(b"a")
    assert dish.duty == ""
