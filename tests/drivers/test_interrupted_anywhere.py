"""A signal handler that raises at the n-th place of a call, for every n: the sockets go on working.

What an interrupted call was to send or receive may be lost, and nothing else: other messages arrive, once and in
order, nobody waits for ever, no lock is held and no claim is left behind.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time

import pytest

import purezmq as zmq

from .interrupting import Interrupter

pytestmark = [
    pytest.mark.skipif(
        sys.version_info < (3, 12),
        reason="a trace function that raises makes CPython 3.11 leave with blocks the wrong way (TypeError)",
    ),
    # A __del__ may be interrupted, and Python says so.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:Unclosed socket"),
]


@pytest.fixture(autouse=True)
def _clean():
    """Descriptors are not counted here: interrupted by a trace function, Python keeps frames and what they hold."""
    yield
    gc.collect()  # here, and not in a test that is not prepared for what this brings


# Every fourth place, unless somebody has the time for all: that takes a minute and a half.
EVERY = 1 if os.environ.get("PUREZMQ_EVERY_PLACE") else 4

# A stuck socket shows by this. Long enough for a loaded machine, for it is waited out only when a test fails.
PATIENCE_MS = 10_000


def keep(context, kind):
    """A socket that lives as long as its context, which closes it."""
    socket = context.socket(kind)
    context.__dict__.setdefault("_kept", []).append(socket)
    return socket


class Pair:
    """PUSH and PULL, the messages that are owed, and what became of the call."""

    def __init__(self, context, endpoint, **options):
        self.context = context
        self.pull, self.push = keep(context, zmq.PULL), keep(context, zmq.PUSH)
        for socket in (self.push, self.pull):
            socket.linger = 0
            socket.rcvtimeo = socket.sndtimeo = PATIENCE_MS
            socket.reconnect_ivl = 1
            for name, value in options.items():
                setattr(socket, name, value)
        self.pull.bind(endpoint)
        self.push.connect(self.pull.LAST_ENDPOINT)
        self.number = 0
        self.owed = []
        self.push.send(b"hello")
        assert self.pull.recv() == b"hello"

    def next_message(self, size=0):
        self.number += 1
        return (b"%d." % self.number).ljust(size, b"x")

    def check_bystanders(self):
        for socket in (self.push, self.pull):
            pump = socket._pump
            assert pump.lock.acquire(timeout=PATIENCE_MS / 1000), "the lock is held"
            pump.lock.release()
            assert not pump.waiters, "the claim was not given back"
            assert not pump.bells, "the bell was not taken down"

    def check_delivery(self, own=None):
        """Everything owed arrives, in order; ``own`` is the message of the call, which may be lost."""
        self.check_bystanders()
        marker = b"marker" + self.next_message()
        sender = threading.Thread(target=self.push.send, args=(marker,))
        sender.start()
        received = [self.pull.recv_multipart()[-1]]
        while received[-1] != marker:
            received.append(self.pull.recv_multipart()[-1])
        sender.join()
        assert [message for message in received[:-1] if message != own] == [m for m in self.owed if m != own]
        assert received.count(own) <= 1
        self.owed.clear()
        assert not self.push.stats()["failures"] and not self.pull.stats()["failures"]


def interrupt_everywhere(call, before=lambda: None, after=lambda interrupted: None, step=1):
    """Run the call again and again, interrupted at one place after the other, until it comes to its end."""
    n = 1
    while True:
        before()
        interrupter = Interrupter(n)
        interrupted = interrupter.run(call)
        try:
            after(interrupted)
        except BaseException as error:
            error.add_note(f"interrupted at place {n}: {interrupter.where or 'not at all'}")
            raise
        if not interrupter.where:
            return
        n += step * EVERY


@pytest.fixture(params=["tcp", "ipc", "inproc"])
def endpoint(request, make_endpoint):
    return make_endpoint(request.param)


@pytest.mark.parametrize("parts", [1, 2])
def test_send(context, endpoint, parts):
    pair = Pair(context, endpoint)

    def send():
        pair.own = pair.next_message()
        pair.push.send_multipart([b"part"] * (parts - 1) + [pair.own])
        pair.owed.append(pair.own)
        pair.own = None

    interrupt_everywhere(send, after=lambda interrupted: pair.check_delivery(pair.own))


def test_many_sends_in_a_row(context, endpoint):
    pair = Pair(context, endpoint)

    def send():
        for _ in range(30):
            pair.own = pair.next_message()
            pair.push.send(pair.own)
            pair.owed.append(pair.own)
            pair.own = None

    interrupt_everywhere(send, after=lambda interrupted: pair.check_delivery(pair.own), step=7)


def test_sending_many(context, endpoint):
    """The messages of an interrupted call arrive all, or none of them."""
    pair = Pair(context, endpoint)
    batch = [b"%d of many" % number for number in range(20)]

    def after(interrupted):
        pair.check_bystanders()
        marker = pair.next_message()
        sender = threading.Thread(target=pair.push.send, args=(marker,))
        sender.start()
        received = []
        while marker not in received:
            received += pair.pull.recv_many()
        sender.join()
        assert received in ([*batch, marker], [marker]) and (interrupted or len(received) > 1)

    interrupt_everywhere(lambda: pair.push.send_many(batch), after=after)


def test_publishing_in_a_burst(context, endpoint):
    """Each subscriber gets each message once and in order, but for the one whose send was interrupted."""
    publisher = keep(context, zmq.PUB)
    publisher.linger = 0
    publisher.sndhwm = 0
    publisher.bind(endpoint)
    subscribers = [keep(context, zmq.SUB) for _ in range(3)]
    for subscriber in subscribers:
        subscriber.linger = 0
        subscriber.rcvtimeo = PATIENCE_MS
        subscriber.subscribe(b"")
        subscriber.connect(publisher.LAST_ENDPOINT)
    publisher.wait_for_subscribers(3, b"", timeout=PATIENCE_MS)
    number = 0
    owed, own = [], None

    def send():
        nonlocal number, own
        for _ in range(30):
            number += 1
            own = b"%d" % number
            publisher.send(own)
            owed.append(own)
            own = None

    def after(interrupted):
        nonlocal number
        number += 1
        marker = b"marker %d" % number
        publisher.send(marker)
        for subscriber in subscribers:
            received = [subscriber.recv()]
            while received[-1] != marker:
                received.append(subscriber.recv())
            assert [message for message in received[:-1] if message != own] == owed
            assert received.count(own) <= 1
        owed.clear()

    interrupt_everywhere(send, after=after, step=29)


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("size", [0, 300_000])
def test_recv(context, endpoint, parts, size):
    pair = Pair(context, endpoint)

    def fill():
        for _ in range(3):
            message = pair.next_message(size)
            pair.push.send_multipart([b"part"] * (parts - 1) + [message])
            pair.owed.append(message)

    def receive():
        for _ in range(3):
            message = pair.pull.recv_multipart()[-1] if parts > 1 else pair.pull.recv()
            assert message == pair.owed.pop(0)

    def after(interrupted):
        pair.check_delivery(pair.owed[0] if interrupted and pair.owed else None)

    interrupt_everywhere(receive, fill, after, step=1 if size == 0 else 5)


WAITS = {
    "recv": lambda pair: pair.pull.recv(),
    "poll": lambda pair: pair.pull.poll(PATIENCE_MS),
    "Poller.poll": lambda pair: pair.poller.poll(PATIENCE_MS),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS.keys())
def test_waiting_for_a_message(context, endpoint, wait):
    pair = Pair(context, endpoint)
    pair.poller = zmq.Poller()
    pair.poller.register(pair.pull, zmq.POLLIN)

    def start_sender():
        pair.owed.append(pair.next_message())
        pair.sender = threading.Timer(0.002, pair.push.send, (pair.owed[0],))
        pair.sender.start()

    def call():
        if wait(pair) == pair.owed[0]:
            pair.owed.clear()

    def after(interrupted):
        pair.sender.join()
        own = pair.owed[0] if interrupted and wait is WAITS["recv"] and pair.owed else None
        pair.check_delivery(own)

    interrupt_everywhere(call, start_sender, after)


@pytest.mark.parametrize("how", ["send", "Poller.poll"])
def test_waiting_for_room(context, endpoint, how):
    pair = Pair(context, endpoint, sndhwm=5, rcvhwm=5, sndbuf=4096, rcvbuf=4096)
    size = 0 if endpoint.startswith("inproc") else 20_000
    poller = zmq.Poller()
    poller.register(pair.push, zmq.POLLOUT)

    def take():
        time.sleep(0.002)
        for _ in range(len(pair.owed)):
            assert pair.pull.recv() == pair.owed.pop(0)

    def fill():
        try:
            while True:
                pair.own = pair.next_message(size)
                pair.push.send(pair.own, zmq.DONTWAIT)
                pair.owed.append(pair.own)
        except zmq.Again:
            pair.receiver = threading.Thread(target=take)
            pair.receiver.start()

    def call():
        if how == "Poller.poll":
            assert poller.poll(PATIENCE_MS)
        pair.push.send(pair.own)
        pair.sent = True

    def after(interrupted):
        pair.receiver.join()
        if pair.sent:
            pair.owed.append(pair.own)
        pair.check_delivery(None if pair.sent else pair.own)

    def before():
        pair.sent = False
        fill()

    interrupt_everywhere(call, before, after, step=2)


@pytest.mark.parametrize(
    "types", [(zmq.REQ, zmq.REP), (zmq.DEALER, zmq.ROUTER)], ids=["REQ-REP", "DEALER-ROUTER"]
)
def test_request_and_reply(context, endpoint, types):
    """After an interrupted exchange a client with REQ_RELAXED asks again, and gets the right answer."""
    client, server = keep(context, types[0]), keep(context, types[1])
    for socket in (client, server):
        socket.linger = 0
        socket.rcvtimeo = socket.sndtimeo = PATIENCE_MS
        socket.reconnect_ivl = 1
    if types[0] == zmq.REQ:
        client.req_relaxed = client.req_correlate = 1
    server.bind(endpoint)
    client.connect(server.LAST_ENDPOINT)
    number = 0
    done = threading.Event()

    def answer():
        while not done.is_set():
            try:
                request = server.recv_multipart(timeout=50)
            except zmq.Again:
                continue
            server.send_multipart(request)

    def ask():
        nonlocal number
        number += 1
        client.send(b"%d" % number)
        while True:
            reply = client.recv()
            if types[0] == zmq.REQ:
                assert reply == b"%d" % number
            if reply == b"%d" % number:
                return

    answering = threading.Thread(target=answer)
    answering.start()
    try:
        interrupt_everywhere(ask, after=lambda interrupted: ask())
    finally:
        done.set()
        answering.join()


def test_close(context, endpoint, eventually):
    pull = keep(context, zmq.PULL)
    pull.linger, pull.rcvtimeo = 0, PATIENCE_MS
    pull.bind(endpoint)
    push = None

    def before():
        nonlocal push
        push = context.socket(zmq.PUSH)
        push.connect(pull.LAST_ENDPOINT)
        push.send(b"first")
        assert pull.recv() == b"first"
        push.send(b"last")

    def after(interrupted):
        push.close()
        assert pull.recv() == b"last"
        eventually(lambda: push._pump not in context._hub.pumps, "the socket to be gone")
        assert push._pump.poller_or_none is None

    interrupt_everywhere(lambda: push.close(), before, after)


@pytest.mark.filterwarnings(
    "ignore:Unclosed socket", "ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize("verb", ["bind", "connect"])
def test_making_a_socket_and_its_endpoint(context, make_endpoint, endpoint, verb):
    pull = keep(context, zmq.PULL)
    pull.linger, pull.rcvtimeo = 0, PATIENCE_MS
    pull.bind(endpoint)
    socket = None

    def forget():
        nonlocal socket
        socket = None

    def call():
        nonlocal socket
        socket = context.socket(zmq.PULL if verb == "bind" else zmq.PUSH)
        socket.linger, socket.reconnect_ivl = 0, 1
        socket.rcvtimeo = socket.sndtimeo = PATIENCE_MS
        if verb == "bind":
            socket.bind(make_endpoint(endpoint.partition(":")[0]))
        else:
            socket.connect(pull.LAST_ENDPOINT)

    def after(interrupted):
        if socket is None:
            return
        if verb == "bind":
            socket.bind(make_endpoint(endpoint.partition(":")[0]))
            with context.socket(zmq.PUSH) as push:
                push.connect(socket.LAST_ENDPOINT)
                push.send(b"x")
                assert socket.recv(timeout=PATIENCE_MS) == b"x"
        else:
            socket.linger, socket.sndtimeo, socket.reconnect_ivl = 0, PATIENCE_MS, 1
            socket.connect(pull.LAST_ENDPOINT)
            for number in range(6):  # in turn to the connections that there are
                socket.send(b"%d" % number)
            assert sorted(pull.recv() for _ in range(6)) == [b"%d" % number for number in range(6)]
        socket.close()

    interrupt_everywhere(call, forget, after, step=3)
