"""What holds for every type whose messages have one part."""

import errno
from collections import Counter

import pytest

from purezmq.base.message import RoutedMessage
from purezmq.constants import SocketType
from purezmq.error import ZMQError
from purezmq.patterns.single_part import SinglePartQueue

from .helpers import Tracked, arrive, join, make, new_pipe, received

SENDERS = ["CLIENT", "SERVER", "SCATTER", "PEER", "CHANNEL"]
RECEIVERS = ["CLIENT", "SERVER", "GATHER", "PEER", "CHANNEL"]


@pytest.fixture(params=SENDERS)
def sender(request):
    return make(SocketType[request.param])


@pytest.fixture(params=RECEIVERS)
def receiver(request):
    return make(SocketType[request.param])


def test_several_parts_are_refused_before_anything_is_sent(sender):
    pipe = join(sender)
    for attempt in (sender.may_send, sender.try_send):
        with pytest.raises(ZMQError, match="exactly one part") as caught:
            attempt(b"first" if attempt == sender.may_send else (b"1", b"2"))
        assert caught.value.errno == errno.EINVAL
    assert not pipe.outbox


def test_messages_of_several_parts_are_dropped_and_counted(receiver):
    pipe = join(receiver)
    tracked = Tracked(b"x", b"y")
    arrive(receiver, pipe, (b"1", b"2"), b"good", tracked.message, b"too", (b"3", b"4"))
    assert received(receiver) == [b"good", b"too"]
    assert receiver.drops == {"multipart": 3}
    assert tracked.told_count == 1


def test_nothing_but_such_messages_is_nothing_to_receive(receiver):
    arrive(receiver, join(receiver), (b"1", b"2"), (b"3", b"4"))
    assert not receiver.can_recv()
    assert receiver.try_recv() is None
    assert receiver.drops == {"multipart": 2}


def test_one_part_in_a_tuple_is_a_message(receiver):
    arrive(receiver, join(receiver), (b"x",), (memoryview(b"y"),))
    assert received(receiver) == [b"x", b"y"]


@pytest.mark.parametrize("name", RECEIVERS)
def test_conflate_means_nothing_to_them(name):
    pattern = make(SocketType[name], conflate=1)
    pattern.options_changed()
    arrive(pattern, join(pattern), b"1", b"2")
    assert received(pattern) == [b"1", b"2"]


class PoppedMeanwhile(SinglePartQueue):
    """A queue whose inbox changes, by the lane of another thread, between a look and the pop that follows."""

    left = ()

    @property
    def current_pipe(self):
        pipe = super().current_pipe
        if self.left is not None:
            pipe.inbox.clear()
            pipe.inbox.extend(self.left)
            self.left = None
        return pipe


@pytest.mark.parametrize(("left", "found"), [((), None), ((b"good",), b"good")])
def test_a_faster_thread_costs_no_message(left, found):
    queue = PoppedMeanwhile(Counter())
    queue.left = left
    pipe = new_pipe()
    pipe.inbox.append((b"1", b"2"))
    queue.activate(pipe)
    assert queue.peek() == found
    assert queue.take() == found
    assert not queue.drops


def test_routed_message_carries_what_the_pipe_gets():
    tracked = Tracked(b"x")
    for message, parts in ((b"x", (b"x",)), (tracked.message, (b"x",))):
        routed = RoutedMessage(message, 7)
        assert (tuple(routed), routed.message, routed.routing_id) == (parts, message, 7)
