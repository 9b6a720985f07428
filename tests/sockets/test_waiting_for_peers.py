"""wait_for_peers and wait_for_subscribers: no sleeps and no guesses."""

from __future__ import annotations

import threading
import time

import pytest

import purezmq as zmq

PATIENCE_MS = 10_000


def test_peers_that_come_later(new_socket, endpoint, link, in_thread):
    push = new_socket(zmq.PUSH)
    push.bind(endpoint)
    address = push.LAST_ENDPOINT.decode()
    waiting = in_thread(push.wait_for_peers, 3, PATIENCE_MS)
    pulls = [new_socket(zmq.PULL) for _ in range(3)]
    for pull in pulls:
        pull.connect(address)
    assert waiting.result() == 3


def test_the_work_is_shared_among_the_peers_that_were_waited_for(new_socket, endpoint, link):
    push, pulls = new_socket(zmq.PUSH), [new_socket(zmq.PULL) for _ in range(4)]
    link(push, *pulls, endpoint)
    push.wait_for_peers(4, PATIENCE_MS)
    for number in range(8):
        push.send(b"%d" % number)
    assert [len([pull.recv() for _ in range(2)]) for pull in pulls] == [2, 2, 2, 2]


def test_the_connecting_side_waits_too(new_socket, future_endpoint, in_thread):
    client, server = new_socket(zmq.DEALER, reconnect_ivl=20), new_socket(zmq.ROUTER)
    client.connect(future_endpoint)
    waiting = in_thread(client.wait_for_peers, 1, PATIENCE_MS)
    server.bind(future_endpoint)
    assert waiting.result() == 1


@pytest.mark.parametrize("timeout", [0, 30])
def test_the_time_is_up(new_socket, endpoint, timeout):
    push = new_socket(zmq.PUSH)
    push.bind(endpoint)
    with pytest.raises(zmq.Again) as caught:
        push.wait_for_peers(2, timeout)
    assert f"0 of 2 peers within {timeout} ms" in str(caught.value)
    assert "nobody is connected" in str(caught.value)


def test_a_timeout_of_zero_looks_once(new_socket, link, endpoint, eventually):
    server, client = new_socket(zmq.PAIR), new_socket(zmq.PAIR)
    link(server, client, endpoint)

    def is_there():
        try:
            return server.wait_for_peers(timeout=0) == 1
        except zmq.Again:
            return False

    eventually(is_there, "the peer")


def test_a_connection_without_a_handshake_does_not_count(new_socket, make_endpoint):
    import socket as os_socket

    server = new_socket(zmq.PULL)
    port = server.bind_to_random_port("tcp://127.0.0.1")
    with os_socket.create_connection(("127.0.0.1", port)):
        with pytest.raises(zmq.Again) as caught:
            server.wait_for_peers(timeout=50)
    assert "handshake" in str(caught.value)


def test_raw_connections_count(new_socket, make_endpoint):
    server, client = new_socket(zmq.STREAM), new_socket(zmq.STREAM)
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.LAST_ENDPOINT.decode())
    assert server.wait_for_peers(timeout=PATIENCE_MS) == client.wait_for_peers(timeout=PATIENCE_MS) == 1


@pytest.mark.parametrize("others", ["recv", "poll", "wait"])
def test_somebody_else_waits_in_the_socket_already(new_socket, endpoint, in_thread, others):
    server, client = new_socket(zmq.DEALER), new_socket(zmq.DEALER)
    server.bind(endpoint)
    wait = {
        "recv": server.recv,
        "poll": lambda: server.poll(PATIENCE_MS),
        "wait": lambda: server.wait_for_peers(1, PATIENCE_MS),
    }[others]
    first = in_thread(wait)
    second = in_thread(server.wait_for_peers, 1, PATIENCE_MS)
    third = in_thread(server.wait_for_peers, 1, PATIENCE_MS)
    client.connect(server.LAST_ENDPOINT.decode())
    assert second.result() == third.result() == 1
    client.send(b"hello")
    first.result()


def test_messages_that_arrive_during_the_wait_are_received_later(new_socket, endpoint, in_thread):
    server, first, second = (new_socket(zmq.DEALER) for _ in range(3))
    server.bind(endpoint)
    address = server.LAST_ENDPOINT.decode()
    first.connect(address)
    waiting = in_thread(server.wait_for_peers, 2, PATIENCE_MS)
    for number in range(100):
        first.send(b"%d" % number)
    second.connect(address)
    assert waiting.result() == 2
    assert [server.recv() for _ in range(100)] == [b"%d" % number for number in range(100)]


def test_a_peer_that_left_does_not_count(new_socket, endpoint, link, eventually):
    server, client = new_socket(zmq.DEALER), new_socket(zmq.DEALER)
    link(server, client, endpoint)
    server.wait_for_peers(timeout=PATIENCE_MS)
    client.close()

    def has_left():
        try:
            server.wait_for_peers(timeout=0)
        except zmq.Again:
            return True
        return False

    eventually(has_left, "its end")


@pytest.mark.parametrize("how", ["close", "term"])
def test_the_end_wakes_those_who_wait(make_context, in_thread, how):
    context = make_context()
    socket = context.socket(zmq.PUSH)
    socket.bind("tcp://127.0.0.1:*")
    waiting = in_thread(socket.wait_for_peers)
    while not (socket._pump.waiters or socket._pump.bells):
        time.sleep(0.001)
    if how == "close":
        socket.close()
    else:
        context.shutdown()
    with pytest.raises(zmq.ZMQError) as caught:
        waiting.result()
    assert caught.value.errno in (zmq.ENOTSOCK, zmq.ETERM)
    socket.close()


def test_nothing_stays_behind_after_a_wait(new_socket):
    socket = new_socket(zmq.PUSH)
    with pytest.raises(zmq.Again):
        socket.wait_for_peers(timeout=1)
    pump = socket._pump
    assert not pump.watchers and not pump.core.wants_news and not pump.waiters


def test_a_negative_number_is_a_mistake(new_socket):
    with pytest.raises(ValueError, match="negative"):
        new_socket(zmq.PUSH).wait_for_peers(-1)


# Subscribers


@pytest.mark.parametrize("kind", [zmq.PUB, zmq.XPUB])
def test_nothing_is_missed_after_the_wait(new_socket, endpoint, link, kind):
    pub, subs = new_socket(kind), [new_socket(zmq.SUB) for _ in range(5)]
    for sub in subs:
        sub.subscribe("news")
    link(pub, *subs, endpoint)
    assert pub.wait_for_subscribers(5, "news", PATIENCE_MS) == 5
    pub.send(b"news: first")
    assert [sub.recv() for sub in subs] == [b"news: first"] * 5


def test_the_publisher_may_connect(new_socket, endpoint, link):
    pub, sub = new_socket(zmq.PUB), new_socket(zmq.SUB)
    sub.subscribe("")
    link(sub, pub, endpoint)
    pub.wait_for_subscribers(timeout=PATIENCE_MS)
    pub.send(b"first")
    assert sub.recv() == b"first"


def test_only_subscribers_of_the_topic_count(new_socket, endpoint, link):
    pub, weather, everything = new_socket(zmq.PUB), new_socket(zmq.SUB), new_socket(zmq.SUB)
    weather.subscribe("weather.")
    everything.subscribe("")
    link(pub, weather, everything, endpoint)
    assert pub.wait_for_subscribers(2, b"weather.bern", PATIENCE_MS) == 2
    assert pub.wait_for_subscribers(2, timeout=PATIENCE_MS) == 2
    with pytest.raises(zmq.Again) as caught:
        pub.wait_for_subscribers(2, b"traffic", 20)
    assert "1 of 2 subscribers of b'traffic' within 20 ms" in str(caught.value)


def test_a_peer_without_a_subscription_is_no_subscriber(new_socket, endpoint, link):
    pub, sub = new_socket(zmq.PUB), new_socket(zmq.SUB)
    link(pub, sub, endpoint)
    pub.wait_for_peers(timeout=PATIENCE_MS)
    with pytest.raises(zmq.Again) as caught:
        pub.wait_for_subscribers(timeout=20)
    assert "nobody has subscribed" in str(caught.value)
    sub.subscribe("x")
    assert pub.wait_for_subscribers(timeout=PATIENCE_MS) == 1
    sub.unsubscribe("x")
    with pytest.raises(zmq.Again):
        for _ in range(1000):
            pub.wait_for_subscribers(timeout=0)
            time.sleep(0.01)


def test_notifications_stay_readable(new_socket, endpoint, link):
    xpub, sub = new_socket(zmq.XPUB), new_socket(zmq.SUB)
    sub.subscribe("a")
    link(xpub, sub, endpoint)
    xpub.wait_for_subscribers(timeout=PATIENCE_MS)
    assert xpub.recv() == b"\x01a"


def test_while_another_thread_receives_the_notifications(new_socket, endpoint, in_thread):
    xpub, sub = new_socket(zmq.XPUB), new_socket(zmq.SUB)
    xpub.bind(endpoint)
    receiving = in_thread(xpub.recv)
    waiting = in_thread(xpub.wait_for_subscribers, 1, b"a", PATIENCE_MS)
    sub.subscribe("a")
    sub.connect(xpub.LAST_ENDPOINT.decode())
    assert waiting.result() == 1
    assert receiving.result() == b"\x01a"


@pytest.mark.parametrize("kind", [zmq.SUB, zmq.PUSH, zmq.DEALER])
def test_others_have_no_subscribers(new_socket, kind):
    with pytest.raises(zmq.ZMQError) as caught:
        new_socket(kind).wait_for_subscribers(timeout=PATIENCE_MS)
    assert caught.value.errno == zmq.ENOTSUP


def test_many_threads_wait_for_many_peers(new_socket, endpoint):
    server = new_socket(zmq.ROUTER)
    server.bind(endpoint)
    address = server.LAST_ENDPOINT.decode()
    counts = []
    threads = [
        threading.Thread(target=lambda n=n: counts.append(server.wait_for_peers(n, PATIENCE_MS) >= n))
        for n in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    clients = [new_socket(zmq.DEALER) for _ in range(8)]
    for client in clients:
        client.connect(address)
    for thread in threads:
        thread.join()
    assert counts == [True] * 8


def test_members_of_a_group_are_subscribers(new_socket, endpoint, link):
    radio, dish = new_socket(zmq.RADIO), new_socket(zmq.DISH)
    dish.join("weather")
    link(radio, dish, endpoint)
    assert radio.wait_for_subscribers(1, "weather", PATIENCE_MS) == 1
    assert radio.wait_for_subscribers(timeout=PATIENCE_MS) == 1
    radio.send(b"sunny", group="weather")
    assert dish.recv() == b"sunny"
    with pytest.raises(zmq.Again):
        radio.wait_for_subscribers(1, "traffic", 10)
