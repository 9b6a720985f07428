"""Every test here uses real sockets and must leave nothing behind. What holds for tcp holds for what runs over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import runs_on_libzmq

WIRE_TRANSPORTS = ["tcp", "ipc", "tls+tcp", "ws"]


@pytest.fixture(autouse=True)
def _clean(leaves_nothing_behind: None) -> None:
    pass


@pytest.fixture
def new_socket(new_socket: Callable[..., Any], tls_options: dict[str, bytes]) -> Callable[..., Any]:
    """Sockets that have what they need for TLS, as clients and as servers."""
    more = {} if runs_on_libzmq() else tls_options
    return lambda *args, **options: new_socket(*args, **more, **options)


def _existing(transport: str) -> str:
    if transport not in ("tcp", "ipc", "inproc") and runs_on_libzmq():
        pytest.skip(f"libzmq does not offer {transport}")
    return transport


@pytest.fixture(params=[*WIRE_TRANSPORTS, "inproc"])
def endpoint(request: pytest.FixtureRequest, make_endpoint: Callable[[str], str]) -> str:
    """Runs the test once per transport."""
    return make_endpoint(_existing(request.param))


@pytest.fixture(params=[*WIRE_TRANSPORTS, "inproc"])
def future_endpoint(request: pytest.FixtureRequest, make_future_endpoint: Callable[[str], str]) -> str:
    """Runs the test once per transport, with an endpoint that can be connected to before it is bound."""
    return make_future_endpoint(_existing(request.param))


@pytest.fixture(params=WIRE_TRANSPORTS)
def wire_endpoint(request: pytest.FixtureRequest, make_endpoint: Callable[[str], str]) -> str:
    """Runs the test once per transport that has connections."""
    return make_endpoint(_existing(request.param))
