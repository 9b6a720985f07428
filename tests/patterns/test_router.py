import errno

import pytest

from purezmq import error
from purezmq.base.message import TrackedMessage
from purezmq.constants import Errno, RouterNotify, SocketType

from .helpers import Tracked, arrive, drain, join, join_all, make, new_pipe, received, sent, set_option


@pytest.fixture
def router():
    return make(SocketType.ROUTER)


@pytest.fixture
def mandatory():
    return make(SocketType.ROUTER, router_mandatory=1)


class TestReceiving:
    def test_routing_id_is_put_before_the_message(self, router):
        pipe = join(router, routing_id=b"A")
        arrive(router, pipe, b"x", (b"", b"y"), b"")
        assert received(router) == [(b"A", b"x"), (b"A", b"", b"y"), (b"A", b"")]
        assert router.last_pipe is pipe

    def test_peers_take_turns(self, router):
        first, second = join(router, routing_id=b"A"), join(router, routing_id=b"B")
        arrive(router, first, b"1", b"2")
        arrive(router, second, b"3")
        assert received(router) == [(b"A", b"1"), (b"B", b"3"), (b"A", b"2")]

    def test_anonymous_peers_get_generated_ids(self, router):
        first, second = join_all(router, 2)
        arrive(router, first, b"1")
        arrive(router, second, b"2")
        assert received(router) == [(b"\x00\x01\x02\x03\x04", b"1"), (b"\x00\x01\x02\x03\x05", b"2")]

    def test_messages_of_a_gone_peer_are_still_received(self, router):
        pipe = join(router, routing_id=b"A")
        arrive(router, pipe, b"1")
        router.detach(pipe)
        assert received(router) == [(b"A", b"1")]

    def test_tracked_message_stays_tracked(self, router):
        tracked = Tracked(b"x")
        arrive(router, join(router, routing_id=b"A"), tracked.message)
        message = router.try_recv()
        assert type(message) is TrackedMessage and message == (b"A", b"x")
        message.on_sent()
        assert tracked.told_count == 1

    def test_there_are_no_lanes(self, router):
        pipe = join(router, routing_id=b"A")
        arrive(router, pipe, b"1")
        assert router.lane_in() is None and router.lane_out() is None


class TestSending:
    def test_first_part_selects_the_peer_and_is_removed(self, router):
        first, second = join(router, routing_id=b"A"), join(router, routing_id=b"B")
        assert router.try_send((b"B", b"x"))
        assert router.try_send((b"A", b"", b"y"))
        assert (sent(first), sent(second)) == ([(b"", b"y")], [b"x"])

    def test_routing_id_may_be_any_buffer(self, router):
        pipe = join(router, routing_id=b"A")
        router.try_send((memoryview(bytearray(b"A")), b"x"))
        assert sent(pipe) == [b"x"]

    def test_unknown_id_is_dropped_and_counted(self, router):
        join(router, routing_id=b"A")
        tracked = Tracked(b"B", b"x")
        assert router.try_send(tracked.message)
        assert router.drops == {"unroutable": 1}
        assert tracked.told_count == 1

    def test_full_peer_is_dropped_and_counted(self, router):
        pipe = join(router, limit=1, routing_id=b"A")
        for message in (b"1", b"2"):
            assert router.try_send((b"A", message))
        assert sent(pipe) == [b"1"]
        assert router.drops == {"no_room": 1}

    @pytest.mark.parametrize("message", [b"A", (b"A",)])
    def test_lone_id_is_consumed(self, mandatory, message):
        pipe = join(mandatory, routing_id=b"A")
        assert mandatory.try_send(message)
        assert not pipe.outbox
        assert mandatory.drops == {"no_body": 1}

    def test_pollout_is_always_set(self, router):
        assert router.can_send()
        join(router, limit=1, routing_id=b"A")
        router.try_send((b"A", b"1"))
        assert router.can_send()

    def test_gone_peer_is_unroutable(self, router):
        router.detach(join(router, routing_id=b"A"))
        router.try_send((b"A", b"x"))
        assert router.drops == {"unroutable": 1}
        assert not router.has_peer(b"A")


class TestMandatory:
    def test_unknown_id_is_an_error_that_names_it(self, mandatory):
        with pytest.raises(error.ZMQError, match=r"routing id b'B'") as caught:
            mandatory.try_send((b"B", b"x"))
        assert caught.value.errno == errno.EHOSTUNREACH
        assert mandatory.drops == {}

    def test_full_peer_would_block_until_its_low_water_mark(self, mandatory):
        pipe = join(mandatory, limit=2, routing_id=b"A")
        join(mandatory, routing_id=b"B")
        for _ in range(2):
            assert mandatory.try_send((b"A", b"x"))
        assert not mandatory.try_send((b"A", b"y"))
        assert mandatory.try_send((b"B", b"z"))
        drain(mandatory, pipe, 1)
        assert mandatory.try_send((b"A", b"y"))
        assert mandatory.drops == {}

    def test_pollout_means_that_some_peer_has_room(self, mandatory):
        assert not mandatory.can_send()
        join(mandatory, connected_here=True)
        pipe = join(mandatory, limit=1, routing_id=b"A")
        assert mandatory.can_send()
        mandatory.detach(next(iter(mandatory.pipes)))
        mandatory.try_send((b"A", b"x"))
        assert not mandatory.can_send()
        drain(mandatory, pipe, 1)
        assert mandatory.can_send()

    def test_option_works_on_the_living_socket(self, router):
        router.try_send((b"B", b"x"))
        set_option(router, "ROUTER_MANDATORY", 1)
        with pytest.raises(error.ZMQError):
            router.try_send((b"B", b"x"))


class TestConnectedPipes:
    def test_pipe_without_a_name_can_neither_be_addressed_nor_read(self, mandatory):
        pipe = new_pipe()
        assert mandatory.attach(pipe, True)
        pipe.inbox.append(b"early")
        mandatory.readable(pipe)
        assert not mandatory.can_recv()
        assert not mandatory.can_send()
        assert pipe.routing_id == b""
        assert mandatory.identify(pipe, b"A")
        assert received(mandatory) == [(b"A", b"early")]
        assert mandatory.try_send((b"A", b"x"))

    def test_peer_that_announces_nothing_gets_a_generated_id(self, router):
        pipe = new_pipe()
        router.attach(pipe, True)
        assert router.identify(pipe, b"")
        assert pipe.routing_id == b"\x00\x01\x02\x03\x04"

    def test_given_name_works_before_the_handshake_and_outlives_the_announced_one(self, mandatory):
        pipe = new_pipe(routing_id=b"given")
        assert mandatory.attach(pipe, True)
        assert mandatory.try_send((b"given", b"x"))
        assert mandatory.identify(pipe, b"announced")
        assert pipe.routing_id == b"given"
        assert not mandatory.has_peer(b"announced")

    def test_first_id_is_kept_after_a_reconnect(self, router):
        pipe = join(router, routing_id=b"A", connected_here=True)
        router.hiccup_lost(pipe)
        assert router.identify(pipe, b"B")
        router.hiccup(pipe)
        assert pipe.routing_id == b"A"

    def test_given_name_in_use_is_refused(self, router):
        join(router, routing_id=b"A")
        assert router.has_peer(b"A")
        assert not router.attach(new_pipe(routing_id=b"A"), True)

    def test_announced_name_in_use_is_refused(self, router):
        owner = join(router, routing_id=b"A")
        pipe = new_pipe()
        router.attach(pipe, True)
        assert not router.identify(pipe, b"A")
        router.detach(pipe)
        router.try_send((b"A", b"x"))
        assert sent(owner) == [b"x"]


class TestDuplicates:
    def test_newcomer_with_a_name_in_use_is_refused(self, router):
        owner = join(router, routing_id=b"A")
        assert not router.attach(new_pipe(routing_id=b"A"), False)
        router.try_send((b"A", b"x"))
        assert sent(owner) == [b"x"]
        assert len(router.pipes) == 1

    def test_handover_gives_the_name_to_the_newcomer(self):
        router = make(SocketType.ROUTER, router_handover=1)
        old = join(router, routing_id=b"A")
        arrive(router, old, b"sent before")
        new = join(router, routing_id=b"A")
        router.try_send((b"A", b"x"))
        assert (sent(old), sent(new)) == ([], [b"x"])
        assert router.to_close == [old]
        assert received(router) == [(b"\x00\x01\x02\x03\x04", b"sent before")]

    def test_end_of_the_old_owner_leaves_the_new_one_alone(self):
        router = make(SocketType.ROUTER, router_handover=1)
        old, new = join(router, routing_id=b"A"), join(router, routing_id=b"A")
        router.detach(old)
        router.try_send((b"A", b"x"))
        assert sent(new) == [b"x"]

    def test_handover_at_the_handshake_of_a_connected_pipe(self):
        router = make(SocketType.ROUTER, router_handover=1)
        old = join(router, routing_id=b"A")
        new = join(router, routing_id=b"", connected_here=True)
        assert new.routing_id != b"A"
        newer = new_pipe()
        router.attach(newer, True)
        assert router.identify(newer, b"A")
        assert router.to_close == [old]


class TestNotifications:
    BOTH = RouterNotify.CONNECT | RouterNotify.DISCONNECT

    def test_user_hears_of_peers_that_come_and_go(self):
        router = make(SocketType.ROUTER, router_notify=self.BOTH)
        pipe = join(router, routing_id=b"A")
        assert received(router) == [(b"A", b"")]
        arrive(router, pipe, b"x")
        router.detach(pipe)
        assert received(router) == [(b"A", b"x"), (b"A", b"")]

    def test_arrival_comes_before_what_waits_in_the_pipe(self):
        router = make(SocketType.ROUTER, router_notify=self.BOTH)
        pipe = new_pipe(routing_id=b"A")
        pipe.inbox.append(b"early")
        router.attach(pipe, False)
        assert received(router) == [(b"A", b""), (b"A", b"early")]

    @pytest.mark.parametrize(("bits", "expected"), [(0, 0), (1, 1), (2, 1), (3, 2)])
    def test_each_direction_has_its_bit(self, bits, expected):
        router = make(SocketType.ROUTER, router_notify=bits)
        router.detach(join(router, routing_id=b"A"))
        assert len(received(router)) == expected

    def test_connected_peer_comes_with_its_handshake_and_goes_with_its_connection(self):
        router = make(SocketType.ROUTER, router_notify=self.BOTH)
        pipe = new_pipe(routing_id=b"A")
        router.attach(pipe, True)
        assert received(router) == []
        router.identify(pipe, b"")
        assert received(router) == [(b"A", b"")]
        router.hiccup_lost(pipe)
        assert received(router) == [(b"A", b"")]
        router.detach(pipe)
        assert received(router) == []

    def test_reconnect_is_an_arrival_after_what_is_unread(self):
        router = make(SocketType.ROUTER, router_notify=RouterNotify.CONNECT)
        pipe = join(router, routing_id=b"A", connected_here=True)
        received(router)
        arrive(router, pipe, b"unread")
        router.hiccup_lost(pipe)
        router.hiccup(pipe)
        arrive(router, pipe, b"new")
        assert received(router) == [(b"A", b"unread"), (b"A", b""), (b"A", b"new")]

    def test_disconnect_message_comes_last_and_only_from_accepted_peers(self):
        router = make(SocketType.ROUTER, disconnect_msg=b"GONE")
        accepted = join(router, routing_id=b"A")
        connected = join(router, routing_id=b"B", connected_here=True)
        arrive(router, accepted, b"x")
        router.detach(accepted)
        router.hiccup_lost(connected)
        router.detach(connected)
        assert received(router) == [(b"A", b"x"), (b"A", b"GONE")]


def test_probe_is_received_as_an_empty_message(router):
    arrive(router, join(router, routing_id=b"A"), b"")
    assert received(router) == [(b"A", b"")]


def test_error_number_of_unroutable_is_the_same_everywhere():
    assert Errno.EHOSTUNREACH == errno.EHOSTUNREACH


def test_there_is_room_for_everything_unless_the_peer_matters():
    assert make(SocketType.ROUTER).room(7) == 7
    router = make(SocketType.ROUTER, router_mandatory=1)
    assert router.room(7) == 1
