import struct

import pytest

from purezmq import error
from purezmq.constants import Errno, SocketType
from purezmq.patterns.req import reply_is_well_formed

from .helpers import FIRST_ID, Tracked, arrive, join, join_all, make, sent, set_option


@pytest.fixture
def req():
    return make(SocketType.REQ)


def request_id(number: int) -> bytes:
    return struct.pack("=I", FIRST_ID + number)


def test_request_gets_a_delimiter_and_the_reply_loses_it(req):
    pipe = join(req)
    assert req.try_send(b"question")
    assert sent(pipe) == [(b"", b"question")]
    arrive(req, pipe, (b"", b"answer"))
    assert req.can_recv()
    assert req.try_recv() == b"answer"
    assert req.last_pipe is pipe


def test_multipart_requests_and_replies_stay_whole(req):
    pipe = join(req)
    req.try_send((b"a", b"", b"b"))
    assert sent(pipe) == [(b"", b"a", b"", b"b")]
    arrive(req, pipe, (b"", b"c", b"", b"d"))
    assert req.try_recv() == (b"c", b"", b"d")


def test_requests_go_round(req):
    first, second = join_all(req, 2)
    for pipe in (first, second, first):
        assert req.try_send(b"?")
        assert sent(pipe) == [(b"", b"?")]
        arrive(req, pipe, (b"", b"!"))
        assert req.try_recv() == b"!"


def test_recv_before_send_says_what_is_expected(req):
    join(req)
    with pytest.raises(error.ZMQError, match=r"call send\(\) before recv\(\)") as caught:
        req.try_recv()
    assert caught.value.errno == Errno.EFSM
    assert not req.can_recv()


def test_second_send_says_what_is_expected(req):
    pipe = join(req)
    req.try_send(b"1")
    assert not req.can_send()
    with pytest.raises(error.ZMQError, match=r"call recv\(\) before the next send\(\)") as caught:
        req.try_send(b"2")
    assert caught.value.errno == Errno.EFSM
    # The mistake harmed nothing: the first request is still answered.
    arrive(req, pipe, (b"", b"answer"))
    assert received_once(req) == b"answer"


def received_once(req):
    message = req.try_recv()
    with pytest.raises(error.ZMQError):
        req.try_recv()
    return message


def test_send_that_would_block_changes_nothing(req):
    assert not req.can_send()
    assert not req.try_send(b"nobody there")
    pipe = join(req)
    assert req.try_send(b"1")
    assert sent(pipe) == [(b"", b"1")]


def test_looking_for_a_reply_changes_nothing(req):
    pipe = join(req)
    req.try_send(b"?")
    arrive(req, pipe, (b"", b"!"))
    for _ in range(3):
        assert req.can_recv()
        assert not req.can_send()
    assert req.try_recv() == b"!"
    assert req.can_send()


def test_reply_of_a_peer_that_was_not_asked_is_dropped(req):
    asked, other = join_all(req, 2)
    req.try_send(b"?")
    arrive(req, other, (b"", b"me!"))
    assert not req.can_recv()
    arrive(req, other, (b"", b"me again!"))
    arrive(req, asked, (b"", b"!"))
    assert req.try_recv() == b"!"
    assert req.drops == {"stale_reply": 2}


@pytest.mark.parametrize("junk", [b"", b"x", (b"x", b"y"), (b"", b"")[:1]])
def test_reply_without_delimiter_is_dropped(req, junk):
    pipe = join(req)
    req.try_send(b"?")
    arrive(req, pipe, junk, (b"", b"!"))
    assert req.try_recv() == b"!"
    assert req.drops == {"stale_reply": 1}


def test_everything_that_waits_is_dropped_before_a_new_request(req):
    pipe = join(req)
    arrive(req, pipe, (b"", b"unasked"), (b"", b"for"))
    req.try_send(b"?")
    assert not req.can_recv()
    assert req.drops == {"stale_reply": 2}


def test_reply_that_the_asked_peer_sent_before_it_left_is_received(req):
    asked, other = join_all(req, 2)
    req.try_send(b"?")
    arrive(req, other, (b"", b"wrong"))
    arrive(req, asked, (b"", b"!"))
    req.detach(asked)
    assert req.try_recv() == b"!"


def test_after_the_asked_peer_is_gone_a_reply_may_come_from_anywhere(req):
    asked, other = join_all(req, 2)
    req.try_send(b"?")
    req.detach(asked)
    assert not req.can_recv()
    arrive(req, other, (b"", b"!"))
    assert req.can_recv()
    assert req.try_recv() == b"!"


def test_strict_socket_waits_on_after_its_peer_died(req):
    pipe = join(req)
    req.try_send(b"?")
    req.detach(pipe)
    join(req)
    assert not req.can_send()
    with pytest.raises(error.ZMQError):
        req.try_send(b"again")


class TestCorrelate:
    @pytest.fixture
    def req(self):
        return make(SocketType.REQ, req_correlate=1)

    def test_request_id_counts_up_before_each_request(self, req):
        pipe = join(req)
        for number in (1, 2):
            req.try_send(b"?")
            assert sent(pipe) == [(request_id(number), b"", b"?")]
            arrive(req, pipe, (request_id(number), b"", b"!", b"more"))
            assert req.try_recv() == (b"!", b"more")

    @pytest.mark.parametrize(
        "junk",
        [
            (b"", b"!"),
            (b"abcd", b"", b"!"),
            (request_id(1), b"x", b"!"),
            (request_id(1), b""),
            (request_id(0), b"", b"!"),
        ],
    )
    def test_reply_with_another_envelope_is_dropped(self, req, junk):
        pipe = join(req)
        req.try_send(b"?")
        arrive(req, pipe, junk, (request_id(1), b"", b"!"))
        assert req.try_recv() == b"!"
        assert req.drops == {"stale_reply": 1}

    def test_reply_is_judged_by_its_request_when_the_option_changes(self, req):
        pipe = join(req)
        req.try_send(b"?")
        set_option(req, "REQ_CORRELATE", 0)
        arrive(req, pipe, (request_id(1), b"", b"!"))
        assert req.try_recv() == b"!"

    def test_request_id_wraps_around(self):
        from purezmq.base.options import SocketOptions
        from purezmq.patterns.req import Req

        options = SocketOptions(SocketType.REQ)
        options.req_correlate = 1
        req = Req(options, 0xFFFFFFFF)
        pipe = join(req)
        req.try_send(b"?")
        assert sent(pipe) == [(bytes(4), b"", b"?")]


class TestRelaxed:
    def test_send_abandons_the_request_before(self):
        req = make(SocketType.REQ, req_relaxed=1)
        first, second = join_all(req, 2)
        assert req.try_send(b"1")
        assert req.can_send()
        assert req.try_send(b"2")
        assert (sent(first), sent(second)) == ([(b"", b"1")], [(b"", b"2")])
        arrive(req, first, (b"", b"late"))
        arrive(req, second, (b"", b"!"))
        assert req.try_recv() == b"!"

    def test_send_that_would_block_abandons_nothing(self):
        req = make(SocketType.REQ, req_relaxed=1)
        pipe = join(req, limit=1)
        req.try_send(b"1")
        assert not req.can_send()
        assert not req.try_send(b"2")
        arrive(req, pipe, (b"", b"!"))
        assert req.try_recv() == b"!"

    def test_with_correlate_a_late_reply_on_the_same_pipe_is_told_apart(self):
        req = make(SocketType.REQ, req_relaxed=1, req_correlate=1)
        pipe = join(req)
        req.try_send(b"1")
        req.try_send(b"2")
        arrive(req, pipe, (request_id(1), b"", b"late"), (request_id(2), b"", b"!"))
        assert req.try_recv() == b"!"

    def test_option_works_on_the_living_socket(self, req):
        join(req)
        req.try_send(b"1")
        set_option(req, "REQ_RELAXED", 1)
        assert req.try_send(b"2")


def test_tracked_request_stays_tracked(req):
    pipe = join(req)
    tracked = Tracked(b"big")
    req.try_send(tracked.message)
    (request,) = sent(pipe)
    assert request == (b"", b"big")
    request.on_sent()
    assert tracked.told_count == 1


def test_stale_tracked_message_is_given_back(req):
    pipe = join(req)
    tracked = Tracked(b"x", b"y")
    arrive(req, pipe, tracked.message)
    req.try_send(b"?")
    assert tracked.told_count == 1


@pytest.mark.parametrize(
    "message",
    [(b"", b"x"), (b"", b""), (b"", b"x", b"y"), (b"abcd", b"", b"x"), (b"abcd", b"", b""), (b"", b"", b"")],
)
@pytest.mark.parametrize("correlate", [True, False])
def test_well_formed_reply_has_a_delimiter_and_a_body(message, correlate):
    assert reply_is_well_formed(message, correlate)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"x",
        (b"x",),
        (b"x", b"y"),
        (b"abcd", b""),
        (b"abcd", b"x"),
        (b"abcde", b"", b"x"),
        (b"abc", b"", b"x"),
        (b"",),
    ],
)
@pytest.mark.parametrize("correlate", [True, False])
def test_other_replies_are_malformed(message, correlate):
    assert not reply_is_well_formed(message, correlate)


def test_no_reply_is_received_twice(req):
    pipe = join(req)
    req.try_send(b"?")
    arrive(req, pipe, (b"", b"!"), (b"", b"!!"))
    assert req.try_recv() == b"!"
    req.try_send(b"?")
    assert req.try_recv() is None
    assert req.drops == {"stale_reply": 1}


def test_several_replies_in_turn_are_all_received(req):
    pipe = join(req)
    for number in range(3):
        req.try_send(b"?")
        arrive(req, pipe, (b"", b"%d" % number))
        assert req.can_recv()
        assert req.try_recv() == b"%d" % number


def test_the_duty_of_a_requester_is_the_call_that_is_legal(req):
    assert "call send()" in req.duty
    pipe = join(req)
    req.try_send(b"question")
    assert "call recv()" in req.duty and "REQ_RELAXED" in req.duty
    set_option(req, "REQ_RELAXED", 1)
    assert "REQ_RELAXED" not in req.duty
    arrive(req, pipe, (b"", b"answer"))
    req.try_recv()
    assert "call send()" in req.duty
