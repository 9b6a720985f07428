"""The weather service: publishing, filtering, and bridging two transports."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import purezmq as zmq

from .conftest import Example

Start = Callable[..., Example]


def assert_reports_average(client: Example, place: str, count: int) -> None:
    (line,) = client.lines()
    match = re.fullmatch(r"average temperature for (\d+): (-?\d+\.\d) \((\d+) updates\)", line)
    assert match, line
    assert match.group(1) == place
    assert -20 <= float(match.group(2)) <= 40
    assert match.group(3) == str(count)


def test_clients_get_the_place_they_asked_for(start_example: Start, bindable: Callable[[], str]) -> None:
    server = start_example("wuserver", bindable())
    address = server.address()
    clients = {place: start_example("wuclient", address, "--place", place) for place in ("10001", "20002")}
    for place, client in clients.items():
        assert_reports_average(client, place, 100)
    server.interrupt()


def test_filter_does_not_let_longer_numbers_through(
    start_example: Start, new_socket: Callable[..., Any], bindable: Callable[[], str]
) -> None:
    server = new_socket(zmq.XPUB)
    server.bind(bindable())
    client = start_example("wuclient", server.LAST_ENDPOINT.decode(), "--count", 2)
    assert server.recv() == b"\x0110001 "
    for update in ("10001 10 50", "100012 40 50", "10001 20 50"):
        server.send_string(update)
    assert client.lines() == ["average temperature for 10001: 15.0 (2 updates)"]


def test_average_through_the_proxy(start_example: Start, make_endpoint: Callable[[str], str]) -> None:
    server = start_example("wuserver", make_endpoint("tcp"))
    proxy = start_example("wuproxy", server.address(), make_endpoint("ipc"))
    client = start_example("wuclient", proxy.address(), "--place", "30003", "--count", 20)
    assert_reports_average(client, "30003", 20)
    assert proxy.interrupt() == []


def test_proxy_passes_on_subscriptions_and_whole_messages(
    start_example: Start, new_socket: Callable[..., Any], make_endpoint: Callable[[str], str]
) -> None:
    server, subscriber = new_socket(zmq.XPUB), new_socket(zmq.SUB)
    server.bind(make_endpoint("tcp"))
    proxy = start_example("wuproxy", server.LAST_ENDPOINT.decode(), make_endpoint("ipc"))
    subscriber.connect(proxy.address())
    subscriber.subscribe(b"10001 ")

    # Upstream sees the one prefix that somebody asked for, and not a subscription to everything.
    assert server.recv() == b"\x0110001 "
    server.send_multipart([b"20002 ", b"nobody", b"asked"])
    server.send_multipart([b"10001 ", b"", b"three parts"])
    assert subscriber.recv_multipart() == [b"10001 ", b"", b"three parts"]

    subscriber.unsubscribe(b"10001 ")
    assert server.recv() == b"\x0010001 "
