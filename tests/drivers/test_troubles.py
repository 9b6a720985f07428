"""The last trouble of each endpoint, and the names of a connection's ends."""

from __future__ import annotations

import errno
import socket as os_socket

import pytest

from purezmq.drivers.troubles import Troubles, text_of
from purezmq.transports.names import names_of


def test_the_last_trouble_counts():
    troubles = Troubles()
    troubles.note("tcp://a:1", "first")
    troubles.note("tcp://b:1", "other")
    troubles.note("tcp://a:1", "second")
    assert troubles.about("tcp://a:1") == "second"
    assert troubles.all() == [("tcp://b:1", "other"), ("tcp://a:1", "second")]
    troubles.forget("tcp://a:1")
    troubles.forget("tcp://never:1")
    assert troubles.about("tcp://a:1") == ""


def test_there_is_a_bound():
    troubles = Troubles()
    for number in range(1000):
        troubles.note(f"tcp://a:{number}", "x")
    assert len(troubles.all()) == 64
    assert troubles.about("tcp://a:999") == "x" and troubles.about("tcp://a:0") == ""


def test_error_numbers_in_words():
    assert text_of(errno.ECONNREFUSED) == "Connection refused (ECONNREFUSED)"
    assert text_of(987654) == "Unknown error 987654"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_both_ends_of_a_connection(host):
    family = os_socket.AF_INET6 if ":" in host else os_socket.AF_INET
    shown = f"[{host}]" if ":" in host else host
    try:
        listener = os_socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with listener, os_socket.create_connection(listener.getsockname()[:2]) as client:
        local, remote = names_of(client, "tls+tcp://anywhere:1")
        assert local == f"tls+tcp://{shown}:{client.getsockname()[1]}"
        assert remote == f"tls+tcp://{shown}:{listener.getsockname()[1]}"


def test_a_peer_that_is_gone_has_no_name():
    with os_socket.socket() as alone:
        alone.bind(("127.0.0.1", 0))
        assert names_of(alone, "tcp://x:1") == (f"tcp://127.0.0.1:{alone.getsockname()[1]}", "")


def test_abstract_names(tmp_path):
    with os_socket.socket(os_socket.AF_UNIX) as listener, os_socket.socket(os_socket.AF_UNIX) as client:
        listener.bind(f"\0{tmp_path}")
        listener.listen()
        client.connect(f"\0{tmp_path}")
        assert names_of(client, "ipc://x") == ("ipc://", f"ipc://@{tmp_path}")
