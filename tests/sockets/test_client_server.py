"""CLIENT, SERVER and PEER: peers have numbers."""

from __future__ import annotations

import errno

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only  # libzmq has them in special builds only


@pytest.fixture
def server(new_socket, endpoint):
    socket = new_socket(zmq.SERVER)
    socket.bind(endpoint)
    return socket


def errno_of(call, *args, **kwargs):
    with pytest.raises(zmq.ZMQError) as caught:
        call(*args, **kwargs)
    return caught.value.errno


def join(new_socket, server, **options):
    """A new client, and its number at the server."""
    client = new_socket(zmq.CLIENT, **options)
    client.connect(server.LAST_ENDPOINT)
    client.send(b"hello")
    frame = server.recv(copy=False)
    assert frame.bytes == b"hello"
    return client, frame.routing_id


def test_every_client_gets_its_own_reply(new_socket, server):
    joined = [join(new_socket, server) for _ in range(3)]
    assert len({number for _, number in joined}) == 3
    for _, number in reversed(joined):
        assert 0 < number < 2**32
        server.send(b"to %d" % number, routing_id=number)
    for client, number in joined:
        assert client.recv() == b"to %d" % number


def test_a_number_stays_the_same(new_socket, server):
    client, number = join(new_socket, server)
    for _ in range(3):
        client.send(b"again")
        (frame,) = server.recv_multipart(copy=False)
        assert frame.routing_id == frame.get("routing_id") == number


def test_a_received_frame_finds_its_way_back(new_socket, server):
    client, number = join(new_socket, server)
    client.send(b"echo")
    tracker = server.send(server.recv(copy=False), copy=False)
    assert client.recv() == b"echo"
    assert tracker is None
    frame = zmq.Frame(b"x" * 100_000, track=True, copy=False)
    frame.routing_id = number
    tracker = server.send(frame, copy=False, track=True)
    assert client.recv() == b"x" * 100_000
    del frame
    tracker.wait(10)


def test_the_other_ways_to_send_take_the_number_too(new_socket, server):
    client, number = join(new_socket, server)
    server.send_string("text", routing_id=number)
    assert client.recv_string() == "text"
    server.send_json({"a": 1}, routing_id=number)
    assert client.recv_json() == {"a": 1}
    server.send_multipart([b"part"], routing_id=number)
    assert client.recv_multipart() == [b"part"]
    tracker = server.send(b"y" * 100_000, copy=False, track=True, routing_id=number)
    assert client.recv() == b"y" * 100_000
    tracker.wait(10)


def test_nobody_else_takes_a_number(new_socket):
    socket = new_socket(zmq.DEALER)
    assert errno_of(socket.send, b"x", routing_id=1) == errno.EINVAL
    assert errno_of(socket.send, b"x", group="g") == errno.EINVAL


@pytest.mark.parametrize("number", [-1, 2**32])
def test_impossible_numbers_are_refused(new_socket, server, number):
    assert errno_of(server.send, b"x", routing_id=number) == errno.EINVAL
    with pytest.raises(TypeError):
        server.send(b"x", routing_id="1")


def test_unknown_and_missing_numbers(new_socket, server):
    _, number = join(new_socket, server)
    assert errno_of(server.send, b"x", routing_id=number % 4711 + 1) == zmq.EHOSTUNREACH
    for attempt in (b"x", zmq.Frame(b"x")):
        assert errno_of(server.send, attempt) == zmq.EHOSTUNREACH
    assert errno_of(server.send, b"x", routing_id=0) == zmq.EHOSTUNREACH


def test_a_client_that_left_is_unreachable(new_socket, server, eventually):
    client, number = join(new_socket, server)
    client.close()

    def is_unreachable():
        try:
            server.send(b"x", routing_id=number)
        except zmq.ZMQError as error:
            return error.errno == zmq.EHOSTUNREACH
        return False

    eventually(is_unreachable, "the server to notice that the client left")


def test_a_full_client_blocks_its_own_messages_only(new_socket, make_endpoint):
    server = new_socket(zmq.SERVER, sndhwm=1)
    server.bind(make_endpoint("inproc"))
    (slow, slow_number), (quick, quick_number) = [join(new_socket, server, rcvhwm=1) for _ in range(2)]
    server.send(b"1", routing_id=slow_number)
    server.send(b"2", routing_id=slow_number)
    with pytest.raises(zmq.Again):
        server.send(b"3", zmq.DONTWAIT, routing_id=slow_number)
    with pytest.raises(zmq.Again):
        server.send(b"3", timeout=20, routing_id=slow_number)
    assert server.poll(0, zmq.POLLOUT)
    server.send(b"quick", routing_id=quick_number)
    assert quick.recv() == b"quick"
    assert [slow.recv(), slow.recv()] == [b"1", b"2"]
    server.send(b"3", routing_id=slow_number)
    assert slow.recv() == b"3"


def test_a_blocked_send_goes_on_when_there_is_room(new_socket, server, in_thread):
    client, number = join(new_socket, server, rcvhwm=10)
    server.sndhwm = 10
    data = bytes(100_000)

    def send():
        for _ in range(200):
            server.send(data, routing_id=number)

    sending = in_thread(send)
    for _ in range(200):
        assert client.recv() == data
    sending.result()


def test_requests_from_many_threads_find_their_way_back(new_socket, server, in_thread):
    def ask(client, name):
        for number in range(100):
            client.send(b"%s %d" % (name, number))
            assert client.recv() == b"answer to %s %d" % (name, number)

    def answer():
        for _ in range(300):
            frame = server.recv(copy=False)
            server.send(b"answer to " + frame.bytes, routing_id=frame.routing_id)

    clients = [new_socket(zmq.CLIENT) for _ in range(3)]
    for client in clients:
        client.connect(server.LAST_ENDPOINT)
    running = [in_thread(answer)] + [in_thread(ask, c, b"%d" % i) for i, c in enumerate(clients)]
    for thread in running:
        thread.result()


# Messages that the library sends itself


def test_hello_goes_to_every_new_peer(new_socket, endpoint):
    server = new_socket(zmq.SERVER)
    server.set(zmq.HELLO_MSG, b"welcome")
    server.bind(endpoint)
    client = new_socket(zmq.CLIENT)
    client.set(zmq.HELLO_MSG, b"hi")
    client.connect(server.LAST_ENDPOINT)
    assert client.recv() == b"welcome"
    assert server.recv() == b"hi"


@pytest.mark.parametrize("kind", [zmq.SERVER, zmq.PEER])
def test_the_end_of_an_accepted_peer_is_told(new_socket, endpoint, kind):
    server = new_socket(kind)
    server.set(zmq.DISCONNECT_MSG, b"it left")
    server.bind(endpoint)
    client = new_socket(zmq.CLIENT if kind == zmq.SERVER else zmq.PEER)
    if kind == zmq.SERVER:
        client.connect(server.LAST_ENDPOINT)
        client.send(b"hello")
    else:
        client.send(b"hello", routing_id=client.connect_peer(server.LAST_ENDPOINT))
    number = server.recv(copy=False).routing_id
    client.disconnect(server.LAST_ENDPOINT)
    frame = server.recv(copy=False)
    assert (frame.bytes, frame.routing_id) == (b"it left", number)


@pytest.mark.parametrize("kind", [zmq.CLIENT, zmq.PEER])
def test_a_broken_connection_is_told_at_the_connecting_side(new_socket, make_future_endpoint, kind):
    address = make_future_endpoint("tcp")
    server = new_socket(zmq.SERVER if kind == zmq.CLIENT else zmq.PEER)
    server.bind(address)
    client = new_socket(kind, linger=0)
    client.set(zmq.HICCUP_MSG, b"hiccup")
    client.set(zmq.HELLO_MSG, b"hello")
    client.connect(address)
    assert server.recv() == b"hello"
    server.close(0)
    assert client.recv() == b"hiccup"


# PEER


def test_a_peer_speaks_first(new_socket, endpoint):
    one, two = new_socket(zmq.PEER), new_socket(zmq.PEER)
    two.bind(endpoint)
    number = one.connect_peer(two.LAST_ENDPOINT)
    assert 0 < number < 2**32
    one.send(b"to two", routing_id=number)
    frame = two.recv(copy=False)
    assert frame.bytes == b"to two"
    two.send(b"to one", routing_id=frame.routing_id)
    frame = one.recv(copy=False)
    assert (frame.bytes, frame.routing_id) == (b"to one", number)


def test_a_peer_may_speak_before_the_other_is_there(new_socket, future_endpoint):
    one, two = new_socket(zmq.PEER), new_socket(zmq.PEER)
    number = one.connect_peer(future_endpoint)
    one.send(b"early", routing_id=number)
    two.bind(future_endpoint)
    assert two.recv() == b"early"


def test_several_connects_have_several_numbers(new_socket, endpoint):
    one, two = new_socket(zmq.PEER), new_socket(zmq.PEER)
    two.bind(endpoint)
    numbers = [one.connect_peer(two.LAST_ENDPOINT) for _ in range(3)]
    assert len(set(numbers)) == 3
    for number in numbers:
        one.send(b"%d" % number, routing_id=number)
    frames = [two.recv(copy=False) for _ in numbers]
    assert {int(frame.bytes) for frame in frames} == set(numbers)
    assert len({frame.routing_id for frame in frames}) == 3


def test_connect_peer_needs_a_peer_socket_and_a_pipe(new_socket, endpoint):
    assert errno_of(new_socket(zmq.SERVER).connect_peer, endpoint) == errno.ENOTSUP
    assert errno_of(new_socket(zmq.PEER, immediate=1).connect_peer, endpoint) == errno.EFAULT
    assert errno_of(new_socket(zmq.PEER).connect_peer, "nonsense") == errno.EINVAL


def test_a_plain_connect_of_a_peer_can_only_listen_at_first(new_socket, endpoint):
    one, two = new_socket(zmq.PEER), new_socket(zmq.PEER)
    two.bind(endpoint)
    one.set(zmq.HELLO_MSG, b"hello")
    one.connect(two.LAST_ENDPOINT)
    two.send(two.recv(copy=False))
    frame = one.recv(copy=False)
    assert frame.bytes == b"hello" and frame.routing_id


def test_disconnecting_one_peer_leaves_the_others(new_socket, endpoint, eventually):
    one, two = new_socket(zmq.PEER), new_socket(zmq.PEER)
    two.set(zmq.DISCONNECT_MSG, b"gone")
    two.bind(endpoint)
    leaving, staying = (one.connect_peer(two.LAST_ENDPOINT) for _ in range(2))
    one.send(b"last words", routing_id=leaving)
    one.disconnect_peer(leaving)
    assert [two.recv(), two.recv()] == [b"last words", b"gone"]
    assert errno_of(one.send, b"x", routing_id=leaving) == zmq.EHOSTUNREACH
    assert errno_of(one.disconnect_peer, leaving) == zmq.EHOSTUNREACH
    one.send(b"still here", routing_id=staying)
    assert two.recv() == b"still here"


def test_a_server_sends_a_client_away(new_socket, server, eventually):
    client, number = join(new_socket, server, linger=0, reconnect_ivl=-1)
    server.send(b"go", routing_id=number)
    server.disconnect_peer(number)
    assert client.recv() == b"go"
    eventually(lambda: not server.peers(), "the connection to end")
    assert errno_of(server.send, b"x", routing_id=number) == zmq.EHOSTUNREACH


def test_disconnecting_a_peer_that_was_never_there(new_socket, make_future_endpoint, eventually):
    peer = new_socket(zmq.PEER, linger=0)
    number = peer.connect_peer(make_future_endpoint("tcp"))
    peer.disconnect_peer(number)
    eventually(lambda: not peer.peers(), "the connect to be given up")


def test_disconnect_peer_needs_numbers(new_socket):
    assert errno_of(new_socket(zmq.ROUTER).disconnect_peer, 1) == errno.ENOTSUP
