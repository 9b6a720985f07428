"""Turn by turn: outgoing messages are dealt out, incoming ones taken, peer by peer."""

from __future__ import annotations

import pytest

import purezmq as zmq

SENDERS = [(zmq.PUSH, zmq.PULL), (zmq.DEALER, zmq.DEALER)]
RECEIVERS = [(zmq.PULL, zmq.PUSH), (zmq.DEALER, zmq.DEALER)]


def connected(new_socket, make_endpoint, link, kinds, transport, count):
    """One socket connected to ``count`` peers that are all there."""
    one = new_socket(kinds[0])
    others = [new_socket(kinds[1]) for _ in range(count)]
    for other in others:
        link(other, one, make_endpoint(transport))
    return one, others


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("kinds", SENDERS, ids=["PUSH", "DEALER"])
def test_messages_are_dealt_out_in_turn(new_socket, make_endpoint, link, kinds, transport):
    one, others = connected(new_socket, make_endpoint, link, kinds, transport, 3)
    for number in range(30):
        one.send(b"%d" % number)
    for index, other in enumerate(others):
        assert [int(other.recv()) for _ in range(10)] == list(range(index, 30, 3))


def test_a_message_of_many_parts_goes_to_one_peer(new_socket, make_endpoint, link):
    one, others = connected(new_socket, make_endpoint, link, SENDERS[0], "inproc", 2)
    for number in range(4):
        one.send_multipart([b"%d" % number, b"body"])
    assert [others[0].recv_multipart() for _ in range(2)] == [[b"0", b"body"], [b"2", b"body"]]
    assert [others[1].recv_multipart() for _ in range(2)] == [[b"1", b"body"], [b"3", b"body"]]


def test_requests_take_turns_over_the_servers(new_socket, make_endpoint, link):
    req, reps = connected(new_socket, make_endpoint, link, (zmq.REQ, zmq.REP), "tcp", 3)
    for index in [0, 1, 2, 0, 1, 2]:
        req.send(b"question")
        assert reps[index].recv() == b"question"
        reps[index].send(b"from %d" % index)
        assert req.recv() == b"from %d" % index


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("kinds", RECEIVERS, ids=["PULL", "DEALER"])
def test_a_busy_peer_does_not_starve_a_quiet_one(new_socket, make_endpoint, link, kinds, transport):
    one, (busy, quiet) = connected(new_socket, make_endpoint, link, kinds, transport, 2)
    for _ in range(500):
        busy.send(b"busy")
    for _ in range(5):
        quiet.send(b"quiet")
    received = [one.recv() for _ in range(505)]
    assert received.count(b"quiet") == 5


def test_waiting_messages_are_taken_one_from_each_in_turn(new_socket, make_endpoint, link):
    one, others = connected(new_socket, make_endpoint, link, RECEIVERS[0], "inproc", 3)
    for index, other in enumerate(others):
        for _ in range(4):
            other.send(b"%d" % index)
    received = [int(one.recv()) for _ in range(12)]
    for start in range(0, 12, 3):
        assert sorted(received[start : start + 3]) == [0, 1, 2]


def test_a_full_peer_is_passed_over(new_socket):
    push = new_socket(zmq.PUSH, sndhwm=1)
    slow, quick = new_socket(zmq.PULL, rcvhwm=1), new_socket(zmq.PULL, rcvhwm=1000)
    for name, pull in (("slow", slow), ("quick", quick)):
        pull.bind(f"inproc://{name}")
        push.connect(f"inproc://{name}")
    for number in range(100):
        push.send(b"%d" % number, zmq.DONTWAIT)
    got_slow = [int(slow.recv()) for _ in range(2)]
    got_quick = [int(quick.recv()) for _ in range(98)]
    assert sorted(got_slow + got_quick) == list(range(100))
    assert got_slow == [0, 2]


def test_a_peer_that_leaves_leaves_the_turn(new_socket, make_endpoint, link, eventually):
    push, (leaving, staying) = connected(new_socket, make_endpoint, link, SENDERS[0], "inproc", 2)
    push.send(b"0")
    assert leaving.recv() == b"0"
    leaving.close()

    def gets_all():
        push.send(b"a")
        push.send(b"b")
        received = [staying.recv(zmq.DONTWAIT) for _ in range(2) if staying.poll(50)]
        return len(received) == 2

    eventually(gets_all, "the peer that stays to get every message")
