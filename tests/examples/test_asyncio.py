"""The programs for asyncio."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Example

Start = Callable[..., Example]


@pytest.mark.parametrize("libzmq_side", ["", "server", "client"])
def test_several_clients_are_answered(
    start_example: Start, bindable: Callable[[], str], libzmq_side: str
) -> None:
    server = start_example("hwserver_asyncio", bindable(), "--count", 12, libzmq=libzmq_side == "server")
    client = start_example(
        "hwclient_asyncio",
        server.address(),
        "--clients",
        4,
        "--count",
        3,
        libzmq=libzmq_side == "client",
    )
    assert sorted(client.lines()) == [
        f"client {name}, request {n}: Hello -> World" for name in range(1, 5) for n in range(1, 4)
    ]
    assert server.lines() == ["received Hello"] * 12


def test_the_ordinary_client_is_answered(start_example: Start, bindable: Callable[[], str]) -> None:
    server = start_example("hwserver_asyncio", bindable(), "--count", 2)
    client = start_example("hwclient", server.address(), "--count", 2)
    assert client.lines() == [f"request {n}: Hello -> World" for n in (1, 2)]
    server.lines()


def test_a_client_loses_its_patience(
    start_example: Start, make_future_endpoint: Callable[[str], str]
) -> None:
    client = start_example(
        "hwclient_asyncio", make_future_endpoint("tcp"), "--clients", 2, "--patience", 0.05
    )
    assert sorted(client.lines()) == [f"client {name}: nobody answered within 0.05 s" for name in (1, 2)]


def test_the_server_ends_cleanly_on_ctrl_c(start_example: Start, bindable: Callable[[], str]) -> None:
    server = start_example("hwserver_asyncio", bindable())
    start_example("hwclient", server.address(), "--count", 1).lines()
    assert server.interrupt() == ["received Hello"]
