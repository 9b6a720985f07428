"""A realm that all tests share, and the sockets' settings in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .realm import NEEDED, Realm, missing


@pytest.fixture(scope="session")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """A running Kerberos realm; skips where one cannot be had."""
    import purezmq

    if not purezmq.has("gssapi"):
        pytest.skip("python-gssapi is not installed (extra gssapi)")
    if missing():
        pytest.skip(
            f"no Kerberos server: {', '.join(missing())} of {', '.join(NEEDED)} not found "
            "(Debian: krb5-kdc, krb5-admin-server)"
        )
    running = Realm(tmp_path_factory.mktemp("realm"))
    yield running
    running.close()


@pytest.fixture
def in_realm(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> Realm:
    """This process is part of the realm, with the keys of everybody but mallory."""
    for name, value in realm.environment.items():
        monkeypatch.setenv(name, value)
    return realm


@pytest.fixture
def configure() -> Any:
    """``configure(socket, options)`` sets options by name; returns the socket."""
    import purezmq

    def set_all(socket: Any, options: dict[str, Any]) -> Any:
        for name, value in options.items():
            socket.set(getattr(purezmq, name), value)
        return socket

    return set_all
