"""RADIO and DISH over streams and inproc."""

from __future__ import annotations

import time

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only  # libzmq has them in special builds only

PATIENCE_S = 20


def errno_of(call, *args, **kwargs):
    with pytest.raises(zmq.ZMQError) as caught:
        call(*args, **kwargs)
    return caught.value.errno


def wait_for_members(radio, count, group):
    end = time.monotonic() + PATIENCE_S
    while True:
        radio.get(zmq.EVENTS)
        with radio._pump.lock:
            if radio._pump.core.pattern.subscriber_count(group) == count:
                return
        assert time.monotonic() < end, f"{count} members of {group!r} did not come"
        time.sleep(0.001)


@pytest.fixture
def radio(new_socket, endpoint):
    socket = new_socket(zmq.RADIO)
    socket.bind(endpoint)
    return socket


@pytest.fixture
def dish(new_socket, radio):
    socket = new_socket(zmq.DISH)
    socket.join("news")
    socket.connect(radio.LAST_ENDPOINT)
    wait_for_members(radio, 1, b"news")
    return socket


def test_members_receive_and_see_the_group(radio, dish):
    radio.send(b"one", group="news")
    radio.send(b"not for you", group="newsletter")
    radio.send_string("two", group="news")
    frame = zmq.Frame(b"three")
    frame.group = "news"
    radio.send(frame)
    assert dish.recv() == b"one"
    got = dish.recv(copy=False)
    assert (got.bytes, got.group, got.get("group"), got.more) == (b"two", "news", "news", False)
    (got,) = dish.recv_multipart(copy=False)
    assert (got.bytes, got.group) == (b"three", "news")
    radio.send_multipart([b"four"], group="news")
    assert dish.recv_multipart() == [b"four"]
    radio.send_many([frame, frame])
    found = dish.recv_many()
    while len(found) < 2:
        found += dish.recv_many()
    assert found == [b"three", b"three"]


def test_groups_can_be_joined_and_left_any_time(radio, dish):
    dish.join(b"more")
    wait_for_members(radio, 1, b"more")
    radio.send(b"1", group="more")
    assert dish.recv() == b"1"
    dish.leave("news")
    wait_for_members(radio, 0, b"news")
    radio.send(b"2", group="news")
    radio.send(b"3", group="more")
    assert dish.recv() == b"3"
    assert errno_of(dish.join, "more") == zmq.EINVAL
    assert errno_of(dish.leave, "news") == zmq.EINVAL


def test_large_messages_and_tracked_ones(radio, dish):
    body = bytes(range(256)) * 4000
    tracker = radio.send(body, group="news", copy=False, track=True)
    assert dish.recv() == body
    tracker.wait(PATIENCE_S)


def test_several_dishes(new_socket, radio, dish):
    others = [new_socket(zmq.DISH) for _ in range(2)]
    for other in others:
        other.connect(radio.LAST_ENDPOINT)
        other.join("news")
    wait_for_members(radio, 3, b"news")
    radio.send(b"all", group="news")
    assert [socket.recv() for socket in (dish, *others)] == [b"all"] * 3
    others[0].close()
    wait_for_members(radio, 2, b"news")


def test_wrong_uses_raise(new_socket, radio, dish):
    assert errno_of(radio.send, b"x", zmq.SNDMORE, group="news") == zmq.EINVAL
    assert errno_of(radio.send, b"x", group="g" * 256) == zmq.EINVAL
    assert errno_of(radio.recv) == zmq.ENOTSUP
    assert errno_of(dish.send, b"x") == zmq.ENOTSUP
    assert errno_of(radio.join, "g") == zmq.ENOTSUP
    assert errno_of(new_socket(zmq.PUB).send, b"x", group="g") == zmq.EINVAL
    assert dish.get(zmq.LINGER) == 0


def test_a_dish_that_binds(new_socket, endpoint):
    dish = new_socket(zmq.DISH)
    dish.join("g")
    dish.bind(endpoint)
    radio = new_socket(zmq.RADIO)
    radio.connect(dish.LAST_ENDPOINT)
    wait_for_members(radio, 1, b"g")
    radio.send(b"x", group="g")
    assert dish.recv() == b"x"


def test_groups_survive_a_reconnect(new_socket):
    dish = new_socket(zmq.DISH, reconnect_ivl=10)
    dish.join("g")
    first = new_socket(zmq.RADIO)
    port = first.bind_to_random_port("tcp://127.0.0.1")
    dish.connect(f"tcp://127.0.0.1:{port}")
    wait_for_members(first, 1, b"g")
    first.close()
    second = new_socket(zmq.RADIO)
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            second.bind(f"tcp://127.0.0.1:{port}")
            break
        except zmq.ZMQError:
            assert time.monotonic() < end
            time.sleep(0.01)
    wait_for_members(second, 1, b"g")
    second.send(b"again", group="g")
    assert dish.recv() == b"again"
