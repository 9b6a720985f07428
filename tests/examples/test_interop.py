"""The same programs, half of them on libzmq: each side works with the ZeroMQ that the world has installed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Example

pytest.importorskip("zmq")

Start = Callable[..., Example]
# Which side runs on libzmq.
sides = pytest.mark.parametrize(
    ("here", "there"), [(False, True), (True, False)], ids=["connecting", "binding"]
)


@sides
def test_hello_world(start_example: Start, bindable: Callable[[], str], here: bool, there: bool) -> None:
    server = start_example("hwserver", bindable(), libzmq=here)
    client = start_example("hwclient", server.address(), libzmq=there)
    assert len(client.lines()) == 10
    server.interrupt()


@sides
def test_weather_through_the_proxy(
    start_example: Start, bindable: Callable[[], str], here: bool, there: bool
) -> None:
    server = start_example("wuserver", bindable(), libzmq=there)
    proxy = start_example("wuproxy", server.address(), bindable(), libzmq=here)
    client = start_example("wuclient", proxy.address(), "--count", 10, libzmq=there)
    (line,) = client.lines()
    assert line.endswith("(10 updates)")
    proxy.interrupt()
    server.interrupt()


@sides
@pytest.mark.parametrize("broker_name", ["rrbroker", "msgqueue"])
def test_broker(
    start_example: Start, bindable: Callable[[], str], here: bool, there: bool, broker_name: str
) -> None:
    broker = start_example(broker_name, bindable(), bindable(), libzmq=here)
    frontend, backend = broker.address(), broker.address()
    worker = start_example("rrworker", backend, libzmq=there)
    clients = [start_example("rrclient", frontend, libzmq=libzmq) for libzmq in (here, there)]
    for client in clients:
        assert len(client.lines()) == 10
    broker.interrupt()
    assert len(worker.interrupt()) == 20


@sides
def test_pipeline_with_kill_signal(
    start_example: Start, bindable: Callable[[], str], here: bool, there: bool
) -> None:
    sink = start_example("tasksink2", bindable(), bindable(), "--workers", 4, "--tasks", 40, libzmq=here)
    results, control = sink.address(), sink.address()
    batch = ("--workers", 4, "--tasks", 40, "--longest", 3)
    ventilator = start_example("taskvent", bindable(), results, *batch, libzmq=here)
    source = ventilator.address()
    workers = [start_example("taskwork2", source, results, control, libzmq=there) for _ in range(4)]
    assert sink.lines()[-1] == "KILL sent to 4 of 4 workers, 4 have ended"
    for worker in workers:
        worker.lines()
