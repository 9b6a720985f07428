import pytest

from purezmq.constants import SocketType

from .helpers import arrive, drain, join, join_all, make, new_pipe, received, sent


@pytest.fixture
def dealer():
    return make(SocketType.DEALER)


def test_requests_go_round_and_nothing_is_added(dealer):
    first, second = join_all(dealer, 2)
    for message in (b"1", (b"", b"2"), b"3"):
        assert dealer.try_send(message)
    assert (sent(first), sent(second)) == ([b"1", b"3"], [(b"", b"2")])


def test_answers_are_fair_queued_and_nothing_is_taken_off(dealer):
    first, second = join_all(dealer, 2)
    arrive(dealer, first, (b"", b"a1"), b"a2")
    arrive(dealer, second, b"b1")
    assert received(dealer) == [(b"", b"a1"), b"b1", b"a2"]


def test_without_room_it_would_block(dealer):
    assert not dealer.try_send(b"x")
    pipe = join(dealer, limit=2)
    assert dealer.try_send(b"1") and dealer.try_send(b"2")
    assert not dealer.can_send()
    assert not dealer.try_send(b"3")
    drain(dealer, pipe, 1)
    assert dealer.try_send(b"3")


def test_messages_of_a_gone_peer_are_still_received(dealer):
    pipe = join(dealer)
    arrive(dealer, pipe, b"1")
    dealer.detach(pipe)
    assert received(dealer) == [b"1"]
    assert not dealer.can_send()


def test_both_lanes_lead_to_the_only_peer(dealer):
    pipe = join(dealer)
    arrive(dealer, pipe, b"1")
    assert dealer.lane_in() is pipe.inbox
    assert dealer.lane_out() is pipe


def test_hiccup_message_is_received_after_what_came_before(dealer):
    dealer = make(SocketType.DEALER, hiccup_msg=b"HICCUP")
    pipe = join(dealer, connected_here=True)
    arrive(dealer, pipe, b"last words")
    dealer.hiccup_lost(pipe)
    assert received(dealer) == [b"last words", b"HICCUP"]


def test_without_hiccup_message_a_lost_connection_is_silent(dealer):
    pipe = join(dealer, connected_here=True)
    dealer.hiccup_lost(pipe)
    assert not dealer.can_recv()
    assert dealer.try_send(b"waits for the next connection")


def test_conflate_works_in_both_directions():
    dealer = make(SocketType.DEALER, conflate=1)
    pipe = join(dealer, limit=1)
    dealer.try_send(b"1")
    dealer.try_send(b"2")
    arrive(dealer, pipe, b"a", b"b")
    assert sent(pipe) == [b"2"]
    assert received(dealer) == [b"b"]
    assert dealer.lane_in() is None and dealer.lane_out() is None
    assert dealer.drops == {"conflated": 2}


def test_attempt_to_connect_that_fails_is_no_hiccup():
    dealer = make(SocketType.DEALER, hiccup_msg=b"HICCUP")
    pipe = new_pipe()
    dealer.attach(pipe, True)
    dealer.hiccup_lost(pipe)
    assert not dealer.can_recv()
    dealer.identify(pipe, b"")
    for _ in range(2):
        dealer.hiccup_lost(pipe)
        assert received(dealer) == [b"HICCUP"]
        dealer.hiccup(pipe)
