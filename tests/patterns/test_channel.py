import pytest

from purezmq.constants import SocketType

from .helpers import arrive, join, make, new_pipe, received, sent


@pytest.fixture
def channel():
    return make(SocketType.CHANNEL)


def test_messages_go_both_ways(channel):
    pipe = join(channel)
    assert channel.try_send(b"1")
    arrive(channel, pipe, b"a", b"b")
    assert sent(pipe) == [b"1"]
    assert received(channel) == [b"a", b"b"]
    assert channel.last_pipe is pipe


def test_second_peer_is_refused(channel):
    join(channel)
    assert not channel.attach(new_pipe(), False)


def test_it_would_block_without_a_peer_or_room(channel):
    assert not channel.can_send() and not channel.try_send(b"x")
    join(channel, limit=1)
    assert channel.try_send(b"1")
    assert not channel.can_send() and not channel.try_send(b"2")


def test_lanes_are_those_of_pair(channel):
    pipe = join(channel)
    assert channel.lane_out() is pipe
    arrive(channel, pipe, b"1")
    assert channel.lane_in() is pipe.inbox
