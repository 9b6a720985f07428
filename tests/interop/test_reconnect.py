"""A libzmq peer is killed and started again: what goes on, what is repeated, what is kept."""

from __future__ import annotations

import pytest

import purezmq as zmq
from purezmq.utils.monitor import recv_monitor_message


@pytest.fixture
def lose(watch):
    """Kills a peer and waits until our socket has noticed."""

    def kill_and_wait(peer, ours):
        monitor = watch(ours, zmq.EVENT_DISCONNECTED)
        peer.kill()
        assert monitor.poll(10_000), "the loss is not noticed"
        recv_monitor_message(monitor)

    return kill_and_wait


def next_topic(publisher, subscriber):
    """libzmq sends topics again when the subscriber's thread next enters the library; this makes it do so."""
    for _ in range(1000):
        if publisher.poll(10):
            return publisher.recv()
        subscriber.poll(0)
    pytest.fail("the topic is not sent again")


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_messages_sent_while_the_peer_is_away_wait_for_it(
    new_socket, start_libzmq, make_future_endpoint, lose, transport
):
    endpoint = make_future_endpoint(transport)
    push = new_socket(zmq.PUSH, reconnect_ivl=20)
    push.connect(endpoint)
    peer = start_libzmq()
    pull = peer.socket(zmq.PULL)
    pull.bind(endpoint)
    push.send(b"first life")
    assert pull.recv() == b"first life"
    lose(peer, push)
    for number in range(100):
        push.send(b"%d" % number)
    pull = start_libzmq().socket(zmq.PULL)
    pull.bind(endpoint)
    assert [int(pull.recv()) for _ in range(100)] == list(range(100))


def test_messages_received_before_the_peer_left_are_still_delivered(new_socket, start_libzmq, wire_endpoint):
    pull = new_socket(zmq.PULL)
    pull.bind(wire_endpoint)
    peer = start_libzmq()
    push = peer.socket(zmq.PUSH)
    push.connect(pull.LAST_ENDPOINT.decode())
    push.start_sending_numbers(100).result()
    assert pull.recv() == b"0"
    push.close()  # lets libzmq send what is left
    assert [int(pull.recv()) for _ in range(99)] == list(range(1, 100))


def test_topics_are_sent_again_to_a_new_publisher(new_socket, start_libzmq, make_future_endpoint, lose):
    endpoint = make_future_endpoint("tcp")
    sub = new_socket(zmq.SUB, reconnect_ivl=20)
    for topic in (b"a", b"b", b"gone"):
        sub.subscribe(topic)
    sub.unsubscribe(b"gone")
    sub.connect(endpoint)
    for round_number in range(2):
        peer = start_libzmq()
        xpub = peer.socket(zmq.XPUB)
        xpub.bind(endpoint)
        assert {next_topic(xpub, sub), next_topic(xpub, sub)} == {b"\x01a", b"\x01b"}
        assert xpub.poll(50) == 0
        xpub.send(b"a%d" % round_number)
        assert sub.recv() == b"a%d" % round_number
        lose(peer, sub)


def test_an_xsub_sends_its_topics_again_too(new_socket, start_libzmq, make_future_endpoint, lose):
    endpoint = make_future_endpoint("tcp")
    xsub = new_socket(zmq.XSUB, reconnect_ivl=20)
    xsub.connect(endpoint)
    xsub.send(b"\x01a")
    for _ in range(2):
        peer = start_libzmq()
        xpub = peer.socket(zmq.XPUB)
        xpub.bind(endpoint)
        assert next_topic(xpub, xsub) == b"\x01a"
        lose(peer, xsub)


def test_a_router_knows_our_name_again(new_socket, start_libzmq, make_future_endpoint, lose):
    endpoint = make_future_endpoint("tcp")
    dealer = new_socket(zmq.DEALER, routing_id=b"we", reconnect_ivl=20)
    dealer.connect(endpoint)
    for _ in range(2):
        peer = start_libzmq()
        router = peer.socket(zmq.ROUTER)
        router.bind(endpoint)
        dealer.send(b"hello")
        assert router.recv_multipart() == [b"we", b"hello"]
        router.send_multipart([b"we", b"back"])
        assert dealer.recv() == b"back"
        lose(peer, dealer)


def test_our_router_gives_the_name_of_a_dead_peer_to_its_successor(
    new_socket, start_libzmq, wire_endpoint, lose
):
    router = new_socket(zmq.ROUTER)
    router.bind(wire_endpoint)
    for _ in range(2):
        peer = start_libzmq()
        dealer = peer.socket(zmq.DEALER, routing_id=b"worker")
        dealer.connect(router.LAST_ENDPOINT.decode())
        dealer.send(b"hello")
        assert router.recv_multipart() == [b"worker", b"hello"]
        router.send_multipart([b"worker", b"back"])
        assert dealer.recv() == b"back"
        lose(peer, router)
        assert router.poll(0) == 0  # libzmq forgets the name when the socket is next used


def test_a_relaxed_request_is_asked_again_after_the_server_died(
    new_socket, start_libzmq, make_future_endpoint, lose
):
    endpoint = make_future_endpoint("tcp")
    req = new_socket(zmq.REQ, req_relaxed=1, req_correlate=1, reconnect_ivl=20)
    req.connect(endpoint)
    peer = start_libzmq()
    rep = peer.socket(zmq.REP)
    rep.bind(endpoint)
    req.send(b"question")
    assert rep.recv() == b"question"
    lose(peer, req)
    req.send(b"question again")
    rep = start_libzmq().socket(zmq.REP)
    rep.bind(endpoint)
    assert rep.recv() == b"question again"
    rep.send(b"answer")
    assert req.recv() == b"answer"


def test_our_publisher_forgets_a_dead_subscriber_and_serves_its_successor(
    new_socket, start_libzmq, wire_endpoint, lose
):
    xpub = new_socket(zmq.XPUB)
    xpub.bind(wire_endpoint)
    for round_number in range(2):
        peer = start_libzmq()
        sub = peer.socket(zmq.SUB)
        sub.set(zmq.SUBSCRIBE, b"a")
        sub.connect(xpub.LAST_ENDPOINT.decode())
        assert xpub.recv() == b"\x01a"
        xpub.send(b"a%d" % round_number)
        assert sub.recv() == b"a%d" % round_number
        lose(peer, xpub)
        assert xpub.recv() == b"\x00a"


def test_libzmq_comes_back_to_our_socket_after_it_was_closed(
    new_socket, libzmq, make_future_endpoint, eventually
):
    endpoint = make_future_endpoint("tcp")
    push = libzmq.socket(zmq.PUSH, reconnect_ivl=20)
    push.connect(endpoint)
    for round_number in range(3):
        with new_socket(zmq.PULL) as pull:
            eventually(lambda p=pull: _binds(p, endpoint), "the port to be free")
            received = None
            while received != b"%d" % round_number:  # what was on its way to our closed socket is lost
                push.send(b"%d" % round_number)
                if pull.poll(100):
                    received = pull.recv()


def _binds(socket, endpoint):
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        assert error.errno == zmq.EADDRINUSE
        return False
    return True
