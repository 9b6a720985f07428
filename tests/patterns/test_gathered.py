"""What went by a publisher's lane reaches the pipes that it would have reached one by one, in the same order."""

import random

import pytest

from purezmq.constants import SocketType

from .helpers import cancel, drain, join, join_all, make, sent, set_option, subscribe


@pytest.fixture(params=[SocketType.PUB, SocketType.XPUB], ids=["PUB", "XPUB"])
def publisher(request):
    return make(request.param)


def lane_send(publisher, *messages):
    """Send as sockets do by the lane, without a word to the rules."""
    publisher.lane_out().outbox.extend(messages)


def test_what_was_gathered_is_handed_out_when_the_rules_are_settled(publisher):
    everything, weather, nobody = join_all(publisher, 3)
    subscribe(publisher, everything, b"")
    subscribe(publisher, weather, b"weather")
    lane_send(publisher, b"weather: fine", (b"news", b"weather"), b"weather: bad")
    assert not everything.outbox
    publisher.settle()
    assert sent(everything) == [b"weather: fine", (b"news", b"weather"), b"weather: bad"]
    assert sent(weather) == [b"weather: fine", b"weather: bad"]
    assert not nobody.outbox
    assert everything.dirty_list == [everything]
    assert everything.messages_pushed == 3
    assert publisher.drops == {}


def test_nobody_wants_it(publisher):
    join(publisher)
    lane_send(publisher, b"a", b"b")
    publisher.settle()
    assert not publisher.lane_out().outbox


def test_messages_count_with_the_subscriptions_of_their_time(publisher):
    early, late = join_all(publisher, 2)
    subscribe(publisher, early, b"")
    lane_send(publisher, b"1")
    subscribe(publisher, late, b"")
    lane_send(publisher, b"2")
    cancel(publisher, early, b"")
    lane_send(publisher, b"3")
    publisher.settle()
    assert sent(early) == [b"1", b"2"]
    assert sent(late) == [b"2", b"3"]


def test_the_newest_message_may_be_kept_for_what_is_heard_now(publisher):
    pipe = join(publisher)
    lane_send(publisher, b"old", b"new")
    publisher.gathered.hand_out(keep=1)
    publisher.hears_now = True
    subscribe(publisher, pipe, b"")
    publisher.hears_now = False
    publisher.settle()
    assert sent(pipe) == [b"new"]


def test_other_ways_of_sending_keep_the_order(publisher):
    pipe = join(publisher)
    subscribe(publisher, pipe, b"")
    lane_send(publisher, b"1")
    publisher.try_send(memoryview(b"2").tobytes())
    lane_send(publisher, b"3")
    publisher.settle()
    assert sent(pipe) == [b"1", b"2", b"3"]


def test_a_pipe_that_ends_has_got_what_was_sent_before(publisher):
    pipe = join(publisher)
    subscribe(publisher, pipe, b"")
    lane_send(publisher, b"1")
    publisher.detach(pipe)
    assert sent(pipe) == [b"1"]


def test_a_full_pipe_misses_the_rest_and_it_is_counted(publisher):
    small, large = join(publisher, limit=3), join(publisher)
    for pipe in (small, large):
        subscribe(publisher, pipe, b"")
    messages = [b"%d" % number for number in range(10)]
    lane_send(publisher, *messages)
    publisher.settle()
    assert publisher.drops == {"no_room": 7}
    assert small.write_blocked and not large.write_blocked
    assert sent(large) == messages
    assert drain(publisher, small, 1) == [b"0"]
    lane_send(publisher, b"x")
    publisher.settle()
    assert publisher.drops == {"no_room": 8}, "it stays closed until the low-water mark"
    assert drain(publisher, small, 1) == [b"1"]
    lane_send(publisher, b"y")
    publisher.settle()
    assert sent(small) == [b"2", b"y"]


def test_the_driver_is_asked_to_make_room_first(publisher):
    pipe = join(publisher, limit=3)
    subscribe(publisher, pipe, b"")
    written = []

    def make_room(full):
        assert full is pipe
        written.extend(drain(publisher, pipe, len(pipe.outbox)))

    publisher.gathered.make_room = make_room
    lane_send(publisher, b"1", b"2")
    publisher.settle()
    lane_send(publisher, b"3", b"4")
    publisher.settle()
    assert written == [b"1", b"2"]
    assert sent(pipe) == [b"3", b"4"]
    assert publisher.drops == {}


def test_shares_are_offered_to_the_driver_those_of_the_oldest_messages_first(publisher):
    pipes = join_all(publisher, 4)
    for number, pipe in enumerate(pipes):
        subscribe(publisher, pipe, b"%d" % number)
    order = [2, 0, 3, 1]
    lane_send(publisher, *(b"%d %d" % (number, turn) for turn in range(2) for number in order))
    written = []

    def write(shares):
        if shares[-1][0] is pipes[3]:
            return False
        written.append(shares.pop())
        return True

    publisher.gathered.hand_out(0, write)
    assert written == [(pipes[number], [b"%d 0" % number, b"%d 1" % number]) for number in (2, 0, 1)]
    assert sent(pipes[3]) == [b"3 0", b"3 1"]
    assert not any(pipe.outbox for pipe in pipes)


def test_a_share_is_not_written_before_what_waits_already(publisher):
    waiting, blocked = join(publisher), join(publisher, limit=2)
    for pipe in (waiting, blocked):
        subscribe(publisher, pipe, b"")
    publisher.try_send(b"1")
    drain(publisher, blocked, 1)
    blocked.write_blocked = True
    lane_send(publisher, b"2", b"3")
    publisher.gathered.hand_out(0, lambda shares: pytest.fail("nothing is to be written"))
    assert sent(waiting) == [b"1", b"2", b"3"]
    assert publisher.drops == {"no_room": 2}


@pytest.mark.parametrize("option", ["INVERT_MATCHING", "XPUB_NODROP"])
def test_what_was_on_its_way_when_the_lane_ended(publisher, option):
    wants_a, wants_b = join_all(publisher, 2)
    subscribe(publisher, wants_a, b"a")
    subscribe(publisher, wants_b, b"b")
    box = publisher.lane_out().outbox
    box.append(b"a1")
    set_option(publisher, option, 1)
    assert publisher.lane_out() is None
    box.append(b"a2")
    publisher.settle()
    inverted = option == "INVERT_MATCHING"
    assert sent(wants_a) == ([b"a1"] if inverted else [b"a1", b"a2"])
    assert sent(wants_b) == ([b"a2"] if inverted else [])


def test_no_lane_where_older_messages_are_replaced():
    publisher = make(SocketType.PUB, conflate=1)
    assert publisher.lane_out() is not None
    join(publisher)
    assert publisher.lane_out() is None


@pytest.mark.parametrize("seed", range(20))
def test_the_lane_is_as_good_as_single_messages(seed):
    rng = random.Random(seed)
    by_lane, one_by_one = make(SocketType.PUB), make(SocketType.PUB)
    pipes = [join_all(publisher, 6, limit=40) for publisher in (by_lane, one_by_one)]
    topics = [b"", b"a", b"ab", b"abc", b"b", b"ba", b"c"]
    for _ in range(60):
        number, topic = rng.randrange(6), rng.choice(topics)
        change = rng.choice((subscribe, cancel))
        change(by_lane, pipes[0][number], topic)
        change(one_by_one, pipes[1][number], topic)
        for _ in range(rng.randrange(8)):
            body = bytes(rng.choice(b"abc") for _ in range(rng.randrange(4)))
            message = (body, b"x") if rng.randrange(3) == 0 else body
            lane_send(by_lane, message)
            one_by_one.try_send(message)
        by_lane.settle()
        assert by_lane.drops == one_by_one.drops
        for left, right in zip(*pipes, strict=True):
            assert left.outbox == right.outbox
            count = rng.randrange(len(left.outbox) + 1)
            assert drain(by_lane, left, count) == drain(one_by_one, right, count)
