"""Sleeping until a sender has left something."""

from __future__ import annotations

import os
import threading
import time

import pytest

from purezmq.drivers.watching import CAN_WATCH, Mark, until_marked

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
