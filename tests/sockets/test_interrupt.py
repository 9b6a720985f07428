"""Ctrl-C ends every blocking call, and a handler that only notes the signal ends none."""

from __future__ import annotations

import os
import signal
import time

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process here")

SETUP = """
    import signal, time
    context = zmq.Context()
    pull, push, pair = context.socket(zmq.PULL), context.socket(zmq.PUSH), context.socket(zmq.PAIR)
    push.linger = 0
    pull.bind("tcp://127.0.0.1:*")
    push.bind("inproc://push")
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
"""
CALLS = {
    "recv": "pull.recv()",
    "recv with timeout": "pull.rcvtimeo = 60_000; pull.recv()",
    "recv_multipart": "pull.recv_multipart()",
    "recv frame": "pull.recv(copy=False)",
    "recv on inproc": "inproc = context.socket(zmq.PULL); inproc.bind('inproc://i'); inproc.recv()",
    "send": "push.send(b'x')",
    "poll": "pull.poll()",
    "Poller.poll": "poller.poll()",
    "zmq_poll": "zmq.zmq_poll([(pull, zmq.POLLIN)])",
    "select": "zmq.select([pull], [], [])",
    "proxy": "zmq.proxy(pull, push)",
    "term": "context.term()",
    "term with unsent messages": (
        "late = context.socket(zmq.PUSH); late.connect('tcp://127.0.0.1:1'); late.send(b'x'); late.close();"
        "pull.close(); push.close(); pair.close(); context.term()"
    ),
}


def interrupt(child):
    os.kill(child.pid, signal.SIGINT)
    return time.monotonic()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_ctrl_c_ends_it_with_keyboard_interrupt(start_python, call):
    child = start_python(
        SETUP
        + f"""
    import os
    print("waiting", flush=True)
    try:
        {call}
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        os._exit(0)
    print("returned", flush=True)
    os._exit(1)
    """
    )
    child.expect("waiting")
    time.sleep(
        0.1
    )  # nothing tells when the call has begun to wait; an interrupt before it is no failure either
    sent = interrupt(child)
    child.expect("interrupted")
    assert time.monotonic() - sent < 2  # a tenth of a second on an idle machine
    assert child.wait() == 0


def test_a_socket_works_on_after_an_interrupt(start_python):
    child = start_python(
        SETUP
        + """
    print("waiting", flush=True)
    try:
        pull.recv()
    except KeyboardInterrupt:
        other = context.socket(zmq.PUSH)
        other.connect(pull.LAST_ENDPOINT.decode())
        other.send(b"after")
        print(pull.recv().decode(), flush=True)
    context.destroy(linger=0)
    """
    )
    child.expect("waiting")
    time.sleep(0.1)
    interrupt(child)
    child.expect("after")
    assert child.wait() == 0


def test_a_handler_that_returns_does_not_end_the_call(start_python):
    child = start_python(
        SETUP
        + """
    signal.signal(signal.SIGINT, lambda *_: print("noted", flush=True))
    pull.rcvtimeo = 30_000
    print(pull.LAST_ENDPOINT.decode(), flush=True)
    print(pull.recv().decode(), flush=True)
    context.destroy(linger=0)
    """
    )
    address = child.read_line("its address")
    time.sleep(0.1)
    for _ in range(3):
        interrupt(child)
        child.expect("noted")
    sender = start_python(
        """
    push = zmq.Context().socket(zmq.PUSH)
    push.connect(sys.argv[1])
    push.send(b"message")
    """,
        address,
    )
    child.expect("message")
    assert child.wait() == 0
    assert sender.wait() == 0


@pytest.mark.purezmq_only  # libzmq starts the whole timeout again
@pytest.mark.parametrize("call", ["pull.recv()", "pull.poll(600)", "push.send(b'x')", "poller.poll(600)"])
def test_signals_do_not_extend_a_timeout(start_python, call):
    child = start_python(
        SETUP
        + f"""
    signal.signal(signal.SIGINT, lambda *_: None)
    pull.rcvtimeo = push.sndtimeo = 600
    print("waiting", flush=True)
    start = time.monotonic()
    try:
        {call}
    except zmq.Again:
        pass
    print(time.monotonic() - start, flush=True)
    context.destroy(linger=0)
    """
    )
    child.expect("waiting")
    for _ in range(8):
        time.sleep(0.1)
        if child.process.poll() is None:
            interrupt(child)
    assert 0.55 < float(child.read_line("how long it took")) < 1.1
