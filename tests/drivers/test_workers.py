"""Threads for calls that may block."""

from __future__ import annotations

import threading

import pytest

from purezmq.drivers.workers import Workers

pytestmark = [pytest.mark.purezmq_only, pytest.mark.usefixtures("leaves_nothing_behind")]


def test_calls_run_side_by_side_up_to_the_limit_and_in_order():
    workers = Workers("test-worker", 2)
    begun: list[int] = []
    gates = [threading.Event() for _ in range(4)]
    changed = threading.Semaphore(0)

    def call(number):
        begun.append(number)
        changed.release()
        assert gates[number].wait(10)
        changed.release()

    for number in range(4):
        workers.submit(lambda number=number: call(number))
    assert changed.acquire(timeout=10) and changed.acquire(timeout=10)
    assert sorted(begun) == [0, 1]  # the others wait for a thread
    gates[1].set()
    assert changed.acquire(timeout=10) and changed.acquire(timeout=10)
    assert sorted(begun) == [0, 1, 2]
    for gate in gates:
        gate.set()
    for _ in range(4):
        assert changed.acquire(timeout=10)
    assert sorted(begun) == [0, 1, 2, 3]


def test_one_thread_makes_one_call_at_a_time():
    workers = Workers("test-worker", 1)
    numbers: list[int] = []
    done = threading.Event()
    for number in range(100):
        workers.submit(lambda number=number: numbers.append(number))
    workers.submit(done.set)
    assert done.wait(10)
    assert numbers == list(range(100))


def test_a_call_that_fails_ends_nothing(caplog):
    workers = Workers("test-worker", 1)
    done = threading.Event()
    workers.submit(lambda: 1 // 0)
    workers.submit(done.set)
    assert done.wait(10)
    assert "ZeroDivisionError" in caplog.text


def test_what_has_not_begun_when_it_is_closed_never_does(eventually):
    workers = Workers("test-worker", 1)
    busy, go_on = threading.Event(), threading.Event()
    called: list[str] = []
    workers.submit(lambda: (busy.set(), go_on.wait(10)))
    assert busy.wait(10)
    workers.submit(lambda: called.append("too late"))
    workers.close()
    workers.submit(lambda: called.append("much too late"))
    go_on.set()
    eventually(
        lambda: "test-worker" not in {thread.name for thread in threading.enumerate()}, "the thread's end"
    )
    assert not called
