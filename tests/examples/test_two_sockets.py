"""Reading two sockets at once: both programs see both, tasks first, and only the poller is idle when idle."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

import purezmq as zmq

from .conftest import Example

Start = Callable[..., Example]
IDLE_S = 1.0


class Sources:
    """The ventilator and the weather server, played by the test."""

    def __init__(self, new_socket: Callable[..., Any], bindable: Callable[[], str]) -> None:
        self.ventilator, self.weather = new_socket(zmq.PUSH), new_socket(zmq.XPUB)
        self.ventilator.bind(bindable())
        self.weather.bind(bindable())
        self.addresses = [self.ventilator.LAST_ENDPOINT.decode(), self.weather.LAST_ENDPOINT.decode()]

    def wait_for_subscription(self) -> None:
        # The space matters: without it, "100012" would be let through as well.
        assert self.weather.recv() == b"\x0110001 "


@pytest.fixture
def sources(new_socket: Callable[..., Any], bindable: Callable[[], str]) -> Sources:
    return Sources(new_socket, bindable)


@pytest.mark.parametrize("reader_name", ["msreader", "mspoller"])
def test_reads_tasks_and_weather(start_example: Start, sources: Sources, reader_name: str) -> None:
    reader = start_example(reader_name, *sources.addresses, "--count", 6)
    reader.expect("reader ready")
    sources.wait_for_subscription()
    for n in range(3):
        sources.ventilator.send_string(str(n))
        sources.weather.send_string(f"10001 {n} 50")
        sources.weather.send_string(f"100012 {n} 50")
    lines = reader.lines()
    assert [line for line in lines if line.startswith("task")] == [f"task: {n}" for n in range(3)]
    assert [line for line in lines if line.startswith("weather")] == [
        f"weather: 10001 {n} 50" for n in range(3)
    ]


@pytest.mark.parametrize("reader_name", ["msreader", "mspoller"])
def test_message_of_no_length_is_a_message(start_example: Start, sources: Sources, reader_name: str) -> None:
    reader = start_example(reader_name, *sources.addresses, "--count", 2)
    reader.expect("reader ready")
    sources.ventilator.send(b"")
    sources.ventilator.send(b"")
    assert reader.lines() == ["task: ", "task: "]


@pytest.mark.parametrize(("reader_name", "most"), [("msreader", 0.6), ("mspoller", 0.05)])
def test_does_not_burn_the_processor(
    start_example: Start, sources: Sources, reader_name: str, most: float
) -> None:
    psutil = pytest.importorskip("psutil")
    reader = start_example(reader_name, *sources.addresses)
    reader.expect("reader ready")
    sources.wait_for_subscription()
    sources.ventilator.send_string("wake up")
    reader.expect("task: wake up")

    process = psutil.Process(reader.child.pid)
    before = process.cpu_times()
    time.sleep(IDLE_S)  # not to wait for anything: this is the time that is measured
    after = process.cpu_times()
    used = (after.user + after.system) - (before.user + before.system)
    assert used < most * IDLE_S
    assert reader.interrupt() == []
