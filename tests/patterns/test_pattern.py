import pytest

from purezmq import error
from purezmq.base.message import Subscription, TrackedMessage
from purezmq.constants import Errno, SocketType
from purezmq.patterns import pattern_for
from purezmq.patterns.pattern import as_message, with_envelope, without_envelope

from .helpers import Tracked, join, make, new_pipe, set_option

SENDERS_ONLY = [SocketType.PUB, SocketType.PUSH]
RECEIVERS_ONLY = [SocketType.SUB, SocketType.PULL]


@pytest.mark.parametrize("socket_type", SocketType)
def test_every_type_has_rules(socket_type):
    rules = pattern_for(int(socket_type))
    assert rules.socket_type is socket_type
    assert make(socket_type).name == socket_type.name


@pytest.mark.parametrize("number", [-1, 21, 4711])
def test_number_that_is_no_socket_type_is_refused(number):
    with pytest.raises(error.ZMQError, match=f"{number} is not a socket type"):
        pattern_for(number)


@pytest.mark.parametrize("socket_type", SENDERS_ONLY)
def test_sending_type_cannot_receive(socket_type):
    pattern = make(socket_type)
    with pytest.raises(error.ZMQError, match=f"{socket_type.name} sockets only send") as caught:
        pattern.try_recv()
    assert caught.value.errno == Errno.ENOTSUP
    assert not pattern.can_recv()


@pytest.mark.parametrize("socket_type", RECEIVERS_ONLY)
def test_receiving_type_cannot_send(socket_type):
    pattern = make(socket_type)
    join(pattern)
    with pytest.raises(error.ZMQError, match=f"{socket_type.name} sockets only receive") as caught:
        pattern.try_send(b"x")
    assert caught.value.errno == Errno.ENOTSUP
    assert not pattern.can_send()


@pytest.mark.parametrize("socket_type", SocketType)
def test_nobody_can_send_more_than_pollout_says_without_peers(socket_type):
    pattern = make(socket_type)
    always = {"PUB", "RADIO", "XPUB", "XSUB", "ROUTER", "STREAM", "SERVER", "PEER"}
    assert pattern.can_send() == (socket_type.name in always)
    assert not pattern.can_recv()
    assert pattern.lane_in() is None
    # A publisher's lane leads to nobody in particular.
    assert (pattern.lane_out() is None) == (socket_type.name not in {"PUB", "XPUB"})


@pytest.mark.parametrize("socket_type", SocketType)
def test_option_of_another_type_is_not_handled(socket_type):
    assert not make(socket_type).set_option(9999, 1)


@pytest.mark.parametrize("socket_type", SocketType)
def test_pipes_can_come_and_go_in_any_type(socket_type):
    pattern = make(socket_type)
    for _ in range(3):
        pipe = join(pattern)
        pattern.detach(pipe)
        pattern.writable(pipe)  # a wake-up that crossed with the end of an inproc peer
        pattern.readable(pipe)
        assert not pipe.out_active
        assert pipe not in pattern.pipes
    # STREAM tells its user that connections came and went.
    assert pattern.can_recv() == (socket_type is SocketType.STREAM)


@pytest.mark.parametrize("socket_type", [SocketType.PUSH, SocketType.PULL, SocketType.REQ, SocketType.PAIR])
def test_type_without_topics_has_no_topics_count(socket_type):
    with pytest.raises(error.ZMQError, match="no topics"):
        _ = make(socket_type).topics_count


def test_set_option_changes_the_value_that_the_pattern_looks_at():
    router = make(SocketType.ROUTER)
    set_option(router, "ROUTER_MANDATORY", 1)
    assert router.options.router_mandatory == 1


def test_one_part_always_comes_as_bytes():
    assert as_message((b"x",)) == b"x"
    assert as_message((memoryview(b"x"),)) == b"x"
    assert type(as_message((memoryview(b"x"),))) is bytes
    assert as_message((b"x", b"y")) == (b"x", b"y")
    assert as_message(b"x") == b"x"


def test_subscription_that_strays_to_another_type_is_a_message():
    assert as_message(Subscription(True, b"t")) == b"\x01t"


def test_tracked_message_passes_as_it_is():
    message = Tracked(b"x").message
    assert as_message(message) is message


def test_envelope_is_put_before_any_kind_of_message():
    envelope = (b"id", b"")
    assert with_envelope(envelope, b"x") == (b"id", b"", b"x")
    assert with_envelope(envelope, (b"x", b"y")) == (b"id", b"", b"x", b"y")
    assert with_envelope(envelope, Subscription(False, b"t")) == (b"id", b"", b"\x00t")


def test_envelope_is_taken_off_and_one_part_left_becomes_bytes():
    assert without_envelope((b"", b"x"), 1) == b"x"
    assert without_envelope((b"", b"x", b"y"), 1) == (b"x", b"y")


def test_single_part_in_foreign_memory_is_not_copied():
    view = memoryview(b"big")
    (part,) = without_envelope((b"id", view), 1)
    assert part is view


def test_tracked_message_stays_tracked_in_and_out_of_envelopes():
    tracked = Tracked(b"", b"big")
    wrapped = with_envelope((b"id",), tracked.message)
    bare = without_envelope(wrapped, 2)
    assert type(wrapped) is TrackedMessage and type(bare) is TrackedMessage
    assert bare == (b"big",)
    bare.on_sent()
    assert tracked.told_count == 1


class TestHello:
    TYPES = [SocketType.DEALER, SocketType.ROUTER]

    @pytest.mark.parametrize("socket_type", TYPES)
    def test_hello_comes_first_then_the_probe(self, socket_type):
        pattern = make(socket_type, hello_msg=b"HELLO", probe_router=1)
        pipe = join(pattern)
        assert list(pipe.outbox) == [b"HELLO", b""]

    @pytest.mark.parametrize("socket_type", TYPES)
    def test_hello_precedes_what_waits_for_a_new_connection(self, socket_type):
        pattern = make(socket_type, hello_msg=b"HELLO", probe_router=1)
        pipe = join(pattern, connected_here=True)
        pipe.outbox.clear()
        pipe.dirty = False
        pipe.push(b"waiting")
        pipe.dirty = False
        pattern.hiccup_lost(pipe)
        pattern.hiccup(pipe)
        assert list(pipe.outbox) == [b"HELLO", b"waiting"]
        assert pipe.dirty

    @pytest.mark.parametrize("socket_type", TYPES)
    def test_hello_that_never_left_is_not_doubled(self, socket_type):
        pattern = make(socket_type, hello_msg=b"HELLO")
        pipe = join(pattern, connected_here=True)
        pattern.hiccup_lost(pipe)
        pattern.hiccup(pipe)
        assert list(pipe.outbox) == [b"HELLO"]

    def test_req_probes_without_a_delimiter(self):
        pipe = join(make(SocketType.REQ, probe_router=1))
        assert list(pipe.outbox) == [b""]

    def test_refused_pipe_gets_nothing(self):
        router = make(SocketType.ROUTER, hello_msg=b"HELLO", probe_router=1)
        join(router, routing_id=b"A")
        pipe = new_pipe(routing_id=b"A")
        assert not router.attach(pipe, False)
        assert not pipe.outbox


class TestCallsForADetachedPipe:
    """disconnect() detaches a pipe while what is queued in it still leaves; its connection may live on for long."""

    @pytest.mark.parametrize("socket_type", SocketType)
    def test_they_change_nothing(self, socket_type):
        pattern = make(socket_type, hello_msg=b"", router_notify=3)
        pipe = new_pipe()
        pattern.attach(pipe, True)
        pattern.detach(pipe)
        assert pattern.identify(pipe, b"A")
        pattern.hiccup_lost(pipe)
        pattern.hiccup(pipe)
        pattern.detach(pipe)
        assert not pattern.can_recv()
        # The name that it announced is not taken.
        assert pattern.attach(new_pipe(routing_id=b"A"), False)

    @pytest.mark.parametrize("socket_type", [SocketType.PUSH, SocketType.DEALER])
    def test_second_detach_does_not_upset_the_lane(self, socket_type):
        pattern = make(socket_type)
        gone, *_ = [join(pattern) for _ in range(3)]
        pattern.detach(gone)
        pattern.detach(gone)
        assert pattern.lane_out() is None


class TestMaySend:
    """The question before the first part of a multipart message is taken."""

    @pytest.mark.parametrize(
        "socket_type", [SocketType.PUSH, SocketType.DEALER, SocketType.PAIR, SocketType.REQ]
    )
    def test_types_that_wait_for_room_say_no_without_it(self, socket_type):
        pattern = make(socket_type)
        assert not pattern.may_send(b"first")
        join(pattern, limit=1)
        assert pattern.may_send(b"first")
        assert pattern.try_send(b"x")
        if socket_type is not SocketType.REQ:
            assert not pattern.may_send(b"first")

    @pytest.mark.parametrize("socket_type", [SocketType.PUB, SocketType.XPUB, SocketType.XSUB])
    def test_types_that_drop_always_say_yes(self, socket_type):
        assert make(socket_type).may_send(b"first")

    @pytest.mark.parametrize("socket_type", RECEIVERS_ONLY)
    def test_types_that_cannot_send_raise(self, socket_type):
        with pytest.raises(error.ZMQError) as caught:
            make(socket_type).may_send(b"first")
        assert caught.value.errno == Errno.ENOTSUP

    def test_request_and_reply_out_of_turn_raise(self):
        req = make(SocketType.REQ)
        join(req)
        req.try_send(b"?")
        for pattern in (req, make(SocketType.REP)):
            with pytest.raises(error.ZMQError) as caught:
                pattern.may_send(b"first")
            assert caught.value.errno == Errno.EFSM

    def test_router_looks_for_the_peer_only_if_it_must(self):
        assert make(SocketType.ROUTER).may_send(b"nobody")
        router = make(SocketType.ROUTER, router_mandatory=1)
        with pytest.raises(error.ZMQError, match="nobody") as caught:
            router.may_send(b"nobody")
        assert caught.value.errno == Errno.EHOSTUNREACH
        join(router, limit=1, routing_id=b"A")
        assert router.may_send(memoryview(b"A"))
        router.try_send((b"A", b"x"))
        assert not router.may_send(b"A")

    def test_stream_looks_for_the_connection(self):
        stream = make(SocketType.STREAM)
        with pytest.raises(error.ZMQError, match="nobody"):
            stream.may_send(b"nobody")
        assert stream.may_send(join(stream).routing_id)
