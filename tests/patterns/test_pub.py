import errno

import pytest

from purezmq import error
from purezmq.base.message import Subscription
from purezmq.constants import SocketType

from .helpers import (
    Tracked,
    arrive,
    cancel,
    drain,
    join,
    join_all,
    make,
    new_pipe,
    received,
    sent,
    set_option,
    subscribe,
)

PUBLISHERS = [SocketType.PUB, SocketType.XPUB]


@pytest.fixture(params=PUBLISHERS, ids=["PUB", "XPUB"])
def publisher(request):
    return make(request.param)


@pytest.fixture
def pub():
    return make(SocketType.PUB)


@pytest.fixture
def xpub():
    return make(SocketType.XPUB)


class TestFanOut:
    def test_message_goes_to_all_that_want_its_first_part(self, publisher):
        everything, weather, news = join_all(publisher, 3)
        subscribe(publisher, everything, b"")
        subscribe(publisher, weather, b"weather")
        subscribe(publisher, news, b"news")
        assert publisher.try_send(b"weather: fine")
        assert publisher.try_send((b"news", b"weather"))
        assert publisher.try_send(b"sports")
        assert sent(everything) == [b"weather: fine", (b"news", b"weather"), b"sports"]
        assert sent(weather) == [b"weather: fine"]
        assert sent(news) == [(b"news", b"weather")]
        assert publisher.drops == {}

    def test_matching_several_topics_gives_one_copy(self, publisher):
        pipe = join(publisher)
        subscribe(publisher, pipe, b"", b"a", b"ab")
        publisher.try_send(b"abc")
        assert sent(pipe) == [b"abc"]

    def test_first_part_in_foreign_memory_is_matched_as_well(self, publisher):
        pipe = join(publisher)
        subscribe(publisher, pipe, b"a")
        publisher.try_send((memoryview(bytearray(b"abc")), b"x"))
        assert len(pipe.outbox) == 1

    def test_unsubscribed_topic_is_no_longer_sent(self, publisher):
        pipe = join(publisher)
        subscribe(publisher, pipe, b"a", b"a", b"b")
        cancel(publisher, pipe, b"a")
        publisher.try_send(b"a")
        publisher.try_send(b"b")
        assert sent(pipe) == [b"b"]

    def test_old_form_of_subscriptions_counts(self, publisher):
        pipe = join(publisher)
        arrive(publisher, pipe, b"\x01a", b"\x01b", b"\x00a")
        publisher.try_send(b"a")
        publisher.try_send(b"b")
        assert sent(pipe) == [b"b"]

    def test_gone_peer_takes_its_subscriptions_along(self, publisher):
        pipe = join(publisher)
        subscribe(publisher, pipe, b"", b"a")
        publisher.detach(pipe)
        assert publisher.topics_count == 0
        publisher.try_send(b"a")
        assert not pipe.outbox

    def test_subscription_that_crosses_with_the_end_of_its_peer_changes_nothing(self, publisher):
        pipe = join(publisher)
        publisher.detach(pipe)
        subscribe(publisher, pipe, b"a")
        assert publisher.topics_count == 0

    def test_subscriptions_that_wait_in_a_new_pipe_count(self, publisher):
        pipe = new_pipe()
        pipe.inbox.append(Subscription(True, b"a"))
        publisher.attach(pipe, False)
        assert publisher.subscriber_count(b"a") == 1

    def test_publisher_always_wants_to_hear_of_arrivals(self, publisher):
        pipe = join(publisher)
        subscribe(publisher, pipe, b"a")
        assert not pipe.in_active and not pipe.inbox

    def test_topics_are_counted_once_however_many_want_them(self, publisher):
        first, second = join_all(publisher, 2)
        subscribe(publisher, first, b"a", b"b")
        subscribe(publisher, second, b"a")
        assert publisher.topics_count == 2
        assert publisher.subscriber_count(b"a") == 2
        assert publisher.subscriber_count(b"bcd") == 1
        assert publisher.subscriber_count(b"c") == 0

    def test_without_a_topic_everybody_counts_who_wants_anything(self, publisher):
        first, second, _ = join_all(publisher, 3)
        subscribe(publisher, first, b"a", b"b")
        subscribe(publisher, second, b"c")
        assert publisher.subscriber_count(b"") == 2
        cancel(publisher, second, b"c")
        assert publisher.subscriber_count(b"") == 1
        publisher.detach(first)
        assert publisher.subscriber_count(b"") == 0

    def test_tracked_message_without_receivers_is_given_back(self, publisher):
        tracked = Tracked(b"x")
        publisher.try_send(tracked.message)
        assert tracked.told_count == 1

    def test_tracked_message_is_given_back_once_after_all_receivers(self, publisher):
        pipes = join_all(publisher, 3)
        for pipe in pipes:
            subscribe(publisher, pipe, b"")
        tracked = Tracked(b"x", b"y")
        publisher.try_send(tracked.message)
        for pipe in pipes:
            assert tracked.told_count == 0
            (message,) = sent(pipe)
            assert message == (b"x", b"y")
            message.on_sent()
        assert tracked.told_count == 1


class TestHighWaterMark:
    def test_only_the_full_peer_misses_messages(self, publisher):
        slow, fast = join(publisher, limit=2), join(publisher)
        for pipe in (slow, fast):
            subscribe(publisher, pipe, b"")
        for number in range(4):
            assert publisher.can_send()
            assert publisher.try_send(b"%d" % number)
        assert len(fast.outbox) == 4
        assert publisher.drops == {"no_room": 2}
        assert drain(publisher, slow, 1) == [b"0"]
        publisher.try_send(b"4")
        assert sent(slow) == [b"1", b"4"]

    def test_nodrop_sends_to_nobody_while_a_matching_peer_is_full(self, publisher):
        set_option(publisher, "XPUB_NODROP", 1)
        slow, fast, other = join(publisher, limit=1), join(publisher), join(publisher, limit=1)
        subscribe(publisher, slow, b"a")
        subscribe(publisher, fast, b"a")
        subscribe(publisher, other, b"b")
        assert publisher.try_send(b"a1")
        assert not publisher.try_send(b"a2")
        assert publisher.try_send(b"b1")
        assert sent(fast) == [b"a1"]
        drain(publisher, slow, 1)
        assert publisher.try_send(b"a2")
        assert publisher.drops == {}

    def test_conflate_keeps_the_newest_for_each_peer(self):
        pub = make(SocketType.PUB, conflate=1)
        pipe = join(pub, limit=1)
        subscribe(pub, pipe, b"")
        for message in (b"1", b"2", b"3"):
            pub.try_send(message)
        assert sent(pipe) == [b"3"]
        assert pub.drops == {"conflated": 2}


class TestInvertMatching:
    def test_message_goes_to_all_that_did_not_ask_for_it(self, publisher):
        set_option(publisher, "INVERT_MATCHING", 1)
        asked, other, silent = join_all(publisher, 3)
        subscribe(publisher, asked, b"a")
        subscribe(publisher, other, b"b")
        publisher.try_send(b"abc")
        assert (sent(asked), sent(other), sent(silent)) == ([], [b"abc"], [b"abc"])
        assert publisher.subscriber_count(b"abc") == 2
        assert publisher.subscriber_count(b"") == 3

    def test_option_can_be_taken_back(self, publisher):
        pipe = join(publisher)
        set_option(publisher, "INVERT_MATCHING", 1)
        set_option(publisher, "INVERT_MATCHING", 0)
        publisher.try_send(b"x")
        assert not pipe.outbox


class TestWelcome:
    def test_welcome_comes_first_to_every_new_peer(self):
        xpub = make(SocketType.XPUB, xpub_welcome_msg=b"W")
        pipe = new_pipe()
        pipe.inbox.append(Subscription(True, b""))
        xpub.attach(pipe, False)
        xpub.try_send(b"x")
        assert sent(pipe) == [b"W", b"x"]

    def test_option_works_on_the_living_socket(self, xpub):
        set_option(xpub, "XPUB_WELCOME_MSG", b"W")
        assert sent(join(xpub)) == [b"W"]


class TestPubReceives:
    @pytest.mark.parametrize("message", [b"", b"user", (b"user", b"message")])
    def test_user_messages_are_dropped_and_counted(self, pub, message):
        arrive(pub, join(pub), message)
        assert pub.drops == {"unexpected": 1}

    def test_subscriptions_inside_a_multipart_message_count(self, pub):
        pipe = join(pub)
        arrive(pub, pipe, (b"\x01a", b"\x01b"))
        assert pub.topics_count == 2
        assert pub.drops == {}

    def test_manual_has_no_meaning_for_pub(self):
        pub = make(SocketType.PUB, xpub_manual=1)
        subscribe(pub, join(pub), b"a")
        assert pub.topics_count == 1


class TestNotifications:
    def test_first_subscription_and_last_cancellation_are_received(self, xpub):
        first, second = join_all(xpub, 2)
        subscribe(xpub, first, b"a")
        subscribe(xpub, second, b"a")
        cancel(xpub, first, b"a")
        assert received(xpub) == [b"\x01a"]
        assert xpub.last_pipe is first
        cancel(xpub, second, b"a")
        assert received(xpub) == [b"\x00a"]
        assert xpub.last_pipe is second

    def test_cancellation_of_something_unknown_is_received(self, xpub):
        first, second = join_all(xpub, 2)
        subscribe(xpub, first, b"a")
        cancel(xpub, first, b"b")
        cancel(xpub, second, b"a")
        assert received(xpub) == [b"\x01a", b"\x00b", b"\x00a"]
        assert xpub.subscriber_count(b"a") == 1

    def test_verbose_shows_every_subscription(self, xpub):
        set_option(xpub, "XPUB_VERBOSE", 1)
        first, second = join_all(xpub, 2)
        for pipe in (first, first, second):
            subscribe(xpub, pipe, b"a")
        cancel(xpub, first, b"a")
        assert received(xpub) == [b"\x01a"] * 3

    def test_verboser_shows_every_cancellation_as_well(self, xpub):
        set_option(xpub, "XPUB_VERBOSER", 1)
        first, second = join_all(xpub, 2)
        for pipe in (first, second):
            subscribe(xpub, pipe, b"a")
        cancel(xpub, first, b"a")
        assert received(xpub) == [b"\x01a", b"\x01a", b"\x00a"]

    @pytest.mark.parametrize("value", [0, 1])
    def test_setting_verbose_takes_back_the_half_of_verboser_that_is_about_cancellations(self, xpub, value):
        set_option(xpub, "XPUB_VERBOSER", 1)
        set_option(xpub, "XPUB_VERBOSE", value)
        first, second = join_all(xpub, 2)
        for pipe in (first, second):
            subscribe(xpub, pipe, b"a")
        cancel(xpub, first, b"a")
        assert received(xpub) == [b"\x01a"] * (1 + value)

    def test_taking_verboser_back_takes_verbose_back(self, xpub):
        set_option(xpub, "XPUB_VERBOSE", 1)
        set_option(xpub, "XPUB_VERBOSER", 0)
        for pipe in join_all(xpub, 2):
            subscribe(xpub, pipe, b"a")
        assert received(xpub) == [b"\x01a"]

    def test_gone_peer_cancels_what_nobody_else_wants_in_byte_order(self, xpub):
        gone, other = join_all(xpub, 2)
        subscribe(xpub, gone, b"b", b"ab", b"a", b"c")
        subscribe(xpub, other, b"c")
        received(xpub)
        xpub.detach(gone)
        assert received(xpub) == [b"\x00a", b"\x00ab", b"\x00b"]
        assert xpub.last_pipe is None

    def test_verboser_shows_all_topics_of_a_gone_peer(self, xpub):
        set_option(xpub, "XPUB_VERBOSER", 1)
        gone, other = join_all(xpub, 2)
        for pipe in (gone, other):
            subscribe(xpub, pipe, b"a")
        received(xpub)
        xpub.detach(gone)
        assert received(xpub) == [b"\x00a"]

    @pytest.mark.parametrize("message", [b"", b"user", (b"user", b"message")])
    def test_user_messages_of_xsub_are_received(self, xpub, message):
        pipe = join(xpub)
        arrive(xpub, pipe, message)
        assert received(xpub) == [message]
        assert xpub.last_pipe is pipe


class TestMultipartSubscriptions:
    def test_every_part_counts_and_ends_the_message_it_was_in(self, xpub):
        """As recorded from libzmq in raw31_sub_multipart_subscribe."""
        pipe = join(xpub)
        arrive(xpub, pipe, (b"\x01A", b"\x01B"), (b"user", b"\x01C"))
        assert received(xpub) == [b"\x01A", b"\x01B", (b"user", b"\x01C")]
        assert xpub.topics_count == 3

    def test_rest_after_a_subscription_is_a_message_of_its_own(self, xpub):
        arrive(xpub, join(xpub), (b"\x01A", b"x", b"y"))
        assert received(xpub) == [b"\x01A", (b"x", b"y")]

    def test_subscription_that_is_no_news_leaves_the_rest_together(self, xpub):
        pipe = join(xpub)
        subscribe(xpub, pipe, b"A")
        arrive(xpub, pipe, (b"x", b"\x01A", b"y"))
        assert received(xpub) == [b"\x01A", (b"x", b"y")]

    def test_only_first_subscribe_lets_the_first_part_decide(self, xpub):
        """As recorded from libzmq in draft_only_first_subscribe."""
        set_option(xpub, "ONLY_FIRST_SUBSCRIBE", 1)
        arrive(xpub, join(xpub), (b"\x01A", b"\x01B"), (b"user", b"\x01C"))
        assert received(xpub) == [b"\x01A", b"\x01B", (b"user", b"\x01C")]
        assert xpub.topics_count == 2

    def test_tracked_message_is_given_back(self, xpub):
        tracked = Tracked(b"\x01A", memoryview(b"x"))
        arrive(xpub, join(xpub), tracked.message)
        assert received(xpub) == [b"\x01A", b"x"]
        assert tracked.told_count == 1


class TestManual:
    @pytest.fixture
    def xpub(self):
        return make(SocketType.XPUB, xpub_manual=1)

    def test_requests_are_all_reported_and_none_is_granted(self, xpub):
        first, second = join_all(xpub, 2)
        for pipe in (first, first, second):
            subscribe(xpub, pipe, b"a")
        cancel(xpub, second, b"a")
        assert received(xpub) == [b"\x01a"] * 3 + [b"\x00a"]
        assert xpub.topics_count == 0
        xpub.try_send(b"a")
        assert not first.outbox

    def test_user_grants_what_he_likes_to_the_peer_of_the_last_request(self, xpub):
        first, second = join_all(xpub, 2)
        subscribe(xpub, first, b"a")
        subscribe(xpub, second, b"a")
        xpub.try_recv()
        set_option(xpub, "SUBSCRIBE", b"b")
        xpub.try_send(b"a")
        xpub.try_send(b"b")
        assert (sent(first), sent(second)) == ([b"b"], [])
        xpub.try_recv()
        set_option(xpub, "SUBSCRIBE", b"b")
        set_option(xpub, "UNSUBSCRIBE", b"b")
        xpub.try_send(b"b")
        assert (sent(first), sent(second)) == ([b"b"], [])

    def test_grant_to_a_gone_peer_does_nothing(self, xpub):
        first, second = join_all(xpub, 2)
        subscribe(xpub, first, b"a")
        subscribe(xpub, second, b"a")
        xpub.detach(second)
        xpub.try_recv()
        xpub.detach(first)
        set_option(xpub, "SUBSCRIBE", b"a")
        xpub.try_recv()
        set_option(xpub, "SUBSCRIBE", b"a")
        assert xpub.topics_count == 0

    def test_gone_peer_cancels_everything_that_it_requested(self, xpub):
        gone, other = join_all(xpub, 2)
        for pipe in (gone, other):
            subscribe(xpub, pipe, b"b", b"a")
        assert xpub.try_recv() == b"\x01b"
        set_option(xpub, "SUBSCRIBE", b"granted")
        received(xpub)
        xpub.detach(gone)
        assert received(xpub) == [b"\x00a", b"\x00b"]
        assert xpub.topics_count == 0

    def test_user_messages_leave_the_last_requester_alone(self, xpub):
        first, second = join_all(xpub, 2)
        subscribe(xpub, first, b"a")
        arrive(xpub, second, b"user")
        received(xpub)
        set_option(xpub, "SUBSCRIBE", b"a")
        xpub.try_send(b"a")
        assert sent(first) == [b"a"]

    def test_granting_without_manual_is_an_error_that_says_so(self):
        xpub = make(SocketType.XPUB)
        with pytest.raises(error.ZMQError, match="set XPUB_MANUAL first") as caught:
            set_option(xpub, "SUBSCRIBE", b"a")
        assert caught.value.errno == errno.EINVAL


class TestManualLastValue:
    @pytest.fixture
    def xpub(self):
        xpub = make(SocketType.XPUB)
        set_option(xpub, "XPUB_MANUAL_LAST_VALUE", 1)
        return xpub

    def grant_all(self, xpub):
        while (request := xpub.try_recv()) is not None:
            set_option(xpub, "SUBSCRIBE", request[1:])

    def test_next_message_goes_only_to_the_last_requester(self, xpub):
        first, second = join_all(xpub, 2)
        for pipe in (first, second):
            subscribe(xpub, pipe, b"a")
        self.grant_all(xpub)
        xpub.try_send(b"a: cached")
        xpub.try_send(b"a: new")
        assert (sent(first), sent(second)) == ([b"a: new"], [b"a: cached", b"a: new"])

    def test_last_requester_gets_nothing_that_does_not_match(self, xpub):
        first, second = join_all(xpub, 2)
        subscribe(xpub, first, b"b")
        subscribe(xpub, second, b"a")
        self.grant_all(xpub)
        xpub.try_send(b"b")
        assert (sent(first), sent(second)) == ([], [])

    def test_send_that_would_block_leaves_the_turn_to_the_requester(self, xpub):
        set_option(xpub, "XPUB_NODROP", 1)
        other, requester = join(xpub), join(xpub, limit=1)
        for pipe in (other, requester):
            subscribe(xpub, pipe, b"a")
        self.grant_all(xpub)
        requester.push(b"fills it")
        assert not xpub.try_send(b"a: cached")
        drain(xpub, requester, 1)
        assert xpub.try_send(b"a: cached")
        assert (sent(other), sent(requester)) == ([], [b"a: cached"])


class TestGroups:
    """Pipes with nobody behind them who could subscribe."""

    def test_a_group_gets_everything_and_counts_as_no_topic(self, publisher):
        group, picky = join_all(publisher, 2)
        publisher.send_everything_to(group)
        subscribe(publisher, picky, b"a")
        publisher.try_send(b"apple")
        publisher.try_send((b"banana", b"x"))
        assert sent(group) == [b"apple", (b"banana", b"x")]
        assert sent(picky) == [b"apple"]
        assert publisher.topics_count == 1
        assert publisher.subscriber_count(b"banana") == 1
        publisher.detach(group)
        publisher.try_send(b"avocado")
        assert sent(group) == []
        assert publisher.subscriber_count(b"banana") == 0

    def test_inverted_matching_keeps_nothing_from_it(self, publisher):
        group, picky = join_all(publisher, 2)
        publisher.send_everything_to(group)
        subscribe(publisher, picky, b"a")
        set_option(publisher, "INVERT_MATCHING", 1)
        publisher.try_send(b"apple")
        publisher.try_send(b"banana")
        assert sent(group) == [b"apple", b"banana"]
        assert sent(picky) == [b"banana"]

    def test_the_user_hears_of_other_subscribers_and_not_of_it(self, xpub):
        group, other = join_all(xpub, 2)
        xpub.send_everything_to(group)
        assert not xpub.can_recv()
        subscribe(xpub, other, b"")
        assert xpub.try_recv() == b"\x01"
        xpub.detach(group)
        assert not xpub.can_recv()
