"""A signal handler that raises in the middle of the library's work leaves sockets that go on working."""

from __future__ import annotations

import threading
from itertools import repeat, starmap

import pytest

import purezmq as zmq


class Stop(BaseException):
    """What the signal handler raises."""


class InterruptedOnce:
    """A socket with a ``send`` in Python, as TLS has it, which is interrupted before, or after, it did its work."""

    def __init__(self, sock, after):
        self._sock = sock
        self._after = after
        self._is_due = True

    def __getattr__(self, name):
        return getattr(self._sock, name)

    def send(self, data):
        due = self._is_due and threading.current_thread() is threading.main_thread()
        if due:
            self._is_due = False
        if due and not self._after:
            raise Stop
        count = self._sock.send(data)
        if due:
            raise Stop
        return count


@pytest.mark.parametrize("after", [False, True], ids=["before writing", "after writing"])
@pytest.mark.parametrize("parts", [1, 2])
def test_no_message_comes_twice_and_later_ones_arrive(
    new_socket, link, make_endpoint, eventually, after, parts
):
    push, pull = new_socket(zmq.PUSH, reconnect_ivl=1), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    push.send(b"first")
    assert pull.recv() == b"first"
    eventually(lambda: not push._pump.hot and push._pump.burst == 1, "the burst to be over")
    (stream,) = push._pump.streams
    stream.sock = InterruptedOnce(stream.sock, after)
    stream._sends = starmap(stream.sock.send, repeat(stream._to_send))
    number = 0
    with pytest.raises(Stop):
        while True:  # one may be gathered, for the I/O thread to write
            number += 1
            push.send_multipart([b"%d" % number] * parts)
    push.send_multipart([b"last"] * parts)
    received = [pull.recv_multipart()]
    while received[-1] != [b"last"] * parts:
        received.append(pull.recv_multipart())
    numbers = [int(message[0]) for message in received[:-1]]
    assert len(set(numbers)) == len(numbers)
    assert set(range(1, number)) <= set(numbers)
    assert push.stats()["failures"] == {"internal_error": 1}


@pytest.mark.skipif(bool(zmq.compiled_modules()), reason="compiled classes cannot be patched")
def test_a_message_whose_flush_was_interrupted_leaves_by_itself(
    new_socket, link, make_endpoint, monkeypatch, eventually
):
    push, pull = new_socket(zmq.PUSH), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    push.send(b"first")
    assert pull.recv() == b"first"

    pump = push._pump
    eventually(lambda: not pump.hot and pump.burst == 1 and pump.lane_out is not None, "the burst to be over")

    def interrupted(*args):
        monkeypatch.undo()
        raise Stop

    monkeypatch.setattr(type(push._pump), "_adapt_burst", interrupted)
    number = 0
    with pytest.raises(Stop):
        while number < 1000:  # some may be gathered, for the I/O thread to write
            number += 1
            push.send(b"%d" % number)
    for expected in range(1, number + 1):
        assert pull.recv() == b"%d" % expected


def test_a_handlers_timeout_error_reaches_the_caller(start_python):
    child = start_python(
        """
    import signal
    def handler(*_):
        raise TimeoutError("my alarm")
    signal.signal(signal.SIGALRM, handler)
    with zmq.Context() as context, context.socket(zmq.PULL) as pull:
        pull.bind("tcp://127.0.0.1:*")
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        try:
            pull.recv(timeout=5000)
        except TimeoutError as error:
            print(error, flush=True)
    """
    )
    child.expect("my alarm")
    assert child.wait() == 0
