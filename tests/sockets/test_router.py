"""ROUTER: messages find their way by routing id."""

from __future__ import annotations

import errno

import pytest

import purezmq as zmq


@pytest.fixture
def router(new_socket):
    return new_socket(zmq.ROUTER)


def errno_of(call, *args):
    with pytest.raises(zmq.ZMQError) as caught:
        call(*args)
    return caught.value.errno


def connect(new_socket, kind, router, **options):
    socket = new_socket(kind, **options)
    socket.connect(router.LAST_ENDPOINT.decode())
    return socket


def test_a_message_is_preceded_by_the_id_of_its_sender(new_socket, router, endpoint):
    router.bind(endpoint)
    dealer = connect(new_socket, zmq.DEALER, router, routing_id=b"alice")
    dealer.send_multipart([b"hello", b"world"])
    assert router.recv_multipart() == [b"alice", b"hello", b"world"]


def test_a_message_goes_to_the_peer_named_by_its_first_part(new_socket, router, endpoint):
    router.bind(endpoint)
    dealers = {name: connect(new_socket, zmq.DEALER, router, routing_id=name) for name in (b"a", b"b", b"c")}
    for dealer in dealers.values():
        dealer.send(b"here")
    for _ in dealers:
        router.recv_multipart()
    for name in dealers:
        router.send_multipart([name, b"for", name])
    for name, dealer in dealers.items():
        assert dealer.recv_multipart() == [b"for", name]


def test_a_nameless_peer_gets_five_bytes_starting_with_zero(new_socket, router, endpoint):
    router.bind(endpoint)
    names = set()
    for _ in range(3):
        dealer = connect(new_socket, zmq.DEALER, router)
        dealer.send(b"hello")
        name, body = router.recv_multipart()
        assert (len(name), name[:1], body) == (5, b"\0", b"hello")
        router.send_multipart([name, b"back"])
        assert dealer.recv() == b"back"
        names.add(name)
    assert len(names) == 3


def test_an_unknown_id_is_dropped_silently(router, endpoint):
    router.bind(endpoint)
    router.send_multipart([b"nobody", b"lost"])


def test_mandatory_makes_an_unknown_id_an_error(router, endpoint):
    router.bind(endpoint)
    router.router_mandatory = 1
    assert errno_of(router.send_multipart, [b"nobody", b"lost"]) == zmq.EHOSTUNREACH
    assert errno_of(router.send, b"nobody", zmq.SNDMORE) == zmq.EHOSTUNREACH


def test_after_an_error_the_next_message_is_a_new_one(new_socket, router, endpoint):
    router.bind(endpoint)
    router.router_mandatory = 1
    dealer = connect(new_socket, zmq.DEALER, router, routing_id=b"peer")
    dealer.send(b"hello")
    router.recv_multipart()
    assert errno_of(router.send, b"nobody", zmq.SNDMORE) == zmq.EHOSTUNREACH
    router.send_multipart([b"peer", b"fine"])
    assert dealer.recv_multipart() == [b"fine"]


def test_mandatory_makes_a_full_peer_would_block(new_socket, router):
    router.bind("inproc://mandatory-full")
    router.router_mandatory = 1
    router.sndhwm = 2
    dealer = connect(new_socket, zmq.DEALER, router, routing_id=b"peer", rcvhwm=1)
    dealer.send(b"hello")
    router.recv_multipart()
    sent = 0
    with pytest.raises(zmq.Again):
        for _ in range(3000):
            router.send_multipart([b"peer", b"x"], zmq.DONTWAIT)
            sent += 1
    assert 1 <= sent < 3000
    assert [dealer.recv() for _ in range(sent)] == [b"x"] * sent


def test_without_mandatory_a_full_peer_misses_messages(new_socket, router):
    router.bind("inproc://optional-full")
    dealer = connect(new_socket, zmq.DEALER, router, routing_id=b"peer", rcvhwm=1)
    dealer.send(b"hello")
    router.recv_multipart()
    for _ in range(3000):
        router.send_multipart([b"peer", b"x"], zmq.DONTWAIT)
    received = 0
    while dealer.poll(50):
        dealer.recv()
        received += 1
    assert 1 <= received < 3000


def test_a_lone_id_is_no_message(new_socket, router, endpoint):
    router.bind(endpoint)
    dealer = connect(new_socket, zmq.DEALER, router, routing_id=b"peer")
    dealer.send(b"hello")
    router.recv_multipart()
    router.send(b"peer")
    router.send_multipart([b"peer", b"real"])
    assert dealer.recv_multipart() == [b"real"]


def test_an_empty_message_arrives_with_its_id(new_socket, router, endpoint):
    router.bind(endpoint)
    connect(new_socket, zmq.DEALER, router, routing_id=b"peer").send(b"")
    assert router.recv_multipart() == [b"peer", b""]


def test_the_peer_that_left_is_unknown(new_socket, router, endpoint, eventually):
    router.bind(endpoint)
    router.router_mandatory = 1
    dealer = connect(new_socket, zmq.DEALER, router, routing_id=b"peer")
    dealer.send(b"last words")
    dealer.close()
    assert router.recv_multipart() == [b"peer", b"last words"]

    def is_unknown():
        try:
            router.send_multipart([b"peer", b"x"])
        except zmq.ZMQError as error:
            return error.errno == zmq.EHOSTUNREACH
        return False

    eventually(is_unknown, "the peer to be forgotten")


def test_a_second_peer_with_the_same_id_is_ignored(new_socket, router, endpoint):
    router.bind(endpoint)
    first = connect(new_socket, zmq.DEALER, router, routing_id=b"same")
    first.send(b"first")
    assert router.recv_multipart() == [b"same", b"first"]
    second = connect(new_socket, zmq.DEALER, router, routing_id=b"same")
    second.send(b"second")
    assert router.poll(150) == 0
    router.send_multipart([b"same", b"answer"])
    assert first.recv() == b"answer"


def test_with_handover_the_second_peer_takes_over(new_socket, router, endpoint):
    router.router_handover = 1
    router.bind(endpoint)
    first = connect(new_socket, zmq.DEALER, router, routing_id=b"same")
    first.send(b"first")
    assert router.recv_multipart() == [b"same", b"first"]
    second = connect(new_socket, zmq.DEALER, router, routing_id=b"same")
    second.send(b"second")
    assert router.recv_multipart() == [b"same", b"second"]
    router.send_multipart([b"same", b"answer"])
    assert second.recv() == b"answer"


@pytest.mark.parametrize("kind", [zmq.DEALER, zmq.ROUTER, zmq.REQ], ids=str)
def test_a_probe_announces_the_peer(new_socket, router, endpoint, kind):
    router.bind(endpoint)
    prober = connect(new_socket, kind, router, routing_id=b"prober", probe_router=1)
    assert router.recv_multipart() == [b"prober", b""]
    if kind == zmq.DEALER:
        router.send_multipart([b"prober", b"welcome"])
        assert prober.recv() == b"welcome"


def test_connect_routing_id_names_the_peer_of_the_next_connect(new_socket, router, endpoint):
    dealer = new_socket(zmq.DEALER, routing_id=b"its own idea")
    dealer.bind(endpoint)
    router.connect_routing_id = b"chosen"
    router.connect(dealer.LAST_ENDPOINT.decode())
    router.send_multipart([b"chosen", b"hello"])
    assert dealer.recv() == b"hello"
    dealer.send(b"back")
    assert router.recv_multipart() == [b"chosen", b"back"]


def test_routers_talk_to_each_other_by_name(new_socket, endpoint, eventually):
    a, b = (
        new_socket(zmq.ROUTER, routing_id=b"A"),
        new_socket(zmq.ROUTER, routing_id=b"B", router_mandatory=1),
    )
    a.bind(endpoint)
    b.connect(a.LAST_ENDPOINT.decode())

    def can_send():
        try:
            b.send_multipart([b"A", b"hello"])
        except zmq.ZMQError as error:
            assert error.errno == zmq.EHOSTUNREACH
            return False
        return True

    eventually(can_send, "the name of the other router")
    assert a.recv_multipart() == [b"B", b"hello"]
    a.send_multipart([b"B", b"hello yourself"])
    assert b.recv_multipart() == [b"A", b"hello yourself"]


def test_a_router_can_always_take_a_message(router):
    assert router.poll(0, zmq.POLLOUT) == zmq.POLLOUT
    router.router_mandatory = 1
    assert router.poll(0, zmq.POLLOUT) == 0


def test_a_negative_mandatory_is_einval(router):
    assert errno_of(router.set, zmq.ROUTER_MANDATORY, -1) == errno.EINVAL
