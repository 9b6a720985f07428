"""REQ and REP: question, answer, question, answer."""

from __future__ import annotations

import pytest

import purezmq as zmq


@pytest.fixture
def pair(new_socket, endpoint, link):
    rep, req = new_socket(zmq.REP), new_socket(zmq.REQ)
    link(rep, req, endpoint)
    return req, rep


def test_many_rounds(pair):
    req, rep = pair
    for number in range(200):
        req.send(b"%d" % number)
        assert rep.recv() == b"%d" % number
        rep.send(b"answer %d" % number)
        assert req.recv() == b"answer %d" % number


def test_multipart_both_ways(pair):
    req, rep = pair
    req.send_multipart([b"", b"a", b""])
    assert rep.recv_multipart() == [b"", b"a", b""]
    rep.send_multipart([b"b", b""])
    assert req.recv_multipart() == [b"b", b""]


@pytest.mark.parametrize(
    "mistake",
    [
        lambda req, rep: req.recv(),
        lambda req, rep: rep.send(b"unasked"),
        lambda req, rep: (req.send(b"1"), req.send(b"2")),
        lambda req, rep: (req.send(b"1"), rep.recv(), rep.recv()),
        lambda req, rep: req.recv(zmq.DONTWAIT),
    ],
    ids=["receive first", "answer first", "ask twice", "listen twice", "receive first, no wait"],
)
def test_the_wrong_order_is_efsm(pair, mistake):
    with pytest.raises(zmq.ZMQError) as caught:
        mistake(*pair)
    assert caught.value.errno == zmq.EFSM


def test_a_mistake_does_not_disturb_the_conversation(pair):
    req, rep = pair
    req.send(b"question")
    with pytest.raises(zmq.ZMQError):
        req.send(b"mistake")
    assert rep.recv() == b"question"
    with pytest.raises(zmq.ZMQError):
        rep.recv(zmq.DONTWAIT)
    rep.send(b"answer")
    assert req.recv() == b"answer"


def test_an_answer_needs_the_whole_question(pair):
    req, rep = pair
    req.send_multipart([b"a", b"b"])
    assert rep.recv() == b"a"
    with pytest.raises(zmq.ZMQError) as caught:
        rep.send(b"too early")
    assert caught.value.errno == zmq.EFSM
    assert rep.recv() == b"b"
    rep.send(b"answer")
    assert req.recv() == b"answer"


def test_a_timeout_leaves_the_socket_waiting_for_the_answer(pair):
    req, rep = pair
    req.send(b"question")
    with pytest.raises(zmq.Again):
        req.recv(zmq.DONTWAIT)
    with pytest.raises(zmq.ZMQError) as caught:
        req.send(b"another")
    assert caught.value.errno == zmq.EFSM
    rep.recv()
    rep.send(b"late")
    assert req.recv() == b"late"


def test_each_client_gets_its_own_answer(new_socket, pair):
    req, rep = pair
    others = [new_socket(zmq.REQ) for _ in range(4)]
    clients = [req, *others]
    for client in others:
        client.connect(rep.LAST_ENDPOINT.decode())
    for number, client in enumerate(clients):
        client.send(b"%d" % number)
    for _ in clients:
        rep.send(b"answer to " + rep.recv())
    for number, client in enumerate(clients):
        assert client.recv() == b"answer to %d" % number


def test_a_router_sees_the_envelope(new_socket, endpoint, link):
    router, req = new_socket(zmq.ROUTER), new_socket(zmq.REQ, routing_id=b"client")
    link(router, req, endpoint)
    req.send(b"body")
    assert router.recv_multipart() == [b"client", b"", b"body"]
    router.send_multipart([b"client", b"", b"answer"])
    assert req.recv_multipart() == [b"answer"]


def test_a_dealer_must_make_the_envelope_itself(new_socket, endpoint, link):
    rep, dealer = new_socket(zmq.REP), new_socket(zmq.DEALER)
    link(rep, dealer, endpoint)
    dealer.send(b"without an envelope it is thrown away")
    dealer.send_multipart([b"stack", b"of", b"", b"body"])
    assert rep.recv_multipart() == [b"body"]
    rep.send(b"answer")
    assert dealer.recv_multipart() == [b"stack", b"of", b"", b"answer"]


def test_the_answer_to_a_client_that_left_is_swallowed(new_socket, pair):
    req, rep = pair
    req.send(b"and goodbye")
    assert rep.recv() == b"and goodbye"
    req.close()
    rep.send(b"too late")
    newcomer = new_socket(zmq.REQ)
    newcomer.connect(rep.LAST_ENDPOINT.decode())
    newcomer.send(b"hello")
    assert rep.recv() == b"hello"
    rep.send(b"welcome")
    assert newcomer.recv() == b"welcome"


def test_a_request_without_servers_waits(new_socket, in_thread, endpoint):
    req, rep = new_socket(zmq.REQ), new_socket(zmq.REP)
    req.bind(endpoint)
    assert req.poll(0, zmq.POLLOUT) == 0
    sending = in_thread(req.send, b"question")
    rep.connect(req.LAST_ENDPOINT.decode())
    sending.result()
    assert rep.recv() == b"question"


def test_relaxed_allows_to_ask_again(new_socket, endpoint, link):
    router, req = new_socket(zmq.ROUTER), new_socket(zmq.REQ, req_relaxed=1, req_correlate=1)
    link(router, req, endpoint)
    req.send(b"first")
    client, first_id, empty, body = router.recv_multipart()
    assert (empty, body) == (b"", b"first")
    req.send(b"second")
    client_again, second_id, _, body = router.recv_multipart()
    assert (client_again, body) == (client, b"second")
    assert second_id != first_id
    router.send_multipart([client, first_id, b"", b"answer to the first"])
    router.send_multipart([client, second_id, b"", b"answer to the second"])
    assert req.recv() == b"answer to the second"


def test_correlate_adds_a_four_byte_number(new_socket, endpoint, link):
    router, req = new_socket(zmq.ROUTER), new_socket(zmq.REQ, req_correlate=1, routing_id=b"client")
    link(router, req, endpoint)
    numbers = set()
    for _ in range(3):
        req.send(b"question")
        client, number, *rest = router.recv_multipart()
        assert (client, len(number), rest) == (b"client", 4, [b"", b"question"])
        router.send_multipart([client, b"\0\0\0\0", b"", b"not for this question"])
        router.send_multipart([client, number, b"", b"answer"])
        assert req.recv() == b"answer"
        numbers.add(number)
    assert len(numbers) == 3
