import pytest

from purezmq import error
from purezmq.constants import Errno, SocketType
from purezmq.patterns.rep import envelope_length

from .helpers import Tracked, arrive, join, join_all, make, new_pipe, sent


@pytest.fixture
def rep():
    return make(SocketType.REP)


def test_reply_goes_to_the_asker_behind_its_envelope(rep):
    first, second = join_all(rep, 2)
    arrive(rep, second, (b"hop1", b"hop2", b"", b"question"))
    assert rep.try_recv() == b"question"
    assert rep.last_pipe is second
    assert rep.try_send(b"answer")
    assert sent(second) == [(b"hop1", b"hop2", b"", b"answer")]
    assert not sent(first)


def test_multipart_requests_and_replies_stay_whole(rep):
    pipe = join(rep)
    arrive(rep, pipe, (b"", b"a", b"", b"b"))
    assert rep.try_recv() == (b"a", b"", b"b")
    rep.try_send((b"c", b"d"))
    assert sent(pipe) == [(b"", b"c", b"d")]


def test_askers_take_turns(rep):
    first, second = join_all(rep, 2)
    arrive(rep, first, (b"", b"a1"), (b"", b"a2"))
    arrive(rep, second, (b"", b"b1"))
    order = []
    while rep.can_recv():
        order.append(rep.try_recv())
        rep.try_send(b"!")
    assert order == [b"a1", b"b1", b"a2"]
    assert (len(sent(first)), len(sent(second))) == (2, 1)


def test_send_before_recv_says_what_is_expected(rep):
    join(rep)
    assert not rep.can_send()
    with pytest.raises(error.ZMQError, match=r"call recv\(\) before send\(\)") as caught:
        rep.try_send(b"x")
    assert caught.value.errno == Errno.EFSM


def test_recv_before_the_reply_says_what_is_expected(rep):
    pipe = join(rep)
    arrive(rep, pipe, (b"", b"1"), (b"", b"2"))
    rep.try_recv()
    assert rep.can_send() and not rep.can_recv()
    with pytest.raises(error.ZMQError, match=r"call send\(\) before the next recv\(\)") as caught:
        rep.try_recv()
    assert caught.value.errno == Errno.EFSM
    rep.try_send(b"!")
    assert rep.try_recv() == b"2"


@pytest.mark.parametrize("junk", [b"x", (b"x", b"y"), (b"x", b""), (b"x", b"y", b"")])
def test_request_without_delimiter_and_body_is_dropped(rep, junk):
    pipe = join(rep)
    arrive(rep, pipe, junk)
    assert not rep.can_recv()
    arrive(rep, pipe, junk, (b"", b"good"))
    assert rep.try_recv() == b"good"
    assert rep.drops == {"malformed": 2}


def test_probe_is_no_request_and_no_loss(rep):
    pipe = join(rep)
    arrive(rep, pipe, b"", (b"", b"good"))
    assert rep.try_recv() == b"good"
    assert rep.drops == {}


def test_empty_body_is_a_request(rep):
    arrive(rep, join(rep), (b"", b""))
    assert rep.try_recv() == b""


def test_reply_to_a_vanished_peer_is_dropped(rep):
    pipe = join(rep)
    arrive(rep, pipe, (b"", b"?"), (b"", b"next"))
    rep.try_recv()
    rep.detach(pipe)
    assert rep.try_send(b"!")
    assert rep.drops == {"unroutable": 1}
    # What it had asked before it left is still received; the answer is lost as well.
    assert rep.try_recv() == b"next"
    assert rep.try_send(b"!")
    assert rep.drops == {"unroutable": 2}
    assert not pipe.outbox


def test_reply_to_a_full_peer_is_dropped_and_never_blocks(rep):
    pipe = join(rep, limit=1)
    for _ in range(2):
        arrive(rep, pipe, (b"", b"?"))
        rep.try_recv()
        assert rep.can_send()
        assert rep.try_send(b"!")
    assert sent(pipe) == [(b"", b"!")]
    assert rep.drops == {"no_room": 1}


def test_tracked_reply_that_is_dropped_is_given_back(rep):
    pipe = join(rep)
    arrive(rep, pipe, (b"", b"?"))
    rep.try_recv()
    rep.detach(pipe)
    tracked = Tracked(b"x")
    rep.try_send(tracked.message)
    assert tracked.told_count == 1


def test_peer_with_a_name_in_use_is_refused(rep):
    join(rep, routing_id=b"A")
    assert not rep.attach(new_pipe(routing_id=b"A"), False)


def test_connected_peer_with_a_name_in_use_is_refused_at_its_handshake(rep):
    join(rep, routing_id=b"A")
    pipe = new_pipe()
    assert rep.attach(pipe, True)
    assert not rep.identify(pipe, b"A")
    rep.detach(pipe)
    assert rep.identify(join(rep, connected_here=True), b"")


def test_handover_lets_the_newcomer_in_and_closes_the_old_pipe():
    rep = make(SocketType.REP, router_handover=1)
    old = join(rep, routing_id=b"A")
    new = join(rep, routing_id=b"A")
    assert rep.to_close == [old]
    assert new.routing_id == b"A" != old.routing_id


def test_name_is_free_again_after_its_owner_left(rep):
    rep.detach(join(rep, routing_id=b"A"))
    assert join(rep, routing_id=b"A")


@pytest.mark.parametrize(
    ("message", "length"),
    [
        ((b"", b"x"), 1),
        ((b"a", b"", b"x"), 2),
        ((b"", b"", b"x"), 1),
        ((b"a", b""), 0),
        (b"x", 0),
        ((b"a", b"b"), 0),
    ],
)
def test_envelope_ends_with_the_first_empty_part_that_is_not_the_last(message, length):
    assert envelope_length(message) == length
