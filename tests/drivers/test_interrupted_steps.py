"""A signal handler that raises in the middle of the library's work leaves sockets that go on working."""

from __future__ import annotations

import threading

import pytest

import purezmq as zmq
from purezmq.drivers.kernel import Wire


class Stop(BaseException):
    """What the signal handler raises."""


class InterruptedOnce(Wire):
    """A wire whose next call to write is interrupted, before its work or after it, with the result in the wire."""

    def __init__(self, sock, after):
        super().__init__(sock)
        self.after = after
        self.is_due = True

    def send(self, data):
        return self.interrupted(super().send, data)

    def send_all(self, buffers):
        return self.interrupted(super().send_all, buffers)

    def interrupted(self, write, data):
        due = self.is_due and threading.current_thread() is threading.main_thread()
        if due:
            self.is_due = False
        if due and not self.after:
            raise Stop
        is_done = write(data)
        if due:
            raise Stop
        return is_done


# A single message that leaves by itself is never interrupted between the write and the note of it.
@pytest.mark.parametrize(("after", "size"), [(False, 1), (False, 20_000), (True, 20_000)])
@pytest.mark.parametrize("parts", [1, 2])
def test_an_interrupted_write_repeats_nothing_and_loses_nothing(
    new_socket, link, make_endpoint, eventually, after, size, parts
):
    push, pull = new_socket(zmq.PUSH, reconnect_ivl=1), new_socket(zmq.PULL)
    link(pull, push, make_endpoint("tcp"))
    push.send(b"first")
    assert pull.recv() == b"first"
    eventually(lambda: not push._pump.hot and push._pump.burst == 1, "the burst to be over")
    (stream,) = push._pump.streams
    stream._wire = InterruptedOnce(stream.sock, after)
    number = 0
    with pytest.raises(Stop):
        while True:  # one may be gathered, for the I/O thread to write
            number += 1
            push.send_multipart([(b"%d" % number).ljust(size)] * parts)
    push.send_multipart([b"last"] * parts)
    received = [pull.recv_multipart()]
    while received[-1] != [b"last"] * parts:
        received.append(pull.recv_multipart())
    numbers = [int(message[0]) for message in received[:-1]]
    assert numbers == list(range(1, number + 1))
    assert not push.stats()["failures"]


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
