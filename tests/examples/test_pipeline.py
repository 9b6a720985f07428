"""The parallel pipeline, with and without kill signalling."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from .conftest import Example

Start = Callable[..., Example]


def test_batch_is_shared_and_collected(start_example: Start, bindable: Callable[[], str]) -> None:
    sink = start_example("tasksink", bindable())
    sink_address = sink.address()
    ventilator = start_example("taskvent", bindable(), sink_address, "--workers", 3, "--longest", 5)
    source = ventilator.address()
    workers = [start_example("taskwork", source, sink_address) for _ in range(3)]

    assert ventilator.lines()[0].startswith("sent 100 tasks, ")
    assert re.fullmatch(r"collected 100 results in \d+ ms", sink.lines()[-1])
    done = [worker.interrupt()[-1].count(".") for worker in workers]
    assert sum(done) == 100
    assert min(done) > 0


def run_batch(start_example: Start, bindable: Callable[[], str], workers: int, tasks: int) -> None:
    """Run a batch; every worker must be killed, promptly, and every task be done once."""
    sink = start_example("tasksink2", bindable(), bindable(), "--workers", workers, "--tasks", tasks)
    results, control = sink.address(), sink.address()
    ventilator = start_example(
        "taskvent", bindable(), results, "--workers", workers, "--tasks", tasks, "--longest", 3
    )
    source = ventilator.address()
    started = [start_example("taskwork2", source, results, control) for _ in range(workers)]

    ventilator.lines()
    assert sink.lines()[-1] == f"KILL sent to {workers} of {workers} workers, {workers} have ended"
    sink_ended = time.monotonic()
    done = 0
    for worker in started:
        ready, killed = worker.lines()
        assert ready == "worker ready"
        match = re.fullmatch(r"killed after (\d+) tasks", killed)
        assert match, killed
        done += int(match.group(1))
    # Their sockets were closed when the sink left; what is left is the end of ten interpreters on few
    # processors.
    assert time.monotonic() - sink_ended < 5
    assert done == tasks


def test_kill_signal_ends_the_worker(start_example: Start, bindable: Callable[[], str]) -> None:
    run_batch(start_example, bindable, workers=1, tasks=20)


@pytest.mark.parametrize("run", range(3))
def test_kill_signal_reaches_every_worker(
    start_example: Start, bindable: Callable[[], str], run: int
) -> None:
    run_batch(start_example, bindable, workers=10, tasks=100)
