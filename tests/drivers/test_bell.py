"""Threads that wait in sockets without descriptors sleep on bells: none is missed, and none is left behind."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections import Counter

import pytest

import purezmq as zmq
from purezmq.drivers import bell as bells

# Longer than anybody waits for a thread: a wake-up that is lost must not be made good by the end of a wait.
PATIENCE_MS = 60_000


@pytest.fixture
def pair(new_socket, make_endpoint):
    """Two PAIR sockets, connected by inproc, that wait for ``PATIENCE_MS`` at most."""
    near, far = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    for socket in (near, far):
        socket.rcvtimeo = socket.sndtimeo = PATIENCE_MS
    near.bind(make_endpoint("inproc"))
    far.connect(near.LAST_ENDPOINT)
    return near, far


@pytest.fixture(params=["streaming", "talking"])
def near_and_far(request, pair):
    """The same; ``near`` will sleep on the lock or on the descriptor."""
    near, far = pair
    if request.param == "talking":
        near.send(b"ask")
        far.recv()
        far.send(b"answer")
        near.recv()
    assert near._pump.is_talking == (request.param == "talking")
    return near, far


def sleeps(socket):
    return any(bell.asleep for bell in socket._pump.bells)


def poll_alone(socket):
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    return poller.poll(PATIENCE_MS)


WAITS = [
    lambda socket: socket.recv(),
    lambda socket: socket.poll(PATIENCE_MS) and socket.recv(),
    lambda socket: poll_alone(socket) and socket.recv(),
    lambda socket: socket.recv_many()[0],
]


@pytest.mark.parametrize("wait", WAITS)
def test_a_message_wakes_who_waits_and_nothing_is_made_for_it(near_and_far, in_thread, eventually, wait):
    near, far = near_and_far
    waiting = in_thread(wait, near)
    eventually(lambda: sleeps(near), "the thread to sleep")
    far.send(b"x")
    assert waiting.result() == b"x"
    assert near._pump.bells == ()
    assert near._pump.poller_or_none is None and far._pump.poller_or_none is None


@pytest.mark.parametrize("wait", WAITS)
def test_a_message_that_comes_before_the_bell_is_up_is_seen(near_and_far, monkeypatch, wait):
    near, far = near_and_far

    class Unused(bells.Bell):
        def rest(self, how, timeout_s):
            pytest.fail("it sleeps")

    def late(hub):
        far.send(b"x")
        return Unused()

    monkeypatch.setattr(bells, "borrow", late)
    assert wait(near) == b"x"


@pytest.mark.parametrize("wait", WAITS)
def test_a_message_that_comes_between_the_last_look_and_the_sleep_is_seen(
    near_and_far, monkeypatch, in_thread, wait
):
    near, far = near_and_far

    class Late(bells.Bell):
        def rest(self, how, timeout_s):
            far.send(b"x")
            assert self.asleep == bells.AWAKE
            super().rest(how, timeout_s)

    monkeypatch.setattr(bells, "borrow", lambda hub: Late())
    assert in_thread(wait, near).result() == b"x"


def test_a_bell_that_rings_for_nothing_ends_no_wait(near_and_far, in_thread, eventually):
    near, far = near_and_far
    waiting = in_thread(near.recv)
    for _ in range(20):
        eventually(lambda: sleeps(near), "the thread to sleep")
        near._pump.wake()
    far.send(b"x")
    assert waiting.result() == b"x"


@pytest.mark.parametrize("how", [bells.STREAMING, bells.TALKING])
def test_two_who_ring_at_once_are_one_too_many_and_nothing_more(how):
    bell = bells.Bell()
    assert bell.can_talk()
    for _ in range(2):
        bell.asleep = how
        bell.ring()
        bell.asleep = how  # as the second one saw it
        bell.ring()
        bell.rest(how, 10.0)
        bell.rest(how, 0.0)


def test_without_a_descriptor_it_sleeps_on_the_lock(pair, in_thread, eventually, monkeypatch):
    near, far = pair
    near._pump.is_talking = True

    def refuse(*args):
        raise OSError(errno.EMFILE, "none left")

    monkeypatch.setattr(os, "eventfd", refuse)
    near._pump.hub.bells.clear()
    waiting = in_thread(near.recv)
    eventually(lambda: sleeps(near), "the thread to sleep")
    assert near._pump.bells[0].asleep == bells.STREAMING
    far.send(b"x")
    assert waiting.result() == b"x"


def test_time_is_up(near_and_far):
    near, _ = near_and_far
    for timeout in (0, 1, 30):
        with pytest.raises(zmq.Again):
            near.recv(timeout=timeout)
        assert near.poll(timeout) == 0
        poller = zmq.Poller()
        poller.register(near, zmq.POLLIN)
        assert poller.poll(timeout) == []
    assert near._pump.bells == ()


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("ending", ["term", "close"])
def test_the_end_of_the_socket_wakes_who_waits(
    make_context, make_endpoint, in_thread, eventually, wait, ending
):
    context = make_context()
    near, far = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    near.bind(make_endpoint("inproc"))
    far.connect(near.LAST_ENDPOINT)
    waiting = in_thread(wait, near)
    eventually(lambda: sleeps(near), "the thread to sleep")
    if ending == "term":
        context.shutdown()
    else:
        near.close()
    with pytest.raises(zmq.ZMQError) as error:
        waiting.result()
    assert error.value.errno in ((zmq.ETERM,) if ending == "term" else (zmq.ENOTSOCK, zmq.ENOTSUP))
    near.close()
    far.close()
    assert near._pump.bells == ()


@pytest.mark.parametrize("wait", WAITS)
def test_a_sleeper_goes_over_to_the_poller_when_the_socket_gets_one(
    new_socket, make_endpoint, in_thread, eventually, wait
):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.bind(make_endpoint("inproc"))
    waiting = in_thread(wait, pull)
    eventually(lambda: sleeps(pull), "the thread to sleep")
    pull.bind(make_endpoint("tcp"))
    eventually(lambda: pull._pump.waiters and not pull._pump.bells, "the thread to wait at the poller")
    push.connect(pull.LAST_ENDPOINT)
    push.send(b"x")
    assert waiting.result() == b"x"


def test_who_waits_at_the_poller_hears_of_inproc_messages(new_socket, make_endpoint, in_thread, eventually):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.bind(make_endpoint("tcp"))
    name = make_endpoint("inproc")
    pull.bind(name)
    push.connect(name)
    waiting = in_thread(pull.recv)
    eventually(lambda: pull._pump.waiters, "the thread to wait")
    push.send(b"x")
    assert waiting.result() == b"x"


def test_a_poller_sleeps_on_one_bell_for_all_its_sockets(new_socket, make_endpoint, in_thread, eventually):
    pulls = [new_socket(zmq.PULL) for _ in range(3)]
    poller = zmq.Poller()
    for pull in pulls:
        pull.bind(make_endpoint("inproc"))
        poller.register(pull, zmq.POLLIN)
    for pull in pulls:
        push = new_socket(zmq.PUSH)
        push.connect(pull.LAST_ENDPOINT)
        waiting = in_thread(poller.poll, PATIENCE_MS)
        eventually(lambda: all(map(sleeps, pulls)), "the poller to sleep")
        assert len({pull._pump.bells for pull in pulls}) == 1
        push.send(b"x")
        assert waiting.result() == [(pull, zmq.POLLIN)]
        assert pull.recv() == b"x"
        assert all(pull._pump.bells == () for pull in pulls)
    assert all(pull._pump.poller_or_none is None for pull in pulls)


def test_a_writer_goes_on_when_the_reader_has_taken_everything(
    new_socket, make_endpoint, in_thread, eventually, monkeypatch
):
    monkeypatch.setattr(bells, "FIRST_LOOK_S", 3600.0)  # it must be told: looking comes too late
    monkeypatch.setattr(bells, "LAST_LOOK_S", 3600.0)
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    pull.rcvhwm = push.sndhwm = 1
    pull.rcvtimeo = PATIENCE_MS
    pull.bind(make_endpoint("inproc"))
    push.connect(pull.LAST_ENDPOINT)

    def send_all():
        for number in range(300):
            push.send(b"%d" % number, timeout=PATIENCE_MS)

    sending = in_thread(send_all)
    assert [int(pull.recv()) for _ in range(300)] == list(range(300))
    sending.result()


def test_one_note_tells_a_blocked_writer_of_room(new_socket, make_endpoint):
    router, dealer = new_socket(zmq.ROUTER), new_socket(zmq.DEALER)
    router.rcvhwm = dealer.sndhwm = 10
    router.bind(make_endpoint("inproc"))
    dealer.connect(router.LAST_ENDPOINT)
    for _ in range(20):
        dealer.send(b"x")
    for _ in range(2):
        with pytest.raises(zmq.Again):
            dealer.send(b"x", zmq.DONTWAIT)
    for _ in range(19):
        router.recv()  # by parts: the short way for whole messages tells only when everything is taken
        router.recv()
    assert len(dealer._pump.mailbox) == 1
    dealer.send(b"y")
    assert [router.recv_multipart()[1] for _ in range(2)] == [b"x", b"y"]


@pytest.mark.parametrize("wait", [WAITS[0], WAITS[2]])
def test_a_signal_handler_that_raises_leaves_nothing_behind(near_and_far, wait):
    class Stop(Exception):
        pass

    def stop(*args):
        raise Stop

    near, far = near_and_far
    before = signal.signal(signal.SIGALRM, stop)
    try:
        for _ in range(5):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(Stop):
                wait(near)
            assert near._pump.bells == () and not near._pump.waiters
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    pool = near._pump.hub.bells
    assert len(pool) == len(set(pool))
    far.send(b"x")
    assert near.recv() == b"x"


def test_a_signal_handler_may_wait_in_another_socket(near_and_far, new_socket, make_endpoint):
    near, far = near_and_far
    inner = new_socket(zmq.PULL)
    inner.bind(make_endpoint("inproc"))
    other = new_socket(zmq.PUSH)
    other.connect(inner.LAST_ENDPOINT)
    seen = []

    def wait_inside(*args):
        with pytest.raises(zmq.Again):
            inner.recv(timeout=5)
        far.send(b"x")  # for the wait that was interrupted
        other.send(b"y")
        seen.append(inner.recv(timeout=PATIENCE_MS))

    before = signal.signal(signal.SIGALRM, wait_inside)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        assert near.recv() == b"x"
    finally:
        signal.signal(signal.SIGALRM, before)
    assert seen == [b"y"]


def test_many_conversations_in_many_threads(make_context, make_endpoint, in_thread):
    """Four clients, three threads that answer from one socket, a fourth that polls: every answer arrives."""
    context = make_context()
    router = context.socket(zmq.ROUTER)
    router.bind(make_endpoint("inproc"))
    clients, rounds = 4, 150

    def answer():
        try:
            while True:
                name, empty, body = router.recv_multipart()
                router.send_multipart([name, empty, body])
        except zmq.ContextTerminated:
            return

    def answer_polling():
        poller = zmq.Poller()
        poller.register(router, zmq.POLLIN)
        try:
            while True:
                poller.poll()
                for message in iter(lambda: try_recv(router), None):
                    router.send_multipart(message)
        except zmq.ContextTerminated:
            return

    def ask(client):
        with context.socket(zmq.REQ) as req:
            req.rcvtimeo = PATIENCE_MS
            req.connect(router.LAST_ENDPOINT)
            for number in range(rounds):
                req.send(b"%d.%d" % (client, number))
                assert req.recv() == b"%d.%d" % (client, number)

    serving = [in_thread(answer) for _ in range(3)] + [in_thread(answer_polling)]
    asking = [in_thread(ask, client) for client in range(clients)]
    for thread in asking:
        thread.result(60)
    context.shutdown()
    for thread in serving:
        thread.result()
    router.close()


def try_recv(socket):
    try:
        return socket.recv_multipart(zmq.DONTWAIT)
    except zmq.Again:
        return None


def test_every_message_of_many_writers_reaches_one_of_many_readers(make_context, make_endpoint, in_thread):
    context = make_context()
    pull = context.socket(zmq.PULL)
    pull.rcvhwm = 3
    pull.bind(make_endpoint("inproc"))
    writers, count = 3, 400
    found = Counter()
    guard = threading.Lock()

    def read():
        try:
            while True:
                message = pull.recv()
                with guard:
                    found[message] += 1
        except zmq.ContextTerminated:
            return

    def write(writer):
        with context.socket(zmq.PUSH) as push:
            push.sndhwm = 2
            push.sndtimeo = PATIENCE_MS
            push.connect(pull.LAST_ENDPOINT)
            for number in range(count):
                push.send(b"%d.%d" % (writer, number))

    reading = [in_thread(read) for _ in range(3)]
    for thread in [in_thread(write, writer) for writer in range(writers)]:
        thread.result(60)
    deadline = time.monotonic() + 20
    while sum(found.values()) < writers * count and time.monotonic() < deadline:
        time.sleep(0.005)
    context.shutdown()
    for thread in reading:
        thread.result()
    pull.close()
    assert found == Counter(
        b"%d.%d" % (writer, number) for writer in range(writers) for number in range(count)
    )
