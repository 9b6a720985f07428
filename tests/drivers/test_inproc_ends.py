"""inproc connections that end before, while, or right after they are made."""

from __future__ import annotations

import threading

import pytest

import purezmq as zmq


def test_who_disconnected_before_the_bind_is_no_peer(new_socket):
    gone, stays, push = new_socket(zmq.PULL), new_socket(zmq.PULL), new_socket(zmq.PUSH)
    gone.connect("inproc://late")
    gone.disconnect("inproc://late")
    push.bind("inproc://late")
    stays.connect("inproc://late")
    for number in range(4):
        push.send(b"%d" % number)
    assert [stays.recv() for _ in range(4)] == [b"0", b"1", b"2", b"3"]


def test_who_connects_while_the_binder_closes_is_told(make_context, in_thread):
    for number in range(200):
        context = make_context()
        name = f"inproc://{number}"
        binder, connecter = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        binder.bind(name)
        together = threading.Barrier(2)

        def at_once(call, *args, together=together):
            together.wait(5)
            call(*args)

        ends = [in_thread(at_once, binder.close), in_thread(at_once, connecter.connect, name)]
        for end in ends:
            end.result()
        heir = context.socket(zmq.PULL)
        heir.bind(name)
        # Either the connecter came too late, and the heir is its peer, or it has none: nothing vanishes.
        try:
            connecter.send(b"x", timeout=20)
        except zmq.Again:
            pass
        else:
            assert heir.recv(timeout=2000) == b"x"
        context.destroy(linger=0)


def test_a_closed_socket_answers_a_connection_that_crossed_with_its_end(make_context, eventually):
    context = make_context()
    binder, connecter = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    binder.bind("inproc://crossing")
    # The other thread looked the name up before the close, and goes on after it.
    names, pump = context._hub.bound_names, binder._pump
    binder.close()
    names["crossing"] = pump
    connecter.connect("inproc://crossing")
    del names["crossing"]
    eventually(lambda: not connecter.poll(0, zmq.POLLOUT), "the connecter to learn that nobody is there")
    with pytest.raises(zmq.Again):
        connecter.send(b"x", zmq.DONTWAIT)
    connecter.close()
