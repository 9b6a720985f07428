"""REQ and REP across implementations keep in step."""

from __future__ import annotations

import pytest

import purezmq as zmq


@pytest.fixture(params=["we ask", "libzmq asks"])
def pair(request, new_socket, libzmq, wire_endpoint, link):
    if request.param == "we ask":
        req, rep = new_socket(zmq.REQ), libzmq.socket(zmq.REP)
    else:
        req, rep = libzmq.socket(zmq.REQ), new_socket(zmq.REP)
    link(rep, req, wire_endpoint)
    return req, rep


def test_a_hundred_rounds(pair):
    req, rep = pair
    for number in range(100):
        req.send(b"%d" % number)
        assert rep.recv() == b"%d" % number
        rep.send(b"answer %d" % number)
        assert req.recv() == b"answer %d" % number


def test_the_wrong_order_is_refused_and_harmless(pair):
    req, rep = pair
    req.send(b"question")
    with pytest.raises(zmq.ZMQError) as caught:
        req.send(b"too early")
    assert caught.value.errno == zmq.EFSM
    assert rep.recv() == b"question"
    rep.send(b"answer")
    assert req.recv() == b"answer"


@pytest.mark.parametrize("who", ["we ask", "libzmq asks"])
def test_relaxed_and_correlated_requests(new_socket, libzmq, make_endpoint, link, who):
    ask, answer = (new_socket, libzmq.socket) if who == "we ask" else (libzmq.socket, new_socket)
    req, router = ask(zmq.REQ, req_relaxed=1, req_correlate=1), answer(zmq.ROUTER)
    link(router, req, make_endpoint("tcp"))
    req.send(b"first")
    first = router.recv_multipart()
    req.send(b"second")
    second = router.recv_multipart()
    assert first[0] == second[0]
    assert first[1] != second[1]
    router.send_multipart([*first[:3], b"late"])
    router.send_multipart([*second[:3], b"right"])
    assert req.recv() == b"right"


def test_one_server_of_ours_for_many_libzmq_clients(new_socket, libzmq, wire_endpoint, link):
    rep = new_socket(zmq.REP)
    clients = [libzmq.socket(zmq.REQ) for _ in range(10)]
    link(rep, *clients, wire_endpoint)
    for number, client in enumerate(clients):
        client.send(b"%d" % number)
    for _ in clients:
        rep.send(b"answer to " + rep.recv())
    for number, client in enumerate(clients):
        assert client.recv() == b"answer to %d" % number
