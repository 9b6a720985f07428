"""PUB and SUB: who gets which message."""

from __future__ import annotations

import errno

import pytest

import purezmq as zmq


@pytest.fixture
def publish(new_socket, endpoint, link, eventually):
    """Makes a publisher and subscribers whose topics it already knows."""

    def make(*topic_lists):
        pub = new_socket(zmq.XPUB, xpub_verbose=1)
        subs = [new_socket(zmq.SUB) for _ in topic_lists]
        pub.bind(endpoint)
        for sub, topics in zip(subs, topic_lists, strict=True):
            sub.connect(pub.LAST_ENDPOINT.decode())
            for topic in topics:
                sub.subscribe(topic)
                assert pub.recv() == b"\x01" + topic
        return pub, *subs

    return make


def received_by(sub, until=b"end"):
    received = []
    while True:
        message = sub.recv()
        if message == until:
            return received
        received.append(message)


def test_a_topic_is_a_prefix(publish):
    pub, sub = publish([b"ab", b"end"])
    for message in (b"a", b"ab", b"abc", b"b", b"", b"bab", b"end"):
        pub.send(message)
    assert received_by(sub) == [b"ab", b"abc"]


def test_the_empty_topic_is_everything(publish):
    pub, sub = publish([b""])
    for message in (b"a", b"", b"\x00", b"end"):
        pub.send(message)
    assert received_by(sub) == [b"a", b"", b"\x00"]


def test_without_a_topic_nothing_arrives(new_socket, endpoint, link):
    pub, sub = new_socket(zmq.PUB), new_socket(zmq.SUB)
    link(pub, sub, endpoint)
    for _ in range(10):
        pub.send(b"x")
        assert sub.poll(10) == 0


def test_each_subscriber_gets_its_own(publish):
    pub, a, b, both = publish([b"a", b"end"], [b"b", b"end"], [b"a", b"b", b"end"])
    for message in (b"a1", b"b1", b"a2", b"c", b"end"):
        pub.send(message)
    assert received_by(a) == [b"a1", b"a2"]
    assert received_by(b) == [b"b1"]
    assert received_by(both) == [b"a1", b"b1", b"a2"]


def test_two_topics_that_match_give_one_copy(publish):
    pub, sub = publish([b"a", b"ab", b"", b"end"])
    pub.send(b"abc")
    pub.send(b"end")
    assert received_by(sub) == [b"abc"]


def test_only_the_first_part_is_compared(publish):
    pub, sub = publish([b"topic"])
    pub.send_multipart([b"other", b"topic"])
    pub.send_multipart([b"topic", b"body", b""])
    assert sub.recv_multipart() == [b"topic", b"body", b""]


def test_unsubscribing_ends_it(publish):
    pub, sub = publish([b"a", b"end"])
    sub.unsubscribe(b"a")
    assert pub.recv() == b"\x00a"
    pub.send(b"a")
    pub.send(b"end")
    assert received_by(sub) == []


def test_as_many_unsubscribes_as_subscribes_are_needed(publish):
    pub, sub = publish([b"a", b"a", b"end"])
    sub.unsubscribe(b"a")
    pub.send(b"a still")
    pub.send(b"end")
    assert received_by(sub) == [b"a still"]
    sub.unsubscribe(b"a")
    assert pub.recv() == b"\x00a"
    pub.send(b"a")
    pub.send(b"end")
    assert received_by(sub) == []


def test_unsubscribing_from_what_one_never_had_is_nothing(publish):
    pub, sub = publish([b"a", b"end"])
    sub.unsubscribe(b"other")
    pub.send(b"a")
    pub.send(b"end")
    assert received_by(sub) == [b"a"]


@pytest.mark.parametrize("length", [0, 1, 244, 245, 246, 247, 248, 249, 254, 255, 256, 257, 10_000])
def test_topics_of_every_length(publish, length):
    topic = b"t" * length
    pub, sub = publish([topic])
    pub.send(topic + b"!")
    assert sub.recv() == topic + b"!"
    sub.unsubscribe(topic)
    assert pub.recv() == b"\x00" + topic


@pytest.mark.purezmq_only  # libzmq drops subscriptions that meet the high-water mark
def test_ten_thousand_topics_at_once(publish):
    pub, sub = publish([])
    for number in range(10_000):
        sub.subscribe(b"%05d" % number)
    for number in range(10_000):
        assert pub.recv() == b"\x01%05d" % number
    for number in (0, 5_000, 9_999):
        pub.send(b"%05d." % number)
        assert sub.recv() == b"%05d." % number
    pub.send(b"10000")
    assert sub.poll(30) == 0


def test_subscribing_works_by_method_option_text_and_attribute(new_socket, publish):
    pub, sub = publish([])
    sub.subscribe(b"method")
    sub.setsockopt(zmq.SUBSCRIBE, b"option")
    sub.setsockopt_string(zmq.SUBSCRIBE, "text")
    sub.subscribe = b"attribute"
    assert [pub.recv() for _ in range(4)] == [b"\x01method", b"\x01option", b"\x01text", b"\x01attribute"]


def test_a_publisher_without_subscribers_throws_away(new_socket, endpoint):
    pub = new_socket(zmq.PUB)
    pub.bind(endpoint)
    for _ in range(2000):
        pub.send(b"nobody", zmq.DONTWAIT)
    assert pub.poll(0, zmq.POLLOUT) == zmq.POLLOUT


def test_only_subscribers_can_subscribe(new_socket):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(zmq.PUSH).set(zmq.SUBSCRIBE, b"")
    assert caught.value.errno == errno.EINVAL


def test_poll_ignores_messages_that_no_topic_matches(new_socket, endpoint, link):
    xpub, sub = new_socket(zmq.XPUB, xpub_manual=1), new_socket(zmq.SUB)
    link(xpub, sub, endpoint)
    sub.subscribe(b"wanted")
    assert xpub.recv() == b"\x01wanted"
    xpub.set(zmq.SUBSCRIBE, b"")  # grants more than was asked for
    xpub.send(b"unwanted")
    assert sub.poll(50) == 0
    xpub.send(b"wanted")
    assert sub.recv() == b"wanted"


def test_both_ends_can_invert_the_match(new_socket, endpoint, link):
    pub, sub = new_socket(zmq.XPUB, invert_matching=1), new_socket(zmq.SUB, invert_matching=1)
    link(pub, sub, endpoint)
    sub.subscribe(b"a")
    assert pub.recv() == b"\x01a"
    for message in (b"a1", b"b1", b"a2", b"end"):
        pub.send(message)
    assert received_by(sub) == [b"b1"]
