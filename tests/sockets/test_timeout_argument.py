"""The timeout= argument of send and recv: milliseconds for this call, whatever RCVTIMEO and SNDTIMEO say."""

from __future__ import annotations

import time

import pytest

import purezmq as zmq

pytestmark = pytest.mark.purezmq_only

RECEIVES = {
    "recv": lambda s, ms: s.recv(timeout=ms),
    "recv frame": lambda s, ms: s.recv(copy=False, timeout=ms),
    "recv_multipart": lambda s, ms: s.recv_multipart(timeout=ms),
    "recv_into": lambda s, ms: s.recv_into(bytearray(5), timeout=ms),
}
SENDS = {
    "send": lambda s, ms: s.send(b"x", timeout=ms),
    "send_multipart": lambda s, ms: s.send_multipart([b"x", b"y"], timeout=ms),
}


def seconds_until_again(call, *args):
    start = time.monotonic()
    with pytest.raises(zmq.Again):
        call(*args)
    return time.monotonic() - start


@pytest.mark.parametrize("receive", RECEIVES.values(), ids=RECEIVES.keys())
def test_it_limits_one_receive(new_socket, receive):
    pull = new_socket(zmq.PULL)
    assert 0.05 < seconds_until_again(receive, pull, 60) < 2
    assert seconds_until_again(receive, pull, 0) < 1
    assert pull.rcvtimeo == 10_000


@pytest.mark.parametrize("send", SENDS.values(), ids=SENDS.keys())
def test_it_limits_one_send(new_socket, send):
    push = new_socket(zmq.PUSH)
    assert 0.05 < seconds_until_again(send, push, 60) < 2
    assert seconds_until_again(send, push, 0) < 1
    assert push.sndtimeo == 10_000


def test_minus_one_waits_longer_than_the_option(new_socket, link, in_thread):
    pull, push = new_socket(zmq.PULL, rcvtimeo=10), new_socket(zmq.PUSH)
    link(pull, push, "inproc://longer")
    receiving = in_thread(RECEIVES["recv"], pull, -1)
    time.sleep(0.1)
    assert receiving.is_running
    push.send(b"x")
    assert receiving.result() == b"x"


def test_none_means_the_option(new_socket):
    assert 0.05 < seconds_until_again(RECEIVES["recv"], new_socket(zmq.PULL, rcvtimeo=60), None) < 2


def test_a_message_that_is_there_is_returned(new_socket, link):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, "inproc://there-already")
    push.send(b"x", timeout=0)
    assert pull.recv(timeout=0) == b"x"
