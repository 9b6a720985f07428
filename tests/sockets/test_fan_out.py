"""Many subscribers, bursts, changing subscriptions: everybody gets what was meant for them, in order."""

import threading

import pytest

import purezmq as zmq

PATIENCE_MS = 20_000
SOON_MS = 2000

pytestmark = pytest.mark.purezmq_only


@pytest.fixture
def publisher(new_socket):
    return new_socket(zmq.PUB, sndhwm=0)


@pytest.fixture
def join(new_socket, publisher):
    """Subscribers that are known to the publisher."""

    def make(endpoint, *topics):
        socket = new_socket(zmq.SUB, rcvhwm=0)
        for topic in (*topics, b"greeting"):
            socket.subscribe(topic)
        socket.connect(endpoint)
        made.append(socket)
        publisher.wait_for_subscribers(len(made), b"greeting", timeout=PATIENCE_MS)
        return socket

    made: list[zmq.Socket] = []
    return make


def receive(socket, count):
    return [socket.recv(timeout=PATIENCE_MS) for _ in range(count)]


def test_all_get_everything_in_order(publisher, join, wire_endpoint):
    publisher.bind(wire_endpoint)
    endpoint = publisher.LAST_ENDPOINT
    subscribers = [join(endpoint, b"") for _ in range(5)]
    expected = []
    for size in (1, 2, 100, 777, 3):
        burst = [b"%d." % number + b"x" * (number % 300) for number in range(size)]
        for message in burst:
            publisher.send(message)
        expected += burst
        for subscriber in subscribers:
            assert receive(subscriber, size) == burst
    assert publisher.stats()["drops"] == {}


def test_everybody_gets_their_topics(publisher, join, make_endpoint):
    publisher.bind(make_endpoint("tcp"))
    endpoint = publisher.LAST_ENDPOINT
    topics = [(b"a", b"b"), (b"b", b"c"), (b"",), (b"ab",)]
    subscribers = [join(endpoint, *wanted) for wanted in topics]
    messages = [first + b"%d" % number for number in range(300) for first in (b"a", b"ab", b"b", b"c", b"d")]
    for number, message in enumerate(messages):
        if number % 7:
            publisher.send(message)
        else:
            publisher.send_multipart([message, b"more"])
    publisher.send(b"greeting")
    for wanted, subscriber in zip(topics, subscribers, strict=True):
        found = []
        while (message := subscriber.recv_multipart(timeout=PATIENCE_MS)) != [b"greeting"]:
            found.append(message[0])
        assert found == [message for message in messages if message.startswith(wanted)]


def test_the_end_of_a_burst_does_not_wait_for_more(publisher, join, make_endpoint):
    publisher.bind(make_endpoint("tcp"))
    subscribers = [join(publisher.LAST_ENDPOINT, b"") for _ in range(3)]
    for size in (5, 50, 500, 50, 5, 1) * 3:
        for number in range(size):
            publisher.send(b"%d" % number)
        for subscriber in subscribers:
            assert [subscriber.recv(timeout=SOON_MS) for _ in range(size)][-1] == b"%d" % (size - 1)


def test_what_was_sent_before_a_cancellation_is_not_received_after_it(publisher, join, make_endpoint):
    publisher.bind(make_endpoint("tcp"))
    subscriber = join(publisher.LAST_ENDPOINT, b"a", b"b")
    for _ in range(100):
        publisher.send(b"a")
        publisher.send(b"b")
    assert receive(subscriber, 2) == [b"a", b"b"]
    subscriber.unsubscribe(b"a")
    assert receive(subscriber, 99) == [b"b"] * 99
    assert subscriber.stats()["drops"] == {"filtered": 99}


def test_close_delivers_what_was_gathered(new_socket, join, publisher, make_endpoint):
    publisher.bind(make_endpoint("tcp"))
    subscribers = [join(publisher.LAST_ENDPOINT, b"") for _ in range(3)]
    publisher.linger = PATIENCE_MS
    for number in range(777):
        publisher.send(b"%d" % number)
    publisher.close()
    for subscriber in subscribers:
        assert receive(subscriber, 777)[-1] == b"776"


def test_counters_know_what_was_gathered(publisher, join, make_endpoint):
    publisher.bind(make_endpoint("tcp"))
    subscribers = [join(publisher.LAST_ENDPOINT, b"") for _ in range(2)]
    with publisher._pump.lock:
        publisher._pump.lane_out.extend([b"1", b"2"])  # as if more were to come
        publisher._pump.keep_hot()
    stats = publisher.stats()
    assert stats["messages_out"] + stats["queue_out"] == 4
    for subscriber in subscribers:
        assert receive(subscriber, 2) == [b"1", b"2"]


def test_many_threads_publish(publisher, join, make_endpoint):
    publisher.bind(make_endpoint("tcp"))
    subscribers = [join(publisher.LAST_ENDPOINT, b"") for _ in range(2)]

    def send(name):
        for number in range(2000):
            publisher.send(b"%d %d" % (name, number))

    threads = [threading.Thread(target=send, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for subscriber in subscribers:
        found = {name: [] for name in range(3)}
        for message in receive(subscriber, 6000):
            name, number = map(int, message.split())
            found[name].append(number)
        assert all(numbers == list(range(2000)) for numbers in found.values())
    for thread in threads:
        thread.join()


def test_inproc_and_tcp_subscribers_of_one_publisher(publisher, join, make_endpoint):
    endpoints = [make_endpoint("tcp"), make_endpoint("inproc")]
    publisher.bind(endpoints[0])
    first = join(publisher.LAST_ENDPOINT, b"")
    for number in range(50):
        publisher.send(b"%d" % number)
    publisher.bind(endpoints[1])
    second = join(endpoints[1], b"")
    for number in range(50, 100):
        publisher.send(b"%d" % number)
    assert receive(first, 100) == [b"%d" % number for number in range(100)]
    assert receive(second, 50) == [b"%d" % number for number in range(50, 100)]


@pytest.mark.parametrize("verb", ["subscribe", "unsubscribe"])
def test_the_last_of_many_changes_leaves_without_anybody_waiting(new_socket, make_endpoint, eventually, verb):
    publisher, subscriber = new_socket(zmq.XPUB), new_socket(zmq.SUB)
    publisher.bind(make_endpoint("tcp"))
    subscriber.connect(publisher.LAST_ENDPOINT)
    topics = [b"%05d" % number for number in range(2000)]
    for topic in topics:
        subscriber.subscribe(topic)
    eventually(lambda: publisher.TOPICS_COUNT == 2000, "all subscriptions to arrive")
    if verb == "unsubscribe":
        for topic in topics:
            subscriber.unsubscribe(topic)
        eventually(lambda: publisher.TOPICS_COUNT == 0, "all cancellations to arrive")
