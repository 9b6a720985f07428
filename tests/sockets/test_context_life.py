"""A context: made, configured, shared, ended."""

from __future__ import annotations

import errno

import pytest

import purezmq as zmq


def test_a_new_context_is_open_and_a_terminated_one_closed():
    context = zmq.Context()
    assert not context.closed
    context.term()
    assert context.closed


def test_a_second_term_does_nothing(context):
    context.term()
    context.term()


def test_leaving_the_with_block_closes_the_context_and_with_a_warning_its_sockets():
    with pytest.warns(ResourceWarning), zmq.Context() as context:
        socket = context.socket(zmq.PULL)
    assert socket.closed
    assert context.closed


def test_an_exception_in_the_with_block_comes_out(in_thread):
    def fail_with_open_socket():
        with zmq.Context() as context:
            push = context.socket(zmq.PUSH)
            push.bind("tcp://127.0.0.1:*")
            raise LookupError("mine")

    with pytest.warns(ResourceWarning), pytest.raises(LookupError, match="mine"):
        in_thread(fail_with_open_socket).result()


def test_destroy_closes_every_socket(context, new_socket, in_thread):
    sockets = [new_socket(kind) for kind in (zmq.REQ, zmq.PUB, zmq.ROUTER)]
    in_thread(context.destroy).result()
    assert all(socket.closed for socket in sockets)


def test_a_terminated_context_makes_no_sockets(context):
    context.term()
    with pytest.raises(zmq.ZMQError):
        context.socket(zmq.REQ)


def test_instance_is_one_object_until_it_is_terminated():
    first = zmq.Context.instance()
    assert zmq.Context.instance() is first
    first.term()
    second = zmq.Context.instance()
    try:
        assert second is not first
        assert not second.closed
    finally:
        second.term()


def test_instance_is_one_object_for_all_threads(in_thread):
    results = [in_thread(zmq.Context.instance) for _ in range(8)]
    instances = {id(result.result()) for result in results}
    zmq.Context.instance().term()
    assert len(instances) == 1


def test_io_threads_are_set_by_argument_or_option(make_context):
    assert make_context().IO_THREADS == 1
    assert make_context(io_threads=2).IO_THREADS == 2
    context = make_context()
    context.set(zmq.IO_THREADS, 3)
    assert context.get(zmq.IO_THREADS) == 3


def test_a_negative_number_of_io_threads_is_refused(context):
    with pytest.raises(zmq.ZMQError) as caught:
        context.set(zmq.IO_THREADS, -1)
    assert caught.value.errno == errno.EINVAL


def test_without_io_threads_inproc_works_and_tcp_says_why_not(make_context, new_socket):
    context = make_context(io_threads=0)
    a, b = new_socket(zmq.PAIR, of=context), new_socket(zmq.PAIR, of=context)
    a.bind("inproc://no-threads")
    b.connect("inproc://no-threads")
    a.send(b"hello")
    assert b.recv() == b"hello"
    with pytest.raises(zmq.ZMQError) as caught:
        a.bind("tcp://127.0.0.1:*")
    assert caught.value.errno == zmq.EMTHREAD


def test_too_many_sockets_is_emfile(context, new_socket):
    context.set(zmq.MAX_SOCKETS, 2)
    new_socket(zmq.PULL)
    new_socket(zmq.PULL)
    with pytest.raises(zmq.ZMQError) as caught:
        context.socket(zmq.PULL)
    assert caught.value.errno == errno.EMFILE


def test_socket_options_on_a_context_are_defaults_for_later_sockets(context, new_socket):
    before = new_socket(zmq.PUSH)
    context.linger = 7
    context.sndhwm = 5
    after = new_socket(zmq.PUSH)
    assert (before.linger, before.sndhwm) == (-1, 1000)
    assert (after.linger, after.sndhwm) == (7, 5)


def test_a_context_that_is_not_blocky_makes_sockets_that_do_not_linger(context, new_socket):
    context.set(zmq.BLOCKY, 0)
    assert new_socket(zmq.PUSH).linger == 0


def test_an_unknown_socket_type_is_einval(context):
    with pytest.raises(zmq.ZMQError) as caught:
        context.socket(999)
    assert caught.value.errno == errno.EINVAL


def test_inproc_names_belong_to_one_context(make_context, new_socket):
    first, second = make_context(), make_context()
    new_socket(zmq.PULL, of=first).bind("inproc://same-name")
    new_socket(zmq.PULL, of=second).bind("inproc://same-name")


def test_a_shadow_does_not_terminate_its_original(context, new_socket):
    shadow = zmq.Context.shadow(context)
    assert shadow.underlying == context.underlying
    del shadow
    new_socket(zmq.PUSH).bind("inproc://still-alive")
    assert not context.closed


def test_thousands_of_sockets_come_and_go(context):
    for _ in range(2000):
        context.socket(zmq.DEALER).close()
