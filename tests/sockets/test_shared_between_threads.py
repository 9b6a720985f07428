"""One socket, many threads: every message stays whole and none is lost or doubled."""

from __future__ import annotations

import collections
import threading

import pytest

import purezmq as zmq

THREADS = 4
EACH = 300


@pytest.fixture
def together(in_thread):
    """Runs functions at the same time and waits for all of them."""

    def run(*functions):
        running = [in_thread(function) for function in functions]
        return [thread.result(30) for thread in running]

    return run


def sending(socket, name):
    def send():
        for number in range(EACH):
            socket.send_multipart([b"%d" % name, b"%d" % number, b"%d" % (name * number)])

    return send


def receiving(socket, count, into):
    def receive():
        for _ in range(count):
            into.append(socket.recv_multipart())

    return receive


def check(received):
    """All messages of every sender, each once and whole."""
    assert len(received) == THREADS * EACH
    for name, number, product in received:
        assert int(name) * int(number) == int(product)
    assert collections.Counter((m[0], m[1]) for m in received) == {
        (b"%d" % name, b"%d" % number): 1 for name in range(THREADS) for number in range(EACH)
    }


@pytest.mark.purezmq_only
def test_many_threads_send_on_one_socket(new_socket, endpoint, link, together):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, endpoint)
    received = []
    together(*(sending(push, name) for name in range(THREADS)), receiving(pull, THREADS * EACH, received))
    check(received)
    for name in range(THREADS):  # what one thread sends arrives in order
        assert [int(m[1]) for m in received if m[0] == b"%d" % name] == list(range(EACH))


@pytest.mark.purezmq_only
def test_many_threads_receive_on_one_socket(new_socket, endpoint, link, together):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, endpoint)
    received = []
    together(
        *(sending(push, name) for name in range(THREADS)),
        *(receiving(pull, EACH, received) for _ in range(THREADS)),
    )
    check(received)


@pytest.mark.purezmq_only
def test_a_message_sent_part_by_part_stays_whole_per_thread(new_socket, endpoint, link, together):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, endpoint)
    lock = threading.Lock()
    received = []

    def send(name):
        for number in range(EACH):
            with lock:  # the parts of one message are separate calls, so the callers must take turns
                push.send(b"%d" % name, zmq.SNDMORE)
                push.send(b"%d" % number, zmq.SNDMORE)
                push.send(b"%d" % (name * number))

    together(*(lambda n=n: send(n) for n in range(THREADS)), receiving(pull, THREADS * EACH, received))
    check(received)


@pytest.mark.purezmq_only
def test_one_thread_sends_while_another_receives_on_the_same_socket(new_socket, endpoint, link, together):
    a, b = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    link(a, b, endpoint)

    def send(socket):
        for number in range(1000):
            socket.send(b"%d" % number)

    def receive(socket):
        return [int(socket.recv()) for _ in range(1000)]

    _, _, at_a, at_b = together(lambda: send(a), lambda: send(b), lambda: receive(a), lambda: receive(b))
    assert at_a == at_b == list(range(1000))


@pytest.mark.purezmq_only
def test_a_publisher_shared_by_threads(new_socket, endpoint, link, together):
    pub, sub = new_socket(zmq.XPUB, sndhwm=0), new_socket(zmq.SUB, rcvhwm=0)
    link(pub, sub, endpoint)
    sub.subscribe(b"")
    assert pub.recv() == b"\x01"
    received = []
    together(*(sending(pub, name) for name in range(THREADS)), receiving(sub, THREADS * EACH, received))
    check(received)


@pytest.mark.purezmq_only
@pytest.mark.parametrize("end", ["close", "term"])
def test_ending_in_one_thread_wakes_the_others(context, new_socket, in_thread, endpoint, end):
    pull = new_socket(zmq.PULL, rcvtimeo=-1)
    pull.bind(endpoint)
    started = threading.Barrier(4)

    def receive():
        started.wait(10)
        try:
            pull.recv()
        except zmq.ZMQError as error:
            return error.errno
        finally:
            pull.close()
        return None

    waiting = [in_thread(receive) for _ in range(3)]
    started.wait(10)
    if end == "close":
        pull.close()
    else:
        in_thread(context.term).wait()
    for thread in waiting:
        assert thread.result() in (zmq.ETERM, zmq.ENOTSOCK)


def test_a_socket_may_move_to_another_thread(new_socket, endpoint, link, in_thread):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, endpoint)
    for number in range(20):
        in_thread(push.send, b"%d" % number).result()
        assert in_thread(pull.recv).result() == b"%d" % number


def test_threads_with_sockets_of_their_own_share_a_context(context, in_thread):
    def round_trips(name):
        with context.socket(zmq.REP) as rep, context.socket(zmq.REQ) as req:
            req.rcvtimeo = rep.rcvtimeo = 10_000
            rep.bind(f"inproc://{name}")
            req.connect(f"inproc://{name}")
            for number in range(200):
                req.send(b"%d" % number)
                rep.send(rep.recv())
                assert req.recv() == b"%d" % number

    for thread in [in_thread(round_trips, number) for number in range(6)]:
        thread.result(30)


def test_two_threads_that_wait_in_one_socket_do_not_take_each_others_signals(
    new_socket, make_endpoint, in_thread
):
    # One waits for room and one for messages, at both ends: whoever is woken first must leave the signal to the other.
    messages = [b"%d" % number for number in range(5000)]

    def send(socket):
        for message in messages:
            socket.send(message)

    for _ in range(3):
        ends = new_socket(zmq.DEALER), new_socket(zmq.DEALER)
        ends[0].bind(make_endpoint("inproc"))
        ends[1].connect(ends[0].LAST_ENDPOINT)
        sending = [in_thread(send, end) for end in ends]
        for end in reversed(ends):
            assert [end.recv() for _ in messages] == messages
        for thread in sending:
            thread.result()
