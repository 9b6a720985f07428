"""SIGINT and SIGTERM both end interrupt.py at once, cleanly, with exit code 0."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable

import pytest

from .conftest import Example

Start = Callable[..., Example]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent to one process there")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_idle_server_ends_cleanly(
    start_example: Start, bindable: Callable[[], str], number: signal.Signals
) -> None:
    server = start_example("interrupt", bindable())
    server.address()
    server.signal(number)
    sent = time.monotonic()
    assert server.lines() == [f"{number.name} received: answered 0 requests, cleaned up, goodbye"]
    # The wait itself ends within 0.1 s; the rest is the interpreter's own end on a busy machine.
    assert time.monotonic() - sent < 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_working_server_ends_cleanly(
    start_example: Start, bindable: Callable[[], str], number: signal.Signals
) -> None:
    server = start_example("interrupt", bindable())
    start_example("hwclient", server.address(), "--count", 5).lines()
    server.signal(number)
    assert server.lines() == [f"{number.name} received: answered 5 requests, cleaned up, goodbye"]
