"""How long send, recv and poll wait."""

from __future__ import annotations

import errno
import time

import pytest

import purezmq as zmq

RECEIVES = {
    "recv": lambda s, **kw: s.recv(**kw),
    "recv frame": lambda s, **kw: s.recv(copy=False, **kw),
    "recv_multipart": lambda s, **kw: s.recv_multipart(**kw),
    "recv_into": lambda s, **kw: s.recv_into(bytearray(5), **kw),
    "recv_string": lambda s, **kw: s.recv_string(**kw),
    "recv_json": lambda s, **kw: s.recv_json(**kw),
}
SENDS = {
    "send": lambda s, **kw: s.send(b"x", **kw),
    "send frame": lambda s, **kw: s.send(b"x", copy=False, **kw),
    "send_multipart": lambda s, **kw: s.send_multipart([b"x", b"y"], **kw),
    "send_string": lambda s, **kw: s.send_string("x", **kw),
}


def seconds_until_again(call, *args, **kwargs):
    start = time.monotonic()
    with pytest.raises(zmq.Again) as caught:
        call(*args, **kwargs)
    assert caught.value.errno == errno.EAGAIN
    return time.monotonic() - start


@pytest.mark.parametrize("receive", RECEIVES.values(), ids=RECEIVES.keys())
def test_a_receiver_gives_up_after_rcvtimeo(new_socket, endpoint, receive):
    pull = new_socket(zmq.PULL, rcvtimeo=80)
    pull.bind(endpoint)
    assert 0.07 < seconds_until_again(receive, pull) < 2


@pytest.mark.parametrize("send", SENDS.values(), ids=SENDS.keys())
def test_a_sender_without_peers_gives_up_after_sndtimeo(new_socket, endpoint, send):
    push = new_socket(zmq.PUSH, sndtimeo=80)
    push.bind(endpoint)
    assert 0.07 < seconds_until_again(send, push) < 2


@pytest.mark.parametrize("receive", RECEIVES.values(), ids=RECEIVES.keys())
def test_dontwait_beats_rcvtimeo(new_socket, receive):
    pull = new_socket(zmq.PULL, rcvtimeo=60_000)
    assert seconds_until_again(receive, pull, flags=zmq.DONTWAIT) < 1
    assert seconds_until_again(receive, pull, flags=zmq.NOBLOCK) < 1


@pytest.mark.parametrize("send", SENDS.values(), ids=SENDS.keys())
def test_dontwait_beats_sndtimeo(new_socket, send):
    push = new_socket(zmq.PUSH, sndtimeo=60_000)
    assert seconds_until_again(send, push, flags=zmq.DONTWAIT) < 1


def test_a_timeout_of_zero_means_at_once(new_socket):
    assert seconds_until_again(new_socket(zmq.PULL, rcvtimeo=0).recv) < 1
    assert seconds_until_again(new_socket(zmq.PUSH, sndtimeo=0).send, b"") < 1


def test_minus_one_means_for_ever(new_socket, in_thread, link):
    pull, push = new_socket(zmq.PULL, rcvtimeo=-1), new_socket(zmq.PUSH)
    link(pull, push, "tcp://127.0.0.1:*")
    receiving = in_thread(pull.recv)
    time.sleep(0.1)
    assert receiving.is_running
    push.send(b"at last")
    assert receiving.result() == b"at last"


def test_a_huge_timeout_is_no_overflow(new_socket, in_thread, link):
    pull, push = new_socket(zmq.PULL, rcvtimeo=2**31 - 1), new_socket(zmq.PUSH)
    link(pull, push, "tcp://127.0.0.1:*")
    receiving = in_thread(pull.recv)
    push.send(b"x")
    assert receiving.result() == b"x"


def test_a_message_that_is_there_is_worth_more_than_a_timeout(new_socket, link):
    pull, push = new_socket(zmq.PULL, rcvtimeo=0), new_socket(zmq.PUSH)
    link(pull, push, "inproc://there")
    push.send(b"x")
    assert pull.recv() == b"x"
    push.send(b"y")
    assert pull.recv(zmq.DONTWAIT) == b"y"


def test_the_timeout_can_be_changed_between_calls(new_socket):
    pull = new_socket(zmq.PULL, rcvtimeo=20)
    assert seconds_until_again(pull.recv) < 1
    pull.rcvtimeo = 150
    assert 0.13 < seconds_until_again(pull.recv) < 2


@pytest.mark.parametrize("timeout_ms", [0, 60, 60.9])
def test_poll_returns_zero_after_its_timeout(new_socket, timeout_ms):
    start = time.monotonic()
    assert new_socket(zmq.PULL).poll(timeout_ms) == 0
    assert timeout_ms / 1000 - 0.01 < time.monotonic() - start < 2


def test_poll_returns_as_soon_as_something_arrives(new_socket, endpoint, link, in_thread):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, endpoint)
    polling = in_thread(pull.poll, 9_000)
    push.send(b"x")
    start = time.monotonic()
    assert polling.result() == zmq.POLLIN
    assert time.monotonic() - start < 5


def test_a_sender_that_waits_for_a_peer_goes_on_when_it_comes(new_socket, endpoint, in_thread):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    push.bind(endpoint)
    sending = in_thread(push.send, b"waited")
    pull.connect(push.LAST_ENDPOINT.decode())
    sending.result()
    assert pull.recv() == b"waited"


def test_again_is_cheap_enough_to_poll_with(new_socket):
    pull = new_socket(zmq.PULL)
    start = time.monotonic()
    for _ in range(2000):
        with pytest.raises(zmq.Again):
            pull.recv(zmq.DONTWAIT)
    assert time.monotonic() - start < 5
