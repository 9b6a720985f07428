"""Sleeping until a sender has left something."""

from __future__ import annotations

import errno
import os
import resource
import select
import threading
import time

import pytest

import purezmq as zmq
from purezmq.drivers.watching import CAN_WATCH, Mark, Timer, until_marked

LONG_S = 30.0  # the deadline of a wait that ends for another reason

needs_watching = pytest.mark.skipif(not CAN_WATCH, reason="only compiled code runs without the interpreter")


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_a_mark_is_not_set_at_first():
    assert Mark().is_set is False


@pytest.mark.skipif(CAN_WATCH, reason="interpreted only")
def test_nobody_watches_without_compiled_code(pipe):
    with pytest.raises(NotImplementedError):
        until_marked(pipe[0], [Mark()], 0.0)
    with pytest.raises(NotImplementedError):
        Timer()


@needs_watching
@pytest.mark.parametrize("position", [0, 1, 63])
def test_a_mark_ends_it(pipe, position):
    marks = [Mark() for _ in range(100)]
    timer = threading.Timer(0.01, lambda: setattr(marks[position], "is_set", True))
    timer.start()
    until_marked(pipe[0], marks, LONG_S)
    assert marks[position].is_set
    timer.join()


@needs_watching
def test_a_mark_ends_it_when_it_is_ready(pipe):
    early, late = Mark(), Mark()
    early.is_set = late.is_set = True
    early.ready_at, late.ready_at = time.monotonic() + 0.02, time.monotonic() + 2 * LONG_S
    until_marked(pipe[0], [late, early], LONG_S)
    assert early.ready_at <= time.monotonic() < late.ready_at


@needs_watching
def test_a_readable_descriptor_ends_it(pipe):
    timer = threading.Timer(0.01, os.write, (pipe[1], b"x"))
    timer.start()
    until_marked(pipe[0], [Mark()], LONG_S)
    assert os.read(pipe[0], 1) == b"x"
    timer.join()


@needs_watching
@pytest.mark.parametrize("timeout_s", [0.0, 1e-6, 0.001, -1.0])
@pytest.mark.parametrize("marks", [[], [Mark()]])
def test_it_ends_when_the_time_is_up(pipe, marks, timeout_s):
    until_marked(pipe[0], marks, timeout_s)


@needs_watching
def test_it_gives_the_interpreter_to_others(pipe):
    mark, count = Mark(), 0
    watcher = threading.Thread(target=until_marked, args=(pipe[0], [mark], LONG_S))
    watcher.start()
    while watcher.is_alive() and count < 1000:
        count += 1
    assert count == 1000
    mark.is_set = True
    watcher.join(LONG_S)
    assert not watcher.is_alive()


@needs_watching
def test_something_else_is_no_mark(pipe):
    with pytest.raises(TypeError):
        until_marked(pipe[0], [object()], 0.0)


def is_readable(fd, timeout_s):
    return bool(select.select([fd], [], [], timeout_s)[0])


@needs_watching
def test_a_timer_makes_its_descriptor_readable():
    timer = Timer()
    assert not is_readable(timer.fd, 0)
    began = time.monotonic()
    timer.set(0.02)
    timer.set(LONG_S)  # the first time counts
    assert timer.is_set
    assert is_readable(timer.fd, LONG_S) and time.monotonic() >= began + 0.02
    timer.drain()
    assert not timer.is_set and not is_readable(timer.fd, 0)
    timer.drain()  # once more is harmless
    timer.set(1e-6)
    assert is_readable(timer.fd, LONG_S)


@needs_watching
def test_a_timer_that_was_closed_does_nothing():
    timer = Timer()
    timer.close()
    timer.close()
    timer.set(0.0)
    timer.drain()
    assert not timer.is_set and timer.fd == -1


@needs_watching
def test_no_descriptor_left_for_a_timer():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        with pytest.raises(zmq.ZMQError) as caught:
            Timer()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert caught.value.errno == errno.EMFILE
