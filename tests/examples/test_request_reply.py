"""Hello World, the two brokers, and what each promises."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Example

Start = Callable[..., Example]


def test_hello_world(start_example: Start, bindable: Callable[[], str]) -> None:
    server = start_example("hwserver", bindable(), "--count", 10)
    client = start_example("hwclient", server.address())
    assert client.lines() == [f"request {n}: Hello -> World" for n in range(1, 11)]
    assert server.lines() == ["received Hello"] * 10


def test_hello_world_client_may_start_first(start_example: Start, future_wire_endpoint: str) -> None:
    client = start_example("hwclient", future_wire_endpoint, "--count", 2)
    server = start_example("hwserver", future_wire_endpoint, "--count", 2)
    assert len(client.lines()) == 2
    server.lines()


@pytest.fixture(params=["tcp", "ipc"])
def future_wire_endpoint(request: pytest.FixtureRequest, make_future_endpoint: Callable[[str], str]) -> str:
    return make_future_endpoint(request.param)


def test_server_ends_cleanly_on_ctrl_c(start_example: Start, bindable: Callable[[], str]) -> None:
    server = start_example("hwserver", bindable())
    client = start_example("hwclient", server.address(), "--count", 1)
    client.lines()
    assert server.interrupt() == ["received Hello"]


def test_client_without_server_ends_cleanly_on_ctrl_c(
    start_example: Start, future_wire_endpoint: str
) -> None:
    # It answers one request first, so that the signal does not arrive before Python has begun to listen for
    # it.
    server = start_example("hwserver", future_wire_endpoint, "--count", 1)
    client = start_example("hwclient", future_wire_endpoint)
    client.expect("request 1: Hello -> World")
    server.lines()
    client.interrupt()


@pytest.mark.parametrize("broker_name", ["rrbroker", "msgqueue"])
def test_ten_requests_through_a_broker(
    start_example: Start, bindable: Callable[[], str], broker_name: str
) -> None:
    broker = start_example(broker_name, bindable(), bindable())
    frontend, backend = broker.address(), broker.address()
    worker = start_example("rrworker", backend)
    client = start_example("rrclient", frontend)
    assert client.lines() == [f"received reply {n} [World]" for n in range(1, 11)]
    assert broker.interrupt() == []
    assert worker.interrupt() == ["received request: Hello"] * 10


@pytest.mark.parametrize("broker_name", ["rrbroker", "msgqueue"])
def test_many_clients_share_many_workers(
    start_example: Start, bindable: Callable[[], str], broker_name: str
) -> None:
    broker = start_example(broker_name, bindable(), bindable())
    frontend, backend = broker.address(), broker.address()
    workers = [start_example("rrworker", backend) for _ in range(3)]
    clients = [start_example("rrclient", frontend, "--count", 20) for _ in range(3)]
    for client in clients:
        assert len(client.lines()) == 20
    assert broker.interrupt() == []
    assert sum(len(worker.interrupt()) for worker in workers) == 60


def test_message_queue_says_when_a_side_has_no_visitor(
    start_example: Start, bindable: Callable[[], str]
) -> None:
    # The mistake of one digit too many: clients find the queue, workers look for it elsewhere.
    queue = start_example("msgqueue", bindable(), bindable(), "--patience", 1)
    frontend, backend = queue.address(), queue.address()
    start_example("rrclient", frontend)
    assert queue.read_line().startswith(f"nobody has connected to {backend} in 1 s")


@pytest.mark.purezmq_only  # libzmq's proxy spins while a request waits for a worker, and does not notice signals
def test_message_queue_with_waiting_requests_is_idle_and_ends_on_ctrl_c(
    start_example: Start, bindable: Callable[[], str]
) -> None:
    psutil = pytest.importorskip("psutil")
    queue = start_example("msgqueue", bindable(), bindable(), "--patience", 1)
    frontend, backend = queue.address(), queue.address()
    start_example("rrclient", frontend)
    # Nobody has connected to the workers' side for a second, but the client has: its request is waiting now.
    assert queue.read_line().startswith(f"nobody has connected to {backend}")
    assert sum(psutil.Process(queue.child.pid).cpu_times()[:2]) < 0.9
    assert queue.interrupt() == []


def test_requests_are_distributed_in_turn(start_example: Start) -> None:
    answers = start_example("distribute").lines()
    assert answers[:4] == ["R1 -> service A", "R2 -> service B", "R3 -> service C", "R4 -> service A"]
    assert sorted(answers[4:]) == [f"service {name} has stopped" for name in "ABC"]
