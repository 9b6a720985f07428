import pytest

from purezmq.constants import SocketType

from .helpers import Tracked, arrive, drain, join, join_all, make, received, sent


@pytest.fixture
def push():
    return make(SocketType.PUSH)


@pytest.fixture
def pull():
    return make(SocketType.PULL)


class TestPush:
    def test_peers_take_turns_with_whole_messages(self, push):
        first, second = join_all(push, 2)
        for message in (b"1", (b"2", b"more"), b"3"):
            assert push.try_send(message)
        assert (sent(first), sent(second)) == ([b"1", b"3"], [(b"2", b"more")])

    def test_without_peers_it_would_block(self, push):
        assert not push.can_send()
        assert not push.try_send(b"x")

    def test_connected_pipe_takes_messages_before_any_connection(self, push):
        pipe = join(push, connected_here=True)
        assert push.try_send(b"x")
        assert sent(pipe) == [b"x"]

    @pytest.mark.parametrize(("limit", "reads"), [(20, 10), (11, 6), (1, 1), (2, 1)])
    def test_writer_stops_at_the_high_water_mark_and_restarts_at_the_low(self, push, limit, reads):
        pipe = join(push, limit)
        sent_count = 0
        while push.try_send(b"x"):
            sent_count += 1
        assert sent_count == limit
        drain(push, pipe, reads - 1)
        assert not push.can_send()
        drain(push, pipe, 1)
        assert push.can_send()
        assert push.try_send(b"x")

    def test_what_a_peer_sends_is_thrown_away_and_counted(self, push):
        pipe = join(push)
        tracked = Tracked(b"x", b"y")
        arrive(push, pipe, b"surprise", tracked.message)
        assert not pipe.inbox
        assert push.drops == {"unexpected": 2}
        assert tracked.told_count == 1

    def test_lane_leads_to_the_only_peer(self, push):
        pipe = join(push, limit=1)
        assert push.lane_out() is pipe
        push.try_send(b"x")
        assert push.lane_out() is None
        drain(push, pipe, 1)
        assert push.lane_out() is pipe
        join(push)
        assert push.lane_out() is None

    def test_conflate_keeps_the_newest_whole_message(self):
        push = make(SocketType.PUSH, conflate=1)
        pipe = join(push, limit=1)
        for message in (b"1", (b"2", b"more")):
            assert push.try_send(message)
        assert sent(pipe) == [(b"2", b"more")]
        assert push.drops == {"conflated": 1}

    def test_wake_up_after_the_end_of_a_pipe_does_not_revive_it(self, push):
        pipe = join(push, limit=1)
        push.try_send(b"x")
        assert not push.can_send()
        push.detach(pipe)
        push.writable(pipe)
        assert not push.can_send()


class TestPull:
    def test_peers_take_turns(self, pull):
        first, second = join_all(pull, 2)
        arrive(pull, first, b"a1", b"a2")
        arrive(pull, second, (b"b1", b"more"))
        assert received(pull) == [b"a1", (b"b1", b"more"), b"a2"]
        assert pull.last_pipe is first

    def test_one_part_in_a_tuple_comes_as_bytes(self, pull):
        arrive(pull, join(pull), (b"x",), (memoryview(b"y"),))
        assert received(pull) == [b"x", b"y"]

    def test_messages_of_a_gone_peer_are_still_received(self, pull):
        pipe = join(pull)
        arrive(pull, pipe, b"1", b"2")
        pull.detach(pipe)
        assert received(pull) == [b"1", b"2"]

    def test_what_waits_in_a_pipe_when_it_is_attached_is_received(self, pull):
        from .helpers import new_pipe

        pipe = new_pipe()
        pipe.inbox.append(b"early")
        pull.attach(pipe, False)
        assert received(pull) == [b"early"]

    def test_lane_is_open_while_one_peer_has_messages(self, pull):
        first, second = join_all(pull, 2)
        assert pull.lane_in() is None
        arrive(pull, first, b"1")
        assert pull.lane_in() is first.inbox
        assert pull.last_pipe is first
        arrive(pull, second, b"2")
        assert pull.lane_in() is None

    def test_conflate_gives_the_newest_of_each_peer(self):
        pull = make(SocketType.PULL, conflate=1)
        arrive(pull, join(pull), b"1", b"2", b"3")
        assert pull.lane_in() is None
        assert received(pull) == [b"3"]
        assert pull.drops == {"conflated": 2}
