"""How many messages were not delivered, and who is told."""

from __future__ import annotations

import logging

import pytest

import purezmq as zmq


def send_some(push, count=3):
    for number in range(count):
        push.send(b"%d" % number)


def test_what_waits_counts_and_what_was_delivered_does_not(new_socket, make_future_endpoint, eventually):
    endpoint = make_future_endpoint("tcp")
    push, pull = new_socket(zmq.PUSH, reconnect_ivl=10), new_socket(zmq.PULL)
    push.connect(endpoint)
    send_some(push)
    assert push.undelivered == push.stats()["undelivered"] == 3
    pull.bind(endpoint)
    assert [pull.recv() for _ in range(3)] == [b"0", b"1", b"2"]
    eventually(lambda: push.undelivered == 0, "the messages to count as delivered")


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
def test_linger_zero_gives_up_at_once(new_socket, context, make_future_endpoint, transport, caplog):
    push = new_socket(zmq.PUSH)
    push.connect(make_future_endpoint(transport))
    send_some(push)
    push.close(linger=0)
    assert push.undelivered == 3
    assert push.stats()["drops"] == {"linger": 3}
    assert context.undelivered == 3
    assert context.term() is True
    assert context.undelivered == 3
    assert not caplog.records  # it was asked for


def test_expired_linger_is_a_warning_with_the_number_and_the_endpoint(
    new_socket, context, make_future_endpoint, caplog
):
    endpoint = make_future_endpoint("tcp")
    push = new_socket(zmq.PUSH)
    push.connect(endpoint)
    send_some(push)
    with caplog.at_level(logging.WARNING, "purezmq"):
        push.close(linger=50)
        assert context.term(timeout=10) is True
    assert push.undelivered == context.undelivered == 3
    assert f"PUSH {endpoint}: 3 messages were not delivered within LINGER, 50 ms" in caplog.text


def test_term_that_gives_up_waiting_tells_how_many_are_left(new_socket, context, make_future_endpoint):
    push = new_socket(zmq.PUSH)
    push.connect(make_future_endpoint("tcp"))
    send_some(push)
    push.close()
    assert context.term(timeout=0.05) is False
    assert context.undelivered == 3
    from purezmq.drivers import ending

    with push._pump.lock:  # end what nobody else would: LINGER is -1
        push._pump.close_after = 0.0
        ending.linger_step(push._pump)
    assert context.term(timeout=10) is True
    assert context.undelivered == 3


def test_delivered_during_linger_leaves_zero(make_context, new_socket, make_future_endpoint):
    endpoint = make_future_endpoint("tcp")
    sender = make_context()
    push, pull = new_socket(zmq.PUSH, of=sender, reconnect_ivl=10), new_socket(zmq.PULL)
    push.connect(endpoint)
    send_some(push)
    push.close(linger=20_000)
    pull.bind(endpoint)
    assert [pull.recv() for _ in range(3)] == [b"0", b"1", b"2"]
    assert sender.term(timeout=10) is True
    assert sender.undelivered == push.undelivered == 0


def test_a_peer_that_goes_during_linger(make_context, new_socket, eventually):
    """The bound side has nobody else to give its messages to: LINGER is not waited for."""
    sender = make_context()
    push, pull = (
        new_socket(zmq.PUSH, of=sender, sndhwm=0, sndbuf=4096),
        new_socket(zmq.PULL, rcvhwm=1, rcvbuf=4096),
    )
    push.bind("tcp://127.0.0.1:*")
    pull.connect(push.LAST_ENDPOINT)
    for _ in range(1000):
        push.send(bytes(8000))
    assert len(pull.recv()) == 8000
    push.close(linger=20_000)
    assert push.undelivered > 0
    pull.close()
    assert sender.term(timeout=15) is True
    lost = sender.undelivered
    assert 0 < lost < 1000
    assert sum(push.stats()["drops"].values()) == lost


def test_messages_in_an_inproc_peer_are_delivered_and_those_it_never_reads_are_counted_there(
    new_socket, link
):
    pull, push = new_socket(zmq.PULL), new_socket(zmq.PUSH)
    link(pull, push, "inproc://unread")
    send_some(push)
    assert push.undelivered == 0
    assert pull.recv() == b"0"
    pull.close()
    assert pull.stats()["drops"] == {"unread": 2}
    assert not push.poll(0, zmq.POLLOUT)
    assert push.undelivered == 2  # the peer left without them


def test_disconnect_gives_up_after_linger_too(new_socket, make_future_endpoint, eventually):
    push = new_socket(zmq.PUSH, linger=20)
    endpoint = make_future_endpoint("tcp")
    push.connect(endpoint)
    send_some(push)
    push.disconnect(endpoint)
    eventually(lambda: push.stats()["drops"] == {"linger": 3}, "the messages to be given up")
    assert push.undelivered == 3


def test_the_end_of_the_interpreter_says_what_it_gives_up(start_python):
    child = start_python(
        """
    import logging
    logging.basicConfig(level=logging.WARNING)
    push = zmq.Context.instance().socket(zmq.PUSH)
    push.connect("tcp://127.0.0.1:1")
    push.send(b"x")
    """
    )
    assert child.wait() == 0
    assert (
        "PUSH tcp://127.0.0.1:1: the interpreter ends with 1 messages, and 0 bytes of others, not delivered"
        in child.stderr()
    )
