"""Context options of the I/O threads, read back from the system."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

import purezmq as zmq

TASKS = Path("/proc/self/task")

is_root = os.geteuid() == 0


def io_threads():
    """Name -> number, of the threads that the system knows as I/O threads. (libzmq's are not Python's.)"""
    found = {}
    ours = {str(thread.native_id) for thread in threading.enumerate()}
    for task in TASKS.iterdir():
        if task.name not in ours:
            continue
        try:
            name = (task / "comm").read_text().strip()
        except OSError:  # it has ended
            continue
        if "ZMQbg" in name:
            found[name] = int(task.name)
    return found


@pytest.fixture(autouse=True)
def _none_yet(eventually):
    """The system has a thread for a moment longer than Python has it."""
    eventually(lambda: not io_threads(), "the threads of earlier tests to be gone")


def test_threads_have_libzmqs_names(make_context):
    context = make_context(2)
    with context.socket(zmq.PUSH):
        assert set(io_threads()) == {"ZMQbg/IO/0", "ZMQbg/IO/1"}


@pytest.mark.parametrize(("prefix", "name"), [(7, "7/ZMQbg/IO/0"), ("feed", "feed/ZMQbg/IO/0")])
def test_a_prefix_of_their_names(make_context, prefix, name):
    context = make_context()
    context.set(zmq.THREAD_NAME_PREFIX, prefix)
    with context.socket(zmq.PUSH):
        assert list(io_threads()) == [name]


def test_a_prefix_that_is_set_late(make_context):
    context = make_context()
    with context.socket(zmq.PUSH):
        context.set(zmq.THREAD_NAME_PREFIX, "late")
        assert list(io_threads()) == ["late/ZMQbg/IO/0"]


def test_processors(make_context):
    cpu = min(os.sched_getaffinity(0))
    context = make_context()
    context.set(zmq.THREAD_AFFINITY_CPU_ADD, cpu)
    context.set(zmq.THREAD_AFFINITY_CPU_ADD, 4000)
    context.set(zmq.THREAD_AFFINITY_CPU_REMOVE, 4000)
    before = os.sched_getaffinity(0)
    with context.socket(zmq.PUSH):
        (number,) = io_threads().values()
        assert os.sched_getaffinity(number) == {cpu}
        assert os.sched_getaffinity(0) == before


def test_processors_that_this_machine_does_not_have(make_context, eventually):
    context = make_context()
    context.set(zmq.THREAD_AFFINITY_CPU_ADD, 4000)
    with pytest.raises(zmq.ZMQError, match="processors 4000") as caught:
        context.socket(zmq.PUSH)
    assert caught.value.errno == errno.EINVAL
    eventually(lambda: not io_threads(), "the thread to be gone")
    context.set(zmq.THREAD_AFFINITY_CPU_REMOVE, 4000)
    context.socket(zmq.PUSH).close()


def test_scheduling_policy(make_context):
    context = make_context()
    context.set(zmq.THREAD_SCHED_POLICY, os.SCHED_BATCH)
    with context.socket(zmq.PUSH):
        (number,) = io_threads().values()
        assert os.sched_getscheduler(number) == os.SCHED_BATCH
        assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_a_policy_that_is_set_late_and_one_that_is_refused(make_context):
    context = make_context()
    with context.socket(zmq.PUSH):
        context.set(zmq.THREAD_SCHED_POLICY, os.SCHED_BATCH)
        (number,) = io_threads().values()
        assert os.sched_getscheduler(number) == os.SCHED_BATCH
        with pytest.raises(zmq.ZMQError, match="policy 77") as caught:
            context.set(zmq.THREAD_SCHED_POLICY, 77)
        assert caught.value.errno == errno.EINVAL
        assert context.get(zmq.THREAD_SCHED_POLICY) == os.SCHED_BATCH


@pytest.mark.skipif(not is_root, reason="needs CAP_SYS_NICE")
def test_a_priority_without_a_policy_is_the_best_nice_value(make_context):
    context = make_context()
    context.set(zmq.THREAD_PRIORITY, 1)
    with context.socket(zmq.PUSH):
        (number,) = io_threads().values()
        assert os.getpriority(os.PRIO_PROCESS, number) == -20
        assert os.getpriority(os.PRIO_PROCESS, 0) != -20


def test_a_priority_that_is_not_granted_says_what_it_needs(start_python):
    child = start_python(
        """
        import os, resource
        with zmq.Context() as context:
            context.socket(zmq.PUSH).close()  # all that is imported late is imported now, while it can be read
        resource.setrlimit(resource.RLIMIT_NICE, (0, 0))
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        context = zmq.Context()
        context.set(zmq.THREAD_PRIORITY, 1)
        try:
            context.socket(zmq.PUSH)
        except zmq.ZMQError as error:
            print(error.errno in (1, 13), "CAP_SYS_NICE" in str(error))
        context.term()
        """
    )
    child.expect("True True")
    assert child.wait() == 0


def test_io_threads_can_become_more(make_context):
    context = make_context(1)
    with context.socket(zmq.PUSH):
        assert len(io_threads()) == 1
        context.set(zmq.IO_THREADS, 3)
        with context.socket(zmq.PUSH):
            assert set(io_threads()) == {"ZMQbg/IO/0", "ZMQbg/IO/1", "ZMQbg/IO/2"}


def test_a_context_for_inproc_can_become_one_for_tcp(make_context):
    context = make_context(0)
    with context.socket(zmq.PUSH) as push:
        with pytest.raises(zmq.ZMQError) as caught:
            push.bind("tcp://127.0.0.1:*")
        assert caught.value.errno == zmq.Errno.EMTHREAD
        context.set(zmq.IO_THREADS, 1)
        push.bind("tcp://127.0.0.1:*")


def test_affinity_chooses_among_the_threads(make_context):
    context = make_context(3)
    for number in range(3):
        with context.socket(zmq.PUSH) as push:
            push.affinity = 1 << number
            push.bind("tcp://127.0.0.1:*")
            assert push._pump.io_thread.name == f"ZMQbg/IO/{number}"


def test_without_affinity_the_thread_with_the_fewest_sockets_serves(make_context):
    context = make_context(2)
    with context.socket(zmq.PUSH) as one, context.socket(zmq.PUSH) as two:
        assert one._pump.io_thread is not two._pump.io_thread
