"""Certificates of every kind, and sockets that know them."""

from __future__ import annotations

import datetime
import ssl
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _clean(leaves_nothing_behind: None) -> None:
    pass


class Certificates:
    """Contexts of an authority that exists for the tests only."""

    def __init__(self, authority: Any) -> None:
        self.authority = authority

    def server(self, *names: str, client_authority: Any = None, **more: Any) -> ssl.SSLContext:
        """A server's context with a certificate for these names; with an authority it wants one of clients too."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert(*names or ("127.0.0.1", "localhost"), **more).configure_cert(context)
        if client_authority is not None:
            client_authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def expired_server(self) -> ssl.SSLContext:
        long_ago = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
        return self.server("127.0.0.1", not_before=datetime.datetime(2000, 1, 1), not_after=long_ago)

    def client(self, *names: str, **more: Any) -> ssl.SSLContext:
        """A client's context that trusts the authority; with names it has a certificate of its own."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.authority.configure_trust(context)
        if names or more:
            self.authority.issue_cert(*names, **more).configure_cert(context)
        return context


@pytest.fixture
def certificates(authority: Any) -> Certificates:
    return Certificates(authority)


@pytest.fixture
def other_authority() -> Any:
    return pytest.importorskip("trustme").CA()


@pytest.fixture
def watch() -> Any:
    """``watch(socket)``: a function that waits for an event of the socket and returns its value."""
    from purezmq.utils.monitor import recv_monitor_message
    from tests.conftest import PATIENCE_MS

    watched: list[tuple[Any, Any]] = []

    def start(socket: Any) -> Any:
        monitor = socket.get_monitor_socket()
        monitor.rcvtimeo = PATIENCE_MS
        watched.append((socket, monitor))

        def wait_for(event: int) -> int:
            while True:
                message = recv_monitor_message(monitor)
                if message["event"] == event:
                    return int(message["value"])

        return wait_for

    yield start
    for socket, monitor in watched:
        if not socket.closed:
            socket.disable_monitor()
        monitor.close()
