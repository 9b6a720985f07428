import pytest

from purezmq.constants import SocketType

from .helpers import arrive, drain, join, make, new_pipe, received, sent


@pytest.fixture
def pair():
    return make(SocketType.PAIR)


def test_messages_go_both_ways(pair):
    pipe = join(pair)
    assert pair.try_send((b"1", b"more"))
    arrive(pair, pipe, b"a", (b"b", b"more"))
    assert sent(pipe) == [(b"1", b"more")]
    assert received(pair) == [b"a", (b"b", b"more")]
    assert pair.last_pipe is pipe


def test_second_peer_is_refused_and_not_promoted_later(pair):
    first = join(pair)
    second = new_pipe()
    assert not pair.attach(second, False)
    pair.detach(first)
    assert not pair.can_send()
    assert join(pair)


def test_it_would_block_without_a_peer_or_room(pair):
    assert not pair.try_send(b"x")
    pipe = join(pair, limit=2)
    assert pair.try_send(b"1") and pair.try_send(b"2")
    assert not pair.can_send() and not pair.try_send(b"3")
    assert pair.lane_out() is None
    drain(pair, pipe, 1)
    assert pair.can_send() and pair.lane_out() is pipe


def test_what_a_gone_peer_sent_comes_before_the_next_peer(pair):
    first = join(pair)
    arrive(pair, first, b"1", b"2")
    pair.detach(first)
    second = join(pair)
    arrive(pair, second, b"3")
    assert pair.lane_in() is None
    assert received(pair) == [b"1", b"2", b"3"]
    assert pair.last_pipe is second


def test_lane_is_the_inbox_of_the_peer(pair):
    pipe = join(pair)
    assert pair.lane_in() is None
    arrive(pair, pipe, b"1")
    assert pair.lane_in() is pipe.inbox
    assert pair.last_pipe is pipe


def test_empty_inbox_asks_for_a_wake_up(pair):
    pipe = join(pair)
    arrive(pair, pipe, b"1")
    assert received(pair) == [b"1"]
    assert not pipe.in_active


@pytest.mark.parametrize("look", ["try_recv", "can_recv"])
def test_message_that_arrives_while_the_inbox_is_found_empty_is_not_lost(pair, look):
    pipe = join(pair)
    arrive(pair, pipe, b"1")
    assert pair.try_recv() == b"1"
    pair._leave(pipe)  # found empty, and then:
    assert not pipe.in_active
    arrive(pair, pipe, b"2")
    assert getattr(pair, look)()
