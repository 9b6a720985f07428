import errno

import pytest

from purezmq.constants import SocketType
from purezmq.error import ZMQError

from .helpers import arrive, join_all, make, received, sent


def test_scatter_hands_out_in_turn():
    scatter = make(SocketType.SCATTER)
    first, second = join_all(scatter, 2)
    for message in (b"1", b"2", b"3"):
        assert scatter.try_send(message)
    assert (sent(first), sent(second)) == ([b"1", b"3"], [b"2"])


def test_scatter_would_block_without_room():
    scatter = make(SocketType.SCATTER)
    assert not scatter.try_send(b"x")
    join_all(scatter, 1, limit=1)
    assert scatter.try_send(b"1")
    assert not scatter.can_send() and not scatter.try_send(b"2")


def test_gather_collects_in_turn():
    gather = make(SocketType.GATHER)
    first, second = join_all(gather, 2)
    arrive(gather, first, b"a1", b"a2")
    arrive(gather, second, b"b1")
    assert received(gather) == [b"a1", b"b1", b"a2"]


def test_each_has_one_direction():
    for call in (make(SocketType.SCATTER).try_recv, lambda: make(SocketType.GATHER).try_send(b"x")):
        with pytest.raises(ZMQError) as caught:
            call()
        assert caught.value.errno == errno.ENOTSUP


def test_lanes_are_those_of_push_and_pull():
    scatter, gather = make(SocketType.SCATTER), make(SocketType.GATHER)
    (pipe,) = join_all(scatter, 1)
    assert scatter.lane_out() is pipe
    (pipe,) = join_all(gather, 1)
    arrive(gather, pipe, b"1")
    assert gather.lane_in() is pipe.inbox
