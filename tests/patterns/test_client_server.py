import errno

import pytest

from purezmq.base.message import RoutedMessage
from purezmq.constants import SocketOption, SocketType
from purezmq.error import ZMQError
from purezmq.patterns import pattern_for

from .helpers import FIRST_ID, Tracked, arrive, drain, join, join_all, make, received, sent, set_option


@pytest.fixture
def client():
    return make(SocketType.CLIENT)


@pytest.fixture(params=["SERVER", "PEER"])
def server(request):
    return make(SocketType[request.param])


class TestClient:
    def test_requests_go_in_turn_and_replies_come_in_turn(self, client):
        first, second = join_all(client, 2)
        assert all(client.try_send(message) for message in (b"1", b"2", b"3"))
        assert (sent(first), sent(second)) == ([b"1", b"3"], [b"2"])
        arrive(client, first, b"a", b"b")
        arrive(client, second, b"c")
        assert received(client) == [b"a", b"c", b"b"]

    def test_it_would_block_without_a_server(self, client):
        assert not client.can_send() and not client.try_send(b"x")

    def test_hello_and_hiccup(self, client):
        set_option(client, "HELLO_MSG", b"hello")
        set_option(client, "HICCUP_MSG", b"hiccup")
        pipe = join(client, connected_here=True)
        assert sent(pipe) == [b"hello"]
        client.hiccup_lost(pipe)
        assert received(client) == [b"hiccup"]
        client.hiccup(pipe)
        assert sent(pipe) == [b"hello"]


class TestServer:
    def test_peers_are_numbered_from_a_random_start(self, server):
        assert [pipe.server_id for pipe in join_all(server, 3)] == [FIRST_ID, FIRST_ID + 1, FIRST_ID + 2]

    @pytest.mark.parametrize("kind", [SocketType.SERVER, SocketType.PEER])
    def test_numbers_wrap_around_without_0_and_without_doubles(self, kind):
        server = pattern_for(kind)(make(kind).options, 0xFFFFFFFF)
        last, first = join_all(server, 2)
        assert (last.server_id, first.server_id) == (0xFFFFFFFF, 1)
        server._next_id = 0xFFFFFFFF
        assert join(server).server_id == 2

    def test_messages_go_to_the_peer_that_is_meant(self, server):
        first, second = join_all(server, 2)
        tracked = Tracked(b"3")
        for pipe, message in ((second, b"1"), (first, b"2"), (second, tracked.message)):
            assert server.try_send(RoutedMessage(message, pipe.server_id))
        assert sent(first) == [b"2"]
        assert sent(second) == [b"1", tracked.message]

    def test_received_messages_tell_where_they_are_from(self, server):
        first, second = join_all(server, 2)
        arrive(server, second, b"1")
        assert server.try_recv() == b"1"
        assert server.last_pipe is second
        arrive(server, first, b"2", b"3")
        assert received(server) == [b"2", b"3"]
        assert server.last_pipe is first

    @pytest.mark.parametrize("message", [RoutedMessage(b"x", 4711), RoutedMessage(b"x", 0), b"x", (b"x",)])
    def test_without_such_a_peer_it_says_so(self, server, message):
        join(server)
        with pytest.raises(ZMQError, match="peer") as caught:
            server.try_send(message)
        assert caught.value.errno == errno.EHOSTUNREACH

    def test_a_peer_that_left_is_unreachable_and_its_last_words_keep_its_number(self, server):
        pipe = join(server)
        number = pipe.server_id
        arrive(server, pipe, b"last words")
        server.detach(pipe)
        with pytest.raises(ZMQError):
            server.try_send(RoutedMessage(b"x", number))
        assert server.try_recv() == b"last words"
        assert server.last_pipe.server_id == number

    def test_full_peer_would_block_while_others_take_messages(self, server):
        full, free = join_all(server, 2, limit=2)
        for _ in range(2):
            assert server.try_send(RoutedMessage(b"x", full.server_id))
        assert not server.try_send(RoutedMessage(b"x", full.server_id))
        assert server.can_send()
        assert server.try_send(RoutedMessage(b"x", free.server_id))
        drain(server, full, 1)
        assert server.try_send(RoutedMessage(b"x", full.server_id))

    def test_disconnect_message_is_for_accepted_peers(self, server):
        set_option(server, "DISCONNECT_MSG", b"gone")
        accepted, connected = join(server), join(server, connected_here=True)
        arrive(server, accepted, b"before")
        server.detach(accepted)
        server.detach(connected)
        server.detach(accepted)
        assert received(server) == [b"before", b"gone"]
        assert server.last_pipe is accepted

    def test_hello_comes_first_and_again_after_a_hiccup(self, server):
        set_option(server, "HELLO_MSG", b"hello")
        pipe = join(server, connected_here=True)
        server.try_send(RoutedMessage(b"1", pipe.server_id))
        assert sent(pipe) == [b"hello", b"1"]
        server.try_send(RoutedMessage(b"2", pipe.server_id))
        server.hiccup(pipe)
        assert sent(pipe) == [b"hello", b"2"]

    def test_it_has_no_lanes(self, server):
        arrive(server, join(server), b"1")
        assert server.lane_in() is None and server.lane_out() is None


class TestPeer:
    def test_hiccup_message_only_after_a_connection(self):
        peer = make(SocketType.PEER, hiccup_msg=b"hiccup")
        pipe = join(peer, connected_here=True)
        peer.hiccup_lost(pipe)
        peer.hiccup_lost(pipe)
        peer.hiccup(pipe)
        peer.hiccup_lost(pipe)
        assert received(peer) == [b"hiccup", b"hiccup"]

    def test_only_peer_knows_the_hiccup_message(self):
        assert make(SocketType.PEER).set_option(SocketOption.HICCUP_MSG, b"x")
        assert not make(SocketType.SERVER).set_option(SocketOption.HICCUP_MSG, b"x")
