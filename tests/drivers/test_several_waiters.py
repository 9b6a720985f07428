"""Several threads that wait in one socket all get their wake-up, whoever is faster."""

from __future__ import annotations

import os

import pytest

import purezmq as zmq

THREADS = 4


@pytest.fixture
def one_processor():
    """On a single processor the first waiter that wakes has always finished before the second one looks."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    yield
    os.sched_setaffinity(0, allowed)


def _until_the_end(call):
    try:
        while True:
            call()
    except zmq.ZMQError as error:
        return error.errno


def _all_waits(pair):
    return [pair.recv, lambda: pair.send(b"x"), pair.poll, lambda: zmq.zmq_poll([(pair, zmq.POLLIN)])]


@pytest.mark.parametrize("ending", ["term", "close"])
def test_the_end_wakes_every_thread(
    one_processor, make_context, make_endpoint, in_thread, eventually, ending
):
    for _ in range(10):
        context = make_context()
        pair = context.socket(zmq.PAIR)
        pair.bind(make_endpoint("tcp"))
        calls = _all_waits(pair)
        waiting = [in_thread(_until_the_end, call) for call in calls]
        eventually(lambda: len(pair._pump.waiters) == len(calls), "all threads to wait")  # noqa: B023
        if ending == "term":
            context.shutdown()
        else:
            pair.close()
        expected = (zmq.ETERM,) if ending == "term" else (zmq.ENOTSOCK, zmq.ENOTSUP)
        assert all(thread.result() in expected for thread in waiting)
        pair.close()


def test_a_blocked_sender_goes_on_while_others_wait_to_receive(
    one_processor, make_context, make_endpoint, in_thread
):
    context = make_context()
    near, far = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    near.sndhwm = far.rcvhwm = 1
    near.bind(make_endpoint("inproc"))
    far.connect(near.LAST_ENDPOINT.decode())
    far.rcvtimeo = 5000
    receiving = [in_thread(_until_the_end, near.recv) for _ in range(THREADS - 1)]
    sending = in_thread(_until_the_end, lambda: near.send(b"x"))
    for _ in range(500):
        assert far.recv() == b"x"
    context.shutdown()
    assert {thread.result() for thread in [*receiving, sending]} == {zmq.ETERM}
    near.close()
    far.close()
