import pytest

from purezmq import error
from purezmq.constants import Errno, SocketType

from .helpers import Tracked, arrive, join, join_all, make, new_pipe, received, sent, set_option


@pytest.fixture
def sub():
    return make(SocketType.SUB)


@pytest.fixture
def xsub():
    return make(SocketType.XSUB)


def topics_of(sub, *topics: bytes) -> None:
    for topic in topics:
        set_option(sub, "SUBSCRIBE", topic)


class TestSubFilters:
    def test_only_what_matches_is_received(self, sub):
        topics_of(sub, b"a", b"bc")
        arrive(sub, join(sub), b"a1", b"b1", (b"bc", b"x"), (b"x", b"a"), b"", b"bcd")
        assert received(sub) == [b"a1", (b"bc", b"x"), b"bcd"]
        assert sub.drops == {"filtered": 3}

    def test_without_topics_nothing_is_received(self, sub):
        arrive(sub, join(sub), b"a", b"")
        assert not sub.can_recv()
        assert sub.try_recv() is None
        assert sub.drops == {"filtered": 2}

    def test_empty_topic_receives_everything(self, sub):
        topics_of(sub, b"")
        arrive(sub, join(sub), b"a", (b"", b"b"), b"")
        assert received(sub) == [b"a", (b"", b"b"), b""]

    def test_what_waits_is_filtered_by_the_topics_of_now(self, sub):
        topics_of(sub, b"a", b"b")
        arrive(sub, join(sub), b"a", b"b")
        assert sub.can_recv()
        set_option(sub, "UNSUBSCRIBE", b"a")
        assert received(sub) == [b"b"]

    def test_publishers_take_turns(self, sub):
        topics_of(sub, b"")
        first, second = join_all(sub, 2)
        arrive(sub, first, b"a1", b"a2")
        arrive(sub, second, b"b1")
        assert received(sub) == [b"a1", b"b1", b"a2"]
        assert sub.last_pipe is first

    def test_messages_of_a_gone_publisher_are_still_received(self, sub):
        topics_of(sub, b"a")
        pipe = join(sub)
        arrive(sub, pipe, b"a", b"b")
        sub.detach(pipe)
        assert received(sub) == [b"a"]

    def test_inverted_filter_receives_what_does_not_match(self, sub):
        set_option(sub, "INVERT_MATCHING", 1)
        topics_of(sub, b"a")
        arrive(sub, join(sub), b"a", b"b")
        assert received(sub) == [b"b"]
        topics_of(sub, b"")
        arrive(sub, join(sub), b"a", b"b")
        assert received(sub) == []

    def test_lane_is_the_inbox_while_everything_is_wanted(self, sub):
        pipe = join(sub)
        topics_of(sub, b"a")
        arrive(sub, pipe, b"a")
        assert sub.lane_in() is not pipe.inbox
        topics_of(sub, b"")
        assert sub.lane_in() is pipe.inbox
        set_option(sub, "INVERT_MATCHING", 1)
        assert sub.lane_in() is None
        set_option(sub, "INVERT_MATCHING", 0)
        set_option(sub, "UNSUBSCRIBE", b"")
        assert sub.lane_in() is not pipe.inbox

    def test_lane_gives_what_is_wanted_and_leaves_the_rest(self, sub):
        pipe = join(sub)
        topics_of(sub, b"a", b"bc")
        arrive(sub, pipe, b"a1", b"b2", b"bc3", (b"a4", b"x"), (b"x", b"a5"))
        lane = sub.lane_in()
        assert len(lane) == 5
        assert lane.popleft() == b"a1"
        with pytest.raises(IndexError):
            lane.popleft()
        assert sub.try_recv() == b"bc3"
        assert sub.drops["filtered"] == 1
        assert sub.lane_in().popleft() == (b"a4", b"x")
        with pytest.raises(IndexError):
            lane.popleft()
        assert sub.try_recv() is None
        with pytest.raises(IndexError):
            lane.popleft()

    def test_lane_obeys_a_change_at_once(self, sub):
        pipe = join(sub)
        topics_of(sub, b"a", b"b")
        arrive(sub, pipe, b"a1", b"b2", b"c3")
        lane = sub.lane_in()
        set_option(sub, "UNSUBSCRIBE", b"a")
        with pytest.raises(IndexError):
            lane.popleft()
        topics_of(sub, b"c")
        assert received(sub) == [b"b2", b"c3"]

    def test_first_part_in_foreign_memory_is_matched(self, sub):
        topics_of(sub, b"a")
        tracked = Tracked(memoryview(b"abc"), b"x")
        unwanted = Tracked(memoryview(b"xyz"), b"x")
        arrive(sub, join(sub), unwanted.message, tracked.message)
        assert received(sub) == [tracked.message]
        assert (tracked.told_count, unwanted.told_count) == (0, 1)

    def test_conflate_keeps_the_newest_message_and_every_subscription(self):
        sub = make(SocketType.SUB, conflate=1)
        pipe = join(sub)
        topics_of(sub, b"a", b"b")
        assert sent(pipe) == [b"\x01a", b"\x01b"]
        arrive(sub, pipe, b"a1", b"a2", b"a3")
        assert received(sub) == [b"a3"]
        assert sub.drops == {"conflated": 2}


class TestSubSubscribes:
    def test_every_subscription_goes_to_all_publishers(self, sub):
        pipes = join_all(sub, 2)
        topics_of(sub, b"a", b"a")
        assert [sent(pipe) for pipe in pipes] == [[b"\x01a", b"\x01a"]] * 2
        assert sub.topics_count == 1

    def test_cancellation_goes_out_when_the_topic_is_no_longer_wanted(self, sub):
        pipe = join(sub)
        topics_of(sub, b"a", b"a")
        sent(pipe)
        set_option(sub, "UNSUBSCRIBE", b"a")
        assert sent(pipe) == []
        set_option(sub, "UNSUBSCRIBE", b"a")
        assert sent(pipe) == [b"\x00a"]
        assert sub.topics_count == 0

    def test_unknown_topic_is_not_cancelled(self, sub):
        pipe = join(sub)
        set_option(sub, "UNSUBSCRIBE", b"never")
        assert sent(pipe) == []

    def test_new_publisher_hears_all_topics_once_in_byte_order(self, sub):
        topics_of(sub, b"b", b"ab", b"a", b"a")
        pipe = join(sub)
        assert sent(pipe) == [b"\x01a", b"\x01ab", b"\x01b"]

    def test_publisher_hears_all_topics_again_after_a_reconnect(self, sub):
        topics_of(sub, b"a")
        pipe = join(sub, connected_here=True)
        sent(pipe)
        sub.hiccup_lost(pipe)
        topics_of(sub, b"c", b"b")
        set_option(sub, "UNSUBSCRIBE", b"c")
        assert sent(pipe) == []
        sub.hiccup(pipe)
        assert sent(pipe) == [b"\x01a", b"\x01b"]
        topics_of(sub, b"d")
        assert sent(pipe) == [b"\x01d"]

    def test_publisher_hears_all_topics_after_attempts_to_connect_that_failed(self, sub):
        topics_of(sub, b"a")
        pipe = new_pipe()
        sub.attach(pipe, True)
        for _ in range(2):
            sub.hiccup_lost(pipe)
            sent(pipe)  # the core clears it
        topics_of(sub, b"b")
        sub.identify(pipe, b"")
        assert sent(pipe) == [b"\x01a", b"\x01b"]

    def test_subscriptions_pass_a_full_pipe(self, sub):
        pipe = join(sub, limit=1)
        topics_of(sub, b"a", b"b", b"c")
        assert sent(pipe) == [b"\x01a", b"\x01b", b"\x01c"]
        assert sub.drops == {}

    def test_other_options_are_not_handled(self, sub):
        assert not sub.set_option(40, 1)

    def test_sending_says_what_to_do_instead(self, sub):
        with pytest.raises(error.ZMQError, match="SUBSCRIBE option") as caught:
            sub.try_send(b"\x01a")
        assert caught.value.errno == Errno.ENOTSUP


class TestXsub:
    def test_subscriptions_go_out_unchanged_duplicates_too(self, xsub):
        pipe = join(xsub)
        for _ in range(2):
            assert xsub.try_send(b"\x01a")
        assert list(pipe.outbox) == [b"\x01a", b"\x01a"]
        assert xsub.topics_count == 1

    def test_cancellation_goes_out_when_the_topic_is_no_longer_wanted(self, xsub):
        pipe = join(xsub)
        for message in (b"\x01a", b"\x01a", b"\x00a", b"\x00b"):
            assert xsub.try_send(message)
        assert sent(pipe) == [b"\x01a", b"\x01a"]
        xsub.try_send(b"\x00a")
        assert sent(pipe) == [b"\x00a"]

    def test_verbose_unsubscribe_sends_every_cancellation(self, xsub):
        set_option(xsub, "XSUB_VERBOSE_UNSUBSCRIBE", 1)
        pipe = join(xsub)
        for message in (b"\x01a", b"\x01a", b"\x00a", b"\x00b"):
            xsub.try_send(message)
        assert sent(pipe) == [b"\x01a", b"\x01a", b"\x00a", b"\x00b"]

    def test_everything_is_received_unfiltered(self, xsub):
        pipe = join(xsub)
        arrive(xsub, pipe, b"a", (b"b", b"c"))
        assert xsub.lane_in() is pipe.inbox
        assert received(xsub) == [b"a", (b"b", b"c")]

    def test_topics_are_replayed_on_attach_and_reconnect(self, xsub):
        xsub.try_send(b"\x01b")
        xsub.try_send(b"\x01a")
        pipe = join(xsub, connected_here=True)
        assert sent(pipe) == [b"\x01a", b"\x01b"]
        xsub.hiccup_lost(pipe)
        xsub.hiccup(pipe)
        assert sent(pipe) == [b"\x01a", b"\x01b"]

    @pytest.mark.parametrize("message", [b"", b"user", (b"user", b"message")])
    def test_user_messages_go_to_all_publishers(self, xsub, message):
        pipes = join_all(xsub, 2)
        assert xsub.can_send()
        assert xsub.try_send(message)
        assert [sent(pipe) for pipe in pipes] == [[message]] * 2

    def test_user_message_for_a_full_publisher_is_dropped_and_a_subscription_is_not(self, xsub):
        pipe = join(xsub, limit=1)
        for message in (b"1", b"2", b"\x01a", (b"x", b"\x01b")):
            assert xsub.try_send(message)
        assert sent(pipe) == [b"1", b"\x01a", (b"x", b"\x01b")]
        assert xsub.drops == {"no_room": 1}

    def test_user_message_without_publishers_is_dropped_and_counted(self, xsub):
        tracked = Tracked(b"user")
        xsub.try_send(b"user")
        xsub.try_send(tracked.message)
        assert xsub.drops == {"unroutable": 2}
        assert tracked.told_count == 1

    def test_every_part_of_a_multipart_message_may_be_a_subscription(self, xsub):
        pipe = join(xsub)
        xsub.try_send((b"\x01a", b"user", b"\x01b"))
        assert xsub.topics_count == 2
        assert sent(pipe) == [(b"\x01a", b"user", b"\x01b")]

    def test_needless_cancellations_are_left_out_of_a_multipart_message(self, xsub):
        pipe = join(xsub)
        xsub.try_send((b"\x01a", b"\x00b"))
        xsub.try_send((b"\x00b", b"\x00c"))
        xsub.try_send((b"\x00b", b"user", b"\x01c"))
        assert sent(pipe) == [b"\x01a", (b"user", b"\x01c")]

    def test_only_first_subscribe_lets_the_first_part_decide(self, xsub):
        set_option(xsub, "ONLY_FIRST_SUBSCRIBE", 1)
        pipe = join(xsub)
        xsub.try_send((b"\x01a", b"\x01b"))
        xsub.try_send((b"user", b"\x01c"))
        assert xsub.topics_count == 2
        assert sent(pipe) == [(b"\x01a", b"\x01b"), (b"user", b"\x01c")]

    def test_tracked_subscription_is_given_back_once(self, xsub):
        for pipe_count in range(3):
            tracked = Tracked(b"\x01a", b"\x01b")
            xsub.try_send(tracked.message)
            for pipe in xsub.pipes:
                pipe.outbox.pop().on_sent()
            assert tracked.told_count == 1, pipe_count
            xsub.attach(new_pipe(), False)

    def test_tracked_message_that_is_shortened_is_given_back(self, xsub):
        tracked = Tracked(b"\x01a", b"\x00b")
        xsub.try_send(tracked.message)
        assert tracked.told_count == 1
